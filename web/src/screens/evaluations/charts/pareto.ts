import { duration } from "../../../i18n/format";
import { range, share } from "../figures";
import { words } from "../report/words";
import type { ArmReport, Report } from "../types";
import { axis, base, type ChartData, columns, legend, quality } from "./chart";
import { type Whisker, whiskers } from "./whiskers";

/** A measure of an arm on the headline half. */
export function measureOf(arm: Pick<ArmReport, "measures">, name: string) {
  return arm.measures.find(({ measure }) => measure === name)?.headline ?? undefined;
}

export function stageOf(arm: ArmReport, stage: string) {
  return arm.cost.stages.find((cost) => cost.stage === stage);
}

/** The whole time of a question; absent where only other arms have written answers, which takes most of it. */
export function totalOf(arm: ArmReport, arms: ArmReport[]) {
  return !arm.answers && arms.some(({ answers }) => answers) ? undefined : stageOf(arm, "total");
}

/** Quality against the time that 95 of 100 questions do not exceed. Above and left is better. */
export function pareto({ arms }: Report): ChartData {
  const points = pointsOf(arms);
  return {
    height: 340,
    table: {
      columns: columns("arm", "ndcg", "low", "high", "p95", "lowMs", "highMs"),
      rows: points.map(({ name, measured: { mean, interval }, time: { p95, p95_interval } }) => [
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
      yAxis: quality(palette),
      series: [
        ...points.map(({ name, measured, time }, at) => ({
          name,
          type: "scatter",
          symbolSize: 13,
          z: 4,
          // Arms that measure the same lie on one another; their shapes show both.
          symbol: ["circle", "diamond", "triangle", "rect", "pin"][at % 5],
          data: [[time.p95, measured.mean]],
          tooltip: {
            formatter: () =>
              `${name}\nnDCG@10 ${share(measured.mean)}  ${range(measured.interval)}\np95 ${duration(time.p95)}`,
          },
        })),
        whiskers(points.flatMap(bothWays), palette),
      ],
    }),
  };
}

type Point = ReturnType<typeof pointsOf>[number];

function pointsOf(arms: ArmReport[]) {
  return arms.flatMap((arm) => {
    const measured = measureOf(arm, "nDCG@10");
    const time = totalOf(arm, arms);
    return measured && time ? [{ name: arm.name, measured, time }] : [];
  });
}

function bothWays({ measured: { mean, interval }, time: { p95, p95_interval } }: Point): Whisker[] {
  const whiskers: Whisker[] = [];
  if (interval) whiskers.push([p95, interval.low, p95, interval.high]);
  if (p95_interval) whiskers.push([p95_interval.low, mean, p95_interval.high, mean]);
  return whiskers;
}
