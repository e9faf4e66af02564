import { axis, base, type ChartData, quality, tick } from "../charts/chart";
import { share } from "../figures";

/** A setting and the nDCG@10 that it would give. */
export type Point = [setting: number, ndcg: number];

export const WEIGHTS = Array.from({ length: 11 }, (_, at) => at / 10);

/** Numbers of candidates that are worth trying, up to all of them. */
export function depths(all: number): number[] {
  return [...[0, 1, 2, 3, 5, 10, 15, 20, 30, 50, 100, 200, 500].filter((depth) => depth < all), all];
}

/** How quality goes with a setting while the others stay, and where the slider stands. */
export function curve(name: string, points: Point[], now: Point | undefined): ChartData {
  return {
    height: 220,
    table: { columns: [name, "nDCG@10"], rows: points },
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
          tooltip: { formatter: ({ value }: { value: Point }) => `${tick(value[0])}: nDCG@10 ${share(value[1])}` },
        },
        { type: "scatter", symbolSize: 14, z: 5, silent: true, color: palette.warn, data: now ? [now] : [] },
      ],
    }),
  };
}
