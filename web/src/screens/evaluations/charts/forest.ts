import type { EChartsCoreOption } from "echarts/core";
import { range, signed } from "../figures";
import { verdictText } from "../report/verdict";
import { words } from "../report/words";
import type { Report } from "../types";
import { axis, base, type ChartData, columns, tick, wrapped } from "./chart";
import type { Palette } from "./palette.svelte";
import { type Whisker, whiskers } from "./whiskers";

/** The difference that nobody would notice, as the report's verdicts have it. */
const MARGIN = 0.01;
/** The axis shows at least so much on both sides. */
const LEAST = 0.02;
/** It ends at a multiple of it. */
const STEP = 0.02;

/** Differences of nDCG@10 from the baseline with their intervals. */
export function forest(report: Report): ChartData {
  const rows = rowsOf(report);
  return {
    height: 90 + 44 * rows.length,
    table: {
      columns: columns("arm", "difference", "low", "high", "pHolm", "wins", "ties", "losses", "verdict"),
      rows: rows.map(({ name, difference: { mean, interval, n }, p_holm, wins, ties, losses, verdict }) => [
        name,
        mean,
        interval?.low ?? null,
        interval?.high ?? null,
        p_holm,
        wins,
        ties,
        losses,
        verdictText(verdict, n),
      ]),
    },
    option: (palette) => drawing(rows, palette),
  };
}

function rowsOf({ arms }: Report) {
  return arms.flatMap(({ name, comparison }) => {
    const difference = comparison?.differences.find(({ measure }) => measure === "nDCG@10");
    return difference ? [{ name, ...difference }] : [];
  });
}

const COLOURS = { better: "good", worse: "danger", same: "textSoft", not_distinguishable: "textSoft" } as const;

function drawing(rows: ReturnType<typeof rowsOf>, palette: Palette): EChartsCoreOption {
  return {
    ...base(palette),
    grid: { left: 12, right: 24, top: 12, bottom: 40, containLabel: true },
    xAxis: axis(palette, {
      type: "value",
      min: ({ min }: { min: number }) => Math.floor(Math.min(min, -LEAST) / STEP) * STEP,
      max: ({ max }: { max: number }) => Math.ceil(Math.max(max, LEAST) / STEP) * STEP,
      name: words("differenceAxis"),
      nameGap: 28,
      axisLabel: { formatter: tick },
    }),
    yAxis: axis(palette, { type: "category", inverse: true, data: rows.map(({ name }) => name), ...wrapped() }),
    series: [
      {
        type: "scatter",
        symbolSize: 11,
        z: 4,
        data: rows.map(({ difference, verdict }, at) => ({
          value: [difference.mean, at],
          itemStyle: { color: palette[COLOURS[verdict.verdict]] },
        })),
        tooltip: {
          formatter: ({ dataIndex }: { dataIndex: number }) => {
            const row = rows[dataIndex];
            return row ? `${row.name}\n${signed(row.difference.mean)}  ${range(row.difference.interval, signed)}` : "";
          },
        },
        markLine: {
          silent: true,
          symbol: "none",
          label: { show: false },
          lineStyle: { color: palette.lineStrong, type: "solid" },
          data: [{ xAxis: 0 }],
        },
        markArea: {
          silent: true,
          itemStyle: { color: palette.hover, opacity: 0.7 },
          data: [[{ xAxis: -MARGIN }, { xAxis: MARGIN }]],
        },
      },
      whiskers(
        rows.flatMap(({ difference: { interval } }, at): Whisker[] =>
          interval ? [[interval.low, at, interval.high, at]] : [],
        ),
        palette,
      ),
    ],
  };
}
