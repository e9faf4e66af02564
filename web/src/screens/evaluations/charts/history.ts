import { moment } from "../../../i18n/format";
import { range, share } from "../figures";
import type { Run } from "../types";
import { axis, base, type ChartData, columns, quality } from "./chart";
import { type Whisker, whiskers } from "./whiskers";

/** nDCG@10 of the present settings over the finished runs of a set, oldest first. */
export function history(list: Run[]): ChartData | undefined {
  const points = [...list].reverse().flatMap((run) => {
    const quality = run.summary?.arms[run.summary.main]?.ndcg_10;
    const when = moment(run.finished_at ?? run.created_at);
    return quality ? [{ when, name: run.name, note: run.note ?? "", quality }] : [];
  });
  if (points.length === 0) return undefined;
  return {
    height: 260,
    table: {
      columns: columns("finished", "run", "questions", "ndcg", "low", "high", "note"),
      rows: points.map(({ when, name, note, quality: { n, mean, interval } }) => [
        when,
        name,
        n,
        mean,
        interval?.low ?? null,
        interval?.high ?? null,
        note,
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
          symbolSize: 10,
          z: 4,
          // What a person has said about a run is seen before it is read.
          data: points.map(({ note, quality }) => ({ value: quality.mean, symbol: note ? "diamond" : "circle" })),
          tooltip: {
            formatter: ({ dataIndex }: { dataIndex: number }) => {
              const point = points[dataIndex];
              if (!point) return "";
              const { mean, interval } = point.quality;
              const said = point.note ? `\n${point.note}` : "";
              return `${point.name}, ${point.when}\nnDCG@10 ${share(mean)}  ${range(interval)}${said}`;
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
