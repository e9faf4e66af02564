import { duration } from "../../../i18n/format";
import { words } from "../report/words";
import type { Report, Stage } from "../types";
import { axis, base, type ChartData, legend } from "./chart";
import { stageOf } from "./pareto";
import { type Whisker, whiskers } from "./whiskers";

const STAGES: Stage[] = [
  "embed",
  "bm25",
  "dense",
  "fuse",
  "rerank",
  "queue",
  "prefill",
  "decode",
  "first_token",
  "total",
];
/** Room of the bars of a stage, as ECharts divides it. */
const GROUP = 0.8;

/** Medians of each stage, with a line up to what 95 of 100 questions do not exceed. */
export function latency({ arms }: Report): ChartData {
  const stages = STAGES.filter((stage) => arms.some((arm) => stageOf(arm, stage)));
  const timed = arms.filter((arm) => arm.cost.stages.length > 0);
  const rows = timed.flatMap((arm) =>
    stages.flatMap((stage) => {
      const cost = stageOf(arm, stage);
      return cost ? [{ arm: arm.name, ...cost }] : [];
    }),
  );
  return {
    height: 90 + stages.length * Math.max(30, 14 * timed.length),
    table: {
      columns: [...["arm", "stage", "n", "p50", "p95", "p99"].map((name) => words(`col_${name}` as "col_arm"))],
      rows: rows.map(({ arm, stage, n, p50, p95, p99 }) => [arm, words(`stage_${stage}`), n, p50, p95, p99]),
    },
    option: (palette) => ({
      ...base(palette),
      legend: legend(palette),
      grid: { left: 12, right: 24, top: 40, bottom: 36, containLabel: true },
      xAxis: axis(palette, { type: "value", min: 0, name: "ms", nameGap: 26 }),
      yAxis: axis(palette, { type: "category", inverse: true, data: stages.map((stage) => words(`stage_${stage}`)) }),
      series: timed.flatMap((arm, at) => [
        {
          name: arm.name,
          type: "bar",
          barGap: "0%",
          barCategoryGap: `${Math.round((1 - GROUP) * 100)}%`,
          itemStyle: { color: palette.series[at % palette.series.length] },
          data: stages.map((stage) => stageOf(arm, stage)?.p50 ?? null),
          tooltip: {
            formatter: ({ dataIndex }: { dataIndex: number }) => {
              const cost = stageOf(arm, stages[dataIndex] ?? "total");
              return cost
                ? `${arm.name}\np50 ${duration(cost.p50)}\np95 ${duration(cost.p95)}\np99 ${duration(cost.p99)}`
                : "";
            },
          },
        },
        whiskers(
          stages.flatMap((stage, place): Whisker[] => {
            const cost = stageOf(arm, stage);
            const beside = (GROUP / timed.length) * (at - (timed.length - 1) / 2);
            return cost ? [[cost.p50, place + beside, cost.p95, place + beside]] : [];
          }),
          palette,
        ),
      ]),
    }),
  };
}
