import { share } from "../figures";
import { words } from "../report/words";
import type { ArmReport, Report } from "../types";
import { axis, base, type ChartData, legend, tick, wrapped } from "./chart";

/** What is among the candidates, what a perfect order of them would give, and what the arm gives. */
export function headroom({ headroom: room }: ArmReport): ChartData | undefined {
  if (!room) return undefined;
  const steps: [string, number][] = [
    [words("candidateRecall"), room.candidate_recall],
    [words("perfect"), room.perfect_ndcg_10],
    [words("reached"), room.ndcg_10],
  ];
  /** A perfect order could have 1, and the arm what a perfect order has. */
  const before = [1, 1, room.perfect_ndcg_10];
  return {
    height: 260,
    table: { columns: [words("step"), words("value")], rows: steps },
    option: (palette) => ({
      ...base(palette),
      xAxis: axis(palette, {
        type: "category",
        data: steps.map(([name]) => name),
        axisLabel: { interval: 0, ...narrow },
      }),
      yAxis: axis(palette, { type: "value", min: 0, max: 1, axisLabel: { formatter: tick } }),
      series: [
        {
          type: "bar",
          stack: "all",
          barMaxWidth: 72,
          data: steps.map(([, value], at) => ({
            value,
            itemStyle: { color: at === 2 ? palette.accent : palette.series[2] },
          })),
          label: { show: true, position: "inside", color: palette.surface, formatter: shown },
        },
        {
          type: "bar",
          stack: "all",
          data: steps.map(([, value], at) => Math.max(0, (before[at] ?? 1) - value)),
          itemStyle: { color: palette.danger, opacity: 0.35 },
          tooltip: { formatter: ({ value }: { value: number }) => words("lostHere", { value: share(value) }) },
        },
      ],
    }),
  };
}

const narrow = { width: 100, overflow: "break", lineHeight: 14 };
const shown = ({ value }: { value: number }) => share(value);

const FATES = [
  "used",
  "not_cited",
  "below_top_n",
  "cut",
  "not_retrieved",
  "quote_missing",
  "document_missing",
] as const;

/** How far the relevant passages come in each arm. */
export function fates({ arms }: Report): ChartData {
  const rows = arms.flatMap((arm) => (arm.headroom ? [{ name: arm.name, golds: arm.headroom.golds }] : []));
  const shownFates = FATES.filter((fate) => rows.some(({ golds }) => (golds[fate] ?? 0) > 0));
  return {
    height: 90 + 40 * rows.length,
    table: {
      columns: [words("col_arm"), ...shownFates.map((fate) => words(fate))],
      rows: rows.map(({ name, golds }) => [name, ...shownFates.map((fate) => golds[fate] ?? 0)]),
    },
    option: (palette) => ({
      ...base(palette),
      legend: legend(palette),
      grid: { left: 12, right: 24, top: 40, bottom: 12, containLabel: true },
      xAxis: axis(palette, { type: "value", minInterval: 1 }),
      yAxis: axis(palette, { type: "category", inverse: true, data: rows.map(({ name }) => name), ...wrapped() }),
      series: shownFates.map((fate) => ({
        name: words(fate),
        type: "bar",
        stack: "all",
        barMaxWidth: 22,
        data: rows.map(({ golds }) => golds[fate] ?? 0),
        itemStyle: { color: fateColour(palette, fate) },
      })),
    }),
  };
}

function fateColour(palette: Parameters<ChartData["option"]>[0], fate: (typeof FATES)[number]): string | undefined {
  const { accent, series, warn, danger, lineStrong } = palette;
  const colours = {
    used: accent,
    not_cited: series[3],
    below_top_n: series[2],
    cut: series[1],
    not_retrieved: warn,
    quote_missing: lineStrong,
    document_missing: danger,
  };
  return colours[fate];
}
