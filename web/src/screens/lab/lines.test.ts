import { expect, test } from "vitest";
import { columnsOf } from "./columns";
import { columnWidth, linesOf, pathOf } from "./lines";
import { candidate, search } from "./testing";

const columns = columnsOf(
  search(
    [
      candidate("a", { bm25: 2, fused: 2, rerank: 1, rank: 1 }),
      candidate("b", { bm25: 1, dense: 1, fused: 1, rerank: 2, rank: 2 }),
    ],
    1,
  ),
);

test("a line leads past a column that does not hold the passage", () => {
  const steps = linesOf(columns)
    .filter((line) => line.id === "a")
    .map(({ from, to, fromRow, toRow }) => [from, to, fromRow, toRow]);
  expect(steps).toEqual([
    [0, 2, 1, 1],
    [2, 3, 1, 0],
    [3, 4, 0, 0],
  ]);
});

test("only reranking makes a passage rise or fall", () => {
  const turns = linesOf(columns).map((line) => `${line.id}${line.to}${line.turn}`);
  expect(turns).toContain("a3rises");
  expect(turns).toContain("b3falls");
  expect(turns.filter((turn) => !turn.endsWith("stays"))).toHaveLength(2);
});

test("a path runs from edge to edge at the middle of its cards", () => {
  const line = { id: "a", from: 0, to: 1, fromRow: 0, toRow: 2, turn: "stays" as const };
  expect(pathOf(line, { column: 100, gap: 20, row: 50, card: 40 })).toBe("M100 20C111 20 109 120 120 120");
});

test("columns share what the gaps leave", () => {
  expect(columnWidth(580, 20, 5)).toBe(100);
  expect(columnWidth(10, 20, 5)).toBe(0);
});
