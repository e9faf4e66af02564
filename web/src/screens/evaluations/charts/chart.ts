import type { EChartsCoreOption } from "echarts/core";
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

/** A legend above the drawing. */
export function legend(palette: Palette): Record<string, unknown> {
  return { type: "scroll", top: 0, left: 0, textStyle: { color: palette.text }, pageIconColor: palette.text };
}
