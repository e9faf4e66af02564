import { duration } from "../../../i18n/format";
import { words } from "../report/words";
import type { Report, Stage } from "../types";
import { axis, base, type ChartData, columns, legend, tick } from "./chart";
import { stageOf } from "./pareto";
import { LEAST_MS, STAGES } from "./stages";

/** Stages that the report has the times of, not their percentiles alone, as those of older versions. */
export function distributed(report: Report): Stage[] {
  return STAGES.filter((stage) => timesOf(report, stage).length > 0);
}

/** The share of the questions that a stage took no longer in, for each time. */
export function distribution(report: Report, stage: Stage): ChartData | undefined {
  const arms = timesOf(report, stage);
  if (arms.length === 0) return undefined;
  return {
    height: 320,
    table: {
      columns: columns("arm", "share", "ms"),
      rows: arms.flatMap(({ name, times }) => times.map((ms, step) => [name, percent(step, times), ms])),
    },
    option: (palette) => ({
      ...base(palette),
      legend: legend(palette),
      grid: { left: 28, right: 28, top: 48, bottom: 40, containLabel: true },
      xAxis: axis(palette, {
        type: "log",
        min: LEAST_MS,
        name: words("stageAxis", { stage: words(`stage_${stage}`) }),
        nameGap: 28,
        axisLabel: { formatter: tick },
      }),
      yAxis: axis(palette, { type: "value", min: 0, max: 100, name: words("col_share"), nameGap: 42 }),
      series: arms.map(({ name, times }) => ({
        name,
        type: "line",
        symbol: "circle",
        symbolSize: 6,
        lineStyle: { width: 2 },
        data: times.map((ms, step) => [Math.max(LEAST_MS, ms), percent(step, times)]),
        tooltip: {
          formatter: ({ dataIndex }: { dataIndex: number }) =>
            `${name}\n${percent(dataIndex, times)} %: ${duration(times[dataIndex] ?? 0)}`,
        },
      })),
    }),
  };
}

function timesOf({ arms }: Report, stage: Stage) {
  return arms.flatMap((arm) => {
    const times = stageOf(arm, stage)?.distribution ?? [];
    return times.length > 0 ? [{ name: arm.name, times }] : [];
  });
}

/** The times are those of equal steps, from the shortest to the longest. */
function percent(step: number, times: number[]): number {
  return Math.round((100 * step) / Math.max(1, times.length - 1));
}
