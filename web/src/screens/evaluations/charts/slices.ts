import { range, share, signed } from "../figures";
import { sliceName } from "../report/slice-name";
import type { Report } from "../types";
import { axis, base, type ChartData, columns, wrapped } from "./chart";

/** Differences beyond it have the strongest colour. */
const STRONG = 0.2;

/** Groups of questions by arms: nDCG@10, coloured by the difference from the baseline. */
export function slices({ slices: groups, arms }: Report): ChartData | undefined {
  if (groups.length === 0) return undefined;
  const names = groups.map(({ kind, value, questions }) => `${sliceName(kind, value)} (${questions})`);
  const cells = groups.flatMap((group, y) => group.arms.map((arm, x) => ({ arm, x, y })));
  const said = (cell: (typeof cells)[number] | undefined) =>
    cell ? `${arms[cell.x]?.name}\n${names[cell.y]}\n${figures(cell.arm)}` : "";
  return {
    height: 130 + 34 * groups.length,
    table: {
      columns: columns("slice", "questions", "arm", "ndcg", "difference", "low", "high"),
      rows: cells.map(({ arm: { ndcg_10, difference }, x, y }) => [
        sliceName(groups[y]?.kind ?? "language", groups[y]?.value ?? ""),
        groups[y]?.questions ?? 0,
        arms[x]?.name ?? "",
        ndcg_10 ?? null,
        difference?.mean ?? null,
        difference?.interval?.low ?? null,
        difference?.interval?.high ?? null,
      ]),
    },
    option: (palette) => ({
      ...base(palette),
      grid: { left: 12, right: 12, top: 12, bottom: 12, containLabel: true },
      visualMap: {
        show: false,
        min: -STRONG,
        max: STRONG,
        dimension: 2,
        inRange: { color: [palette.danger, palette.surface, palette.accent] },
      },
      xAxis: axis(palette, {
        type: "category",
        data: arms.map(({ name }) => name),
        splitLine: { show: false },
        axisLabel: { interval: 0, rotate: 35, width: 110, overflow: "truncate" },
      }),
      yAxis: axis(palette, { type: "category", inverse: true, data: names, splitLine: { show: false }, ...wrapped() }),
      series: [
        {
          type: "heatmap",
          data: cells.map(({ arm, x, y }) => [
            x,
            y,
            Math.max(-STRONG, Math.min(STRONG, (arm.difference?.mean ?? 0) * 0.75)),
          ]),
          itemStyle: { borderColor: palette.line, borderWidth: 1 },
          label: {
            show: true,
            color: palette.text,
            fontSize: 11,
            formatter: ({ dataIndex }: { dataIndex: number }) => share(cells[dataIndex]?.arm.ndcg_10, 2),
          },
          tooltip: { formatter: ({ dataIndex }: { dataIndex: number }) => said(cells[dataIndex]) },
        },
      ],
    }),
  };
}

function figures({ ndcg_10, difference }: Report["slices"][number]["arms"][number]): string {
  const from = difference ? `\n${signed(difference.mean)}  ${range(difference.interval, signed)}` : "";
  return `nDCG@10 ${share(ndcg_10)}${from}`;
}
