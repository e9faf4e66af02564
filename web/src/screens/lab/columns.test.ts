import { expect, test } from "vitest";
import { columnsOf } from "./columns";
import { candidate, search } from "./testing";

const candidates = [
  candidate("a", { bm25: 3, fused: 2, rerank: 1, rank: 1 }),
  candidate("b", { bm25: 1, dense: 2, fused: 1, rerank: 2, rank: 2 }),
  candidate("c", { dense: 1, fused: 3, rank: 3 }),
];
const ids = (column: ReturnType<typeof columnsOf>[number] | undefined) =>
  column?.places.map((place) => place.candidate.chunk_id);

test("each column has the passages of its stage in the order of its ranks", () => {
  const [bm25, dense, fused, reranked, kept] = columnsOf(search(candidates, 2));
  expect(ids(bm25)).toEqual(["b", "a"]);
  expect(ids(dense)).toEqual(["c", "b"]);
  expect(ids(fused)).toEqual(["b", "a", "c"]);
  expect(ids(reranked)).toEqual(["a", "b"]);
  expect(ids(kept)).toEqual(["a", "b"]);
});

test("reranking says how far it moved a passage", () => {
  const reranked = columnsOf(search(candidates, 2))[3];
  expect(reranked?.places.map((place) => place.moved)).toEqual([1, -1]);
});

test("an empty column says why", () => {
  const only = [candidate("a", { bm25: 1, fused: 1, rank: 1 })];
  const skipped = { ...search(only, 1).rerank, status: "skipped" };
  const columns = columnsOf(search(only, 1, { mode: "bm25", rerank: skipped }));
  expect(columns.map((column) => column.empty)).toEqual([
    undefined,
    "not_searched",
    undefined,
    "not_reranked",
    undefined,
  ]);
  expect(columnsOf(search([], 0)).map((column) => column.empty)).toEqual(Array(5).fill("nothing_found"));
});
