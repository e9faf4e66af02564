import { range, share } from "../figures";
import type { LiveComparison } from "../live/live.svelte";
import { words } from "../live/words";
import { axis, base, type ChartData, tick } from "./chart";
import type { Palette } from "./palette.svelte";

/** How the share of changed questions has come about, with the bounds that close in on it. */
export function course({ course }: Pick<LiveComparison, "course">): ChartData {
  const points = (value: (point: LiveComparison["course"][number]) => number) =>
    course.map((point) => [point.questions, value(point)]);
  return {
    height: 260,
    table: {
      columns: [words("col_questions"), words("col_share"), words("col_low"), words("col_high")],
      rows: course.map(({ questions, share, interval }) => [questions, share, interval.low, interval.high]),
    },
    option: (palette) => ({
      ...base(palette),
      grid: { left: 28, right: 28, top: 24, bottom: 40, containLabel: true },
      xAxis: axis(palette, {
        type: "value",
        name: words("col_questions"),
        nameGap: 28,
        minInterval: 1,
        splitLine: { show: false },
      }),
      yAxis: axis(palette, { type: "value", min: 0, max: 1, axisLabel: { formatter: tick } }),
      series: [
        bound(
          palette,
          words("col_low"),
          points(({ interval }) => interval.low),
        ),
        bound(
          palette,
          words("col_high"),
          points(({ interval }) => interval.high),
        ),
        {
          name: words("col_share"),
          type: "line",
          symbol: "circle",
          symbolSize: 6,
          z: 4,
          data: points(({ share }) => share),
          tooltip: {
            formatter: ({ dataIndex }: { dataIndex: number }) => {
              const point = course[dataIndex];
              return point ? `${point.questions}: ${share(point.share)}  ${range(point.interval)}` : "";
            },
          },
        },
      ],
    }),
  };
}

function bound(palette: Palette, name: string, data: number[][]) {
  const lineStyle = { color: palette.lineStrong, type: "dashed", width: 1.5 };
  return { name, type: "line", symbol: "none", silent: true, lineStyle, data };
}
