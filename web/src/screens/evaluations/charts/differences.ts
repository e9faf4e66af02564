import { signed } from "../figures";
import { words } from "../report/words";
import type { ArmReport } from "../types";
import { axis, base, type ChartData, tick } from "./chart";

/** Which questions an arm helps and which it harms, best first. */
export function differences({ comparison }: ArmReport): ChartData | undefined {
  if (!comparison || comparison.by_question.length === 0) return undefined;
  const all = comparison.by_question;
  return {
    height: 260,
    table: {
      columns: [words("col_question"), words("col_difference")],
      rows: all.map(({ question, difference }) => [question, Number(difference.toFixed(6))]),
    },
    option: (palette) => ({
      ...base(palette),
      grid: { left: 28, right: 24, top: 12, bottom: 36, containLabel: true },
      xAxis: axis(palette, {
        type: "category",
        data: all.map(({ question }) => question),
        name: words("questionsAxis"),
        nameGap: 14,
        axisLabel: { show: false },
        axisLine: { show: false },
      }),
      yAxis: axis(palette, {
        type: "value",
        name: words("differenceAxis"),
        nameGap: 42,
        axisLabel: { formatter: tick },
      }),
      series: [
        {
          type: "bar",
          barMaxWidth: 24,
          data: all.map(({ difference }) => ({
            value: difference,
            itemStyle: { color: difference > 0 ? palette.good : palette.danger },
          })),
          tooltip: { formatter: ({ name, value }: { name: string; value: number }) => `${name}\n${signed(value)}` },
        },
      ],
    }),
  };
}
