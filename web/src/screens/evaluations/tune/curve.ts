import { axis, base, type ChartData, quality, tick } from "../charts/chart";
import { share } from "../figures";

/** A setting and what it would give. */
export type Point = [setting: number, quality: number];

/** What a curve is named by, and its points. */
interface Along {
  name: string;
  measure: string;
  points: Point[];
}

/** How quality goes with a setting while the others stay, and where the slider stands. */
export function curve({ name, measure, points }: Along, now: Point | undefined): ChartData {
  return {
    height: 220,
    table: { columns: [name, measure], rows: points },
    option: (palette) => ({
      ...base(palette),
      grid: { left: 28, right: 16, top: 16, bottom: 36, containLabel: true },
      xAxis: axis(palette, {
        type: "value",
        max: "dataMax",
        name,
        nameGap: 26,
        splitLine: { show: false },
        axisLabel: { formatter: tick },
      }),
      yAxis: quality(palette, { minInterval: 0.01 }),
      series: [
        {
          type: "line",
          symbol: "circle",
          symbolSize: 5,
          data: points,
          tooltip: { formatter: ({ value }: { value: Point }) => `${tick(value[0])}: ${measure} ${share(value[1])}` },
        },
        { type: "scatter", symbolSize: 14, z: 5, silent: true, color: palette.warn, data: now ? [now] : [] },
      ],
    }),
  };
}
