import { duration } from "../../../i18n/format";
import { range, share } from "../figures";
import { words } from "../report/words";
import type { ArmReport, Report } from "../types";
import { axis, base, type ChartData, legend } from "./chart";
import { tick } from "./forest";
import { type Whisker, whiskers } from "./whiskers";

/** A measure of an arm on the headline half. */
export function measureOf(arm: Pick<ArmReport, "measures">, name: string) {
  return arm.measures.find(({ measure }) => measure === name)?.headline ?? undefined;
}

export function stageOf(arm: ArmReport, stage: string) {
  return arm.cost.stages.find((cost) => cost.stage === stage);
}

/** Quality against the time that 95 of 100 questions do not exceed. Above and left is better. */
export function pareto({ arms }: Report): ChartData {
  const points = arms.flatMap((arm) => {
    const quality = measureOf(arm, "nDCG@10");
    const time = stageOf(arm, "total");
    return quality && time ? [{ name: arm.name, quality, time }] : [];
  });
  return {
    height: 340,
    table: {
      columns: ["arm", "ndcg", "low", "high", "p95", "lowMs", "highMs"].map((name) =>
        words(`col_${name}` as "col_arm"),
      ),
      rows: points.map(({ name, quality: { mean, interval }, time: { p95, p95_interval } }) => [
        name,
        mean,
        interval?.low ?? null,
        interval?.high ?? null,
        p95,
        p95_interval?.low ?? null,
        p95_interval?.high ?? null,
      ]),
    },
    option: (palette) => ({
      ...base(palette),
      legend: legend(palette),
      grid: { left: 28, right: 24, top: 48, bottom: 40, containLabel: true },
      xAxis: axis(palette, { type: "value", min: 0, name: words("p95Axis"), nameGap: 28 }),
      yAxis: axis(palette, {
        type: "value",
        scale: true,
        name: "nDCG@10",
        nameGap: 42,
        axisLabel: { formatter: tick },
      }),
      series: [
        ...points.map(({ name, quality, time }, at) => ({
          name,
          type: "scatter",
          symbolSize: 13,
          z: 4,
          // Arms that measure the same lie on one another; their shapes show both.
          symbol: ["circle", "diamond", "triangle", "rect", "pin"][at % 5],
          data: [[time.p95, quality.mean]],
          tooltip: {
            formatter: () =>
              `${name}\nnDCG@10 ${share(quality.mean)}  ${range(quality.interval)}\np95 ${duration(time.p95)}`,
          },
        })),
        whiskers(
          points.flatMap(({ quality: { mean, interval }, time: { p95, p95_interval } }) => {
            const both: Whisker[] = [];
            if (interval) both.push([p95, interval.low, p95, interval.high]);
            if (p95_interval) both.push([p95_interval.low, mean, p95_interval.high, mean]);
            return both;
          }),
          palette,
        ),
      ],
    }),
  };
}
