import { expect, test } from "vitest";
import { curve } from "./curve";

test("a curve has a row for each value, named by its setting and its measure", () => {
  const chart = curve(
    {
      name: "passages kept",
      measure: "right source",
      points: [
        [1, 0.25],
        [3, 0.5],
      ],
    },
    undefined,
  );
  expect(chart.table).toEqual({
    columns: ["passages kept", "right source"],
    rows: [
      [1, 0.25],
      [3, 0.5],
    ],
  });
});
