import type { CustomSeriesRenderItem } from "echarts";
import { duration } from "../../../i18n/format";
import { words } from "../report/words";
import type { Report } from "../types";
import { axis, base, type ChartData, columns, legend, tick } from "./chart";
import { stageOf } from "./pareto";
import { LEAST_MS, STAGES } from "./stages";

/** Part of a stage's row that the arms share. */
const ROW = 0.8;

/** Medians of each stage as dots, with a line up to what 95 of 100 questions do not exceed. */
export function latency(report: Report): ChartData {
  const arms = report.arms.filter((arm) => arm.cost.stages.length > 0);
  const stages = STAGES.filter((stage) => arms.some((arm) => stageOf(arm, stage)));
  const rows = arms.flatMap((arm) =>
    arm.cost.stages.map(({ stage, n, p50, p95, p99 }) => [arm.name, words(`stage_${stage}`), n, p50, p95, p99]),
  );
  return {
    height: 100 + stages.length * Math.max(26, 12 * arms.length),
    table: {
      columns: columns("arm", "stage", "n", "p50", "p95", "p99"),
      rows,
    },
    option: (palette) => ({
      ...base(palette),
      legend: legend(palette),
      grid: { left: 12, right: 24, top: 40, bottom: 36, containLabel: true },
      xAxis: axis(palette, {
        type: "log",
        min: LEAST_MS,
        name: "ms",
        nameGap: 26,
        axisLabel: { formatter: tick },
      }),
      yAxis: axis(palette, {
        type: "category",
        inverse: true,
        splitLine: { show: true, interval: 0 },
        data: stages.map((stage) => words(`stage_${stage}`)),
      }),
      series: arms.map((arm, at) => ({
        name: arm.name,
        type: "custom",
        color: palette.series[at % palette.series.length],
        encode: { x: [0, 2], y: 1 },
        renderItem: dotAndLine((ROW / arms.length) * (at - (arms.length - 1) / 2)),
        data: stages.flatMap((stage, place) => {
          const cost = stageOf(arm, stage);
          return cost ? [[Math.max(LEAST_MS, cost.p50), place, Math.max(LEAST_MS, cost.p95)]] : [];
        }),
        tooltip: {
          formatter: ({ value }: { value: [number, number, number] }) => {
            const stage = stages[value[1]] ?? "total";
            const { p50 = 0, p95 = 0, p99 = 0 } = stageOf(arm, stage) ?? {};
            const times = Object.entries({ p50, p95, p99 }).map(([name, ms]) => `${name} ${duration(ms)}`);
            return [arm.name, words(`stage_${stage}`), ...times].join("\n");
          },
        },
      })),
    }),
  };
}

/** A dot at the median, beside those of the other arms in its row. */
function dotAndLine(shift: number): CustomSeriesRenderItem {
  return (_, api) => {
    const size = api.size?.([0, 1]);
    const row = Array.isArray(size) ? (size[1] ?? 0) : 0;
    const [from = 0, y = 0] = api.coord([api.value(0), api.value(1)]);
    const [to = 0] = api.coord([api.value(2), api.value(1)]);
    const color = String(api.visual("color"));
    const height = y + shift * row;
    return {
      type: "group",
      children: [
        {
          type: "line" as const,
          shape: { x1: from, y1: height, x2: to, y2: height },
          style: { stroke: color, lineWidth: 2 },
        },
        { type: "circle" as const, shape: { cx: from, cy: height, r: 4 }, style: { fill: color } },
      ],
    };
  };
}
