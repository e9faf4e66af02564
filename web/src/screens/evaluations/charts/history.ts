import { moment } from "../../../i18n/format";
import { range, share } from "../figures";
import type { Found } from "../headlines.svelte";
import type { Run } from "../types";
import { axis, base, type ChartData, columns, quality } from "./chart";
import { measureOf } from "./pareto";
import { type Whisker, whiskers } from "./whiskers";

/** nDCG@10 of the present settings over the finished runs of a set, oldest first. */
export function history(list: Run[], found: (id: string) => Found | undefined): ChartData | undefined {
  const points = [...list].reverse().flatMap((run) => {
    const { arms = [], main = 0 } = found(run.id) ?? {};
    const arm = arms[main];
    const quality = arm && measureOf(arm, "nDCG@10");
    return quality ? [{ when: moment(run.finished_at ?? run.created_at), name: run.name, quality }] : [];
  });
  if (points.length === 0) return undefined;
  return {
    height: 260,
    table: {
      columns: columns("finished", "run", "questions", "ndcg", "low", "high"),
      rows: points.map(({ when, name, quality: { n, mean, interval } }) => [
        when,
        name,
        n,
        mean,
        interval?.low ?? null,
        interval?.high ?? null,
      ]),
    },
    option: (palette) => ({
      ...base(palette),
      grid: { left: 28, right: 24, top: 24, bottom: 12, containLabel: true },
      xAxis: axis(palette, { type: "category", data: points.map(({ when }) => when), splitLine: { show: false } }),
      yAxis: quality(palette),
      series: [
        {
          type: "line",
          symbol: "circle",
          symbolSize: 9,
          z: 4,
          data: points.map(({ quality }) => quality.mean),
          tooltip: {
            formatter: ({ dataIndex }: { dataIndex: number }) => {
              const point = points[dataIndex];
              if (!point) return "";
              const { mean, interval } = point.quality;
              return `${point.name}, ${point.when}\nnDCG@10 ${share(mean)}  ${range(interval)}`;
            },
          },
        },
        whiskers(
          points.flatMap(({ quality: { interval } }, at): Whisker[] =>
            interval ? [[at, interval.low, at, interval.high]] : [],
          ),
          palette,
        ),
      ],
    }),
  };
}
