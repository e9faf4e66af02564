import { duration } from "../../../i18n/format";
import { share } from "../figures";
import { words } from "../report/words";
import type { ArmReport, Report } from "../types";
import { axis, base, type ChartData, legend, quality, tick } from "./chart";
import type { Palette } from "./palette.svelte";

interface Hovered {
  seriesName: string;
  value: [number, number];
}

/** What reranking fewer candidates would give, and what it would take. */
export function depth(report: Report): ChartData | undefined {
  const arms = distinct(report.arms).filter((arm) => arm.depth_curve.length > 1);
  if (arms.length === 0) return undefined;
  return {
    height: 320,
    table: {
      columns: [words("col_arm"), words("depth"), "nDCG@10", words("rerankMs")],
      rows: arms.flatMap(({ name, depth_curve }) =>
        depth_curve.map(({ depth, ndcg_10, rerank_ms }) => [name, depth, ndcg_10, rerank_ms ?? null]),
      ),
    },
    option: (palette) => ({
      ...base(palette),
      legend: legend(palette),
      grid: { left: 28, right: 28, top: 48, bottom: 40, containLabel: true },
      xAxis: axis(palette, { type: "value", name: words("depth"), nameGap: 28, splitLine: { show: false } }),
      yAxis: [
        quality(palette),
        axis(palette, { type: "value", name: words("rerankMs"), nameGap: 42, splitLine: { show: false } }),
      ],
      series: arms.flatMap(({ name, depth_curve }, at) => [
        {
          ...curve(name, palette.series[at]),
          data: depth_curve.map(({ depth, ndcg_10 }) => [depth, ndcg_10]),
          tooltip: { formatter: ({ value }: Hovered) => `${name}\n${value[0]}: nDCG@10 ${share(value[1])}` },
        },
        {
          ...curve(name, palette.series[at]),
          yAxisIndex: 1,
          lineStyle: { type: "dashed", width: 1.5 },
          data: depth_curve.flatMap(({ depth, rerank_ms }) => (rerank_ms == null ? [] : [[depth, rerank_ms]])),
          tooltip: { formatter: ({ value }: Hovered) => `${name}\n${value[0]}: ${duration(value[1])}` },
        },
      ]),
    }),
  };
}

/** What other weights of the reranker would give. */
export function weight(report: Report): ChartData | undefined {
  const arms = distinct(report.arms).filter((arm) => arm.weight_curve.length > 1);
  if (arms.length === 0) return undefined;
  return {
    height: 300,
    table: {
      columns: [words("col_arm"), words("weight"), "nDCG@10"],
      rows: arms.flatMap(({ name, weight_curve }) =>
        weight_curve.map(({ weight, ndcg_10 }) => [name, round(weight), ndcg_10]),
      ),
    },
    option: (palette) => ({
      ...base(palette),
      legend: legend(palette),
      grid: { left: 28, right: 24, top: 48, bottom: 40, containLabel: true },
      xAxis: axis(palette, {
        type: "value",
        min: 0,
        max: 1,
        name: words("weight"),
        nameGap: 28,
        splitLine: { show: false },
        axisLabel: { formatter: tick },
      }),
      yAxis: quality(palette),
      series: arms.map(({ name, weight_curve, best_weight }, at) => ({
        ...curve(name, palette.series[at]),
        data: weight_curve.map(({ weight, ndcg_10 }) => [round(weight), ndcg_10]),
        tooltip: { formatter: ({ value }: Hovered) => `${name}\n${value[0]}: nDCG@10 ${share(value[1])}` },
        ...(best_weight ? { markLine: bestAt(best_weight.weight, palette) } : {}),
      })),
    }),
  };
}

/** Arms without those that repeat another one to show the noise: their curves would lie on one another. */
function distinct(arms: ArmReport[]): ArmReport[] {
  const settings = arms.map(({ settings }) => JSON.stringify({ ...settings, name: "" }));
  return arms.filter((_, at) => settings.indexOf(settings[at] ?? "") === at);
}

function curve(name: string, color: string | undefined) {
  return { name, type: "line", symbol: "circle", symbolSize: 6, itemStyle: { color }, lineStyle: { width: 2 } };
}

function bestAt(weight: number, palette: Palette) {
  return {
    silent: true,
    symbol: "none",
    lineStyle: { color: palette.lineStrong, type: "dotted" },
    label: { formatter: words("bestOnDev"), color: palette.textSoft, position: "end", rotate: 0 },
    data: [{ xAxis: round(weight) }],
  };
}

/** The server keeps such numbers in 32 bits, which JSON shows with digits that nobody chose. */
function round(weight: number): number {
  return Number(weight.toFixed(4));
}
