import { expect, test } from "vitest";
import { columnsOf } from "./columns";
import { stepFrom } from "./keys";
import { candidate, search } from "./testing";

const columns = columnsOf(
  search(
    [
      candidate("a", { bm25: 2, fused: 2, rerank: 1, rank: 1 }),
      candidate("b", { bm25: 1, fused: 1, rerank: 2, rank: 2 }),
    ],
    1,
  ),
);

test("up and down stay within the column", () => {
  expect(stepFrom(columns, { column: 0, row: 1 }, "ArrowDown", false)).toEqual({ column: 0, row: 1 });
  expect(stepFrom(columns, { column: 0, row: 1 }, "ArrowUp", false)).toEqual({ column: 0, row: 0 });
});

test("left and right follow the passage past an empty column", () => {
  expect(stepFrom(columns, { column: 0, row: 1 }, "ArrowRight", false)).toEqual({ column: 2, row: 1 });
  expect(stepFrom(columns, { column: 2, row: 1 }, "ArrowRight", false)).toEqual({ column: 3, row: 0 });
  expect(stepFrom(columns, { column: 3, row: 1 }, "ArrowRight", false)).toEqual({ column: 4, row: 0 });
  expect(stepFrom(columns, { column: 4, row: 0 }, "ArrowRight", false)).toEqual({ column: 4, row: 0 });
});

test("other keys, and sideways where one column is shown, are not ours", () => {
  expect(stepFrom(columns, { column: 0, row: 0 }, "Enter", false)).toBeUndefined();
  expect(stepFrom(columns, { column: 0, row: 0 }, "ArrowRight", true)).toBeUndefined();
});
