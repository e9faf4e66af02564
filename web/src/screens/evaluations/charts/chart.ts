import type { EChartsCoreOption } from "echarts/core";
import { words } from "../report/words";
import type { Palette } from "./palette.svelte";

/** The numbers of a chart, to be read and taken elsewhere. Numbers keep all their digits. */
export interface Table {
  columns: string[];
  rows: (string | number | null)[][];
}

/** A picture and the numbers in it. */
export interface ChartData {
  option: (palette: Palette) => EChartsCoreOption;
  table: Table;
  /** Height in pixels, where the number of rows makes it. */
  height?: number;
}

/** What all charts have in common. */
export function base(palette: Palette): EChartsCoreOption {
  return {
    animation: false,
    color: palette.series,
    textStyle: { fontFamily: palette.font, color: palette.text },
    grid: { left: 12, right: 24, top: 24, bottom: 12, containLabel: true },
    // The page's policy lets nothing become HTML.
    tooltip: {
      renderMode: "richText",
      confine: true,
      backgroundColor: palette.surface,
      borderColor: palette.line,
      textStyle: { color: palette.text, fontFamily: palette.font, fontSize: 13 },
    },
  };
}

/** An axis in the colours of the page. */
export function axis(palette: Palette, more: Record<string, unknown> = {}): Record<string, unknown> {
  const { axisLabel, ...rest } = more as { axisLabel?: object };
  return {
    axisLine: { lineStyle: { color: palette.lineStrong } },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: palette.line } },
    nameTextStyle: { color: palette.textSoft },
    nameLocation: "middle",
    ...rest,
    axisLabel: { color: palette.textSoft, hideOverlap: true, ...axisLabel },
  };
}

interface Extent {
  min: number;
  max: number;
}

const NEARLY_ALL = 0.95;
const ALIKE = 0.05;

/** The axis of nDCG@10, as much of it as there are figures. */
export function quality(palette: Palette, more: Record<string, unknown> = {}): Record<string, unknown> {
  // None is above 1, and figures that are all alike still have room around them.
  const max = (extent: Extent) => (extent.max > NEARLY_ALL ? 1 : undefined);
  const min = (extent: Extent) =>
    extent.max - extent.min < ALIKE ? Math.max(0, below(extent.min - ALIKE)) : undefined;
  const look = { min, max, name: "nDCG@10", nameGap: 42, axisLabel: { formatter: tick } };
  return axis(palette, { type: "value", scale: true, ...look, ...more });
}

/** A round figure, which the axis can begin with. */
function below(value: number): number {
  return Math.floor(value / ALIKE) * ALIKE;
}

/** A legend above the drawing. */
export function legend(palette: Palette): Record<string, unknown> {
  return { type: "scroll", top: 0, left: 0, textStyle: { color: palette.text }, pageIconColor: palette.text };
}

/** Names of arms beside an axis, long ones on several lines. */
export function wrapped() {
  return { axisLabel: { width: 130, overflow: "break", lineHeight: 14 } };
}

/** A number on an axis, with no more digits than it needs. */
export function tick(value: number): string {
  return String(Number(value.toFixed(4)))
    .replace(/^(-?)0\./, "$1.")
    .replace("-", "−");
}

type Column = Parameters<typeof words>[0] extends infer Key ? (Key extends `col_${infer Name}` ? Name : never) : never;

/** Headings of columns. */
export function columns(...names: Column[]): string[] {
  return names.map((name) => words(`col_${name}`));
}
