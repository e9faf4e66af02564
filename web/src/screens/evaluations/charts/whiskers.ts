import type { CustomSeriesRenderItem } from "echarts";
import type { Palette } from "./palette.svelte";

/** The ends of an interval: where it begins and ends on both axes. */
export type Whisker = [x1: number, y1: number, x2: number, y2: number];

const CAP = 4;

/** Intervals as lines with caps. */
export function whiskers(data: Whisker[], palette: Palette, more: Record<string, unknown> = {}) {
  return {
    type: "custom",
    silent: true,
    tooltip: { show: false },
    encode: { x: [0, 2], y: [1, 3] },
    data,
    renderItem: line(palette.textSoft),
    z: 3,
    ...more,
  };
}

function line(stroke: string): CustomSeriesRenderItem {
  return (_, api) => {
    const [x1 = 0, y1 = 0] = api.coord([api.value(0), api.value(1)]);
    const [x2 = 0, y2 = 0] = api.coord([api.value(2), api.value(3)]);
    const flat = Math.abs(x2 - x1) >= Math.abs(y2 - y1);
    const cap = (x: number, y: number) =>
      flat ? { x1: x, y1: y - CAP, x2: x, y2: y + CAP } : { x1: x - CAP, y1: y, x2: x + CAP, y2: y };
    const style = { stroke, lineWidth: 1.5 };
    const lines = [{ x1, y1, x2, y2 }, cap(x1, y1), cap(x2, y2)];
    return { type: "group", children: lines.map((shape) => ({ type: "line" as const, shape, style })) };
  };
}
