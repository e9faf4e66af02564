import { expect, test } from "vitest";
import { differenceOf } from "./difference";
import { candidate, search } from "./testing";

const at = (id: string, rank: number) => candidate(id, { fused: rank, rank });
const saved = search([at("a", 1), at("b", 2), at("c", 3)], 2);

test("kept passages are new, gone or moved", () => {
  const changed = search([at("c", 1), at("a", 2), at("b", 3)], 2);
  const kept = differenceOf(saved, changed).kept.map(({ hit, kind, before, after }) => [
    hit.chunk_id,
    kind,
    before,
    after,
  ]);
  expect(kept).toEqual([
    ["c", "new", 3, 1],
    ["a", "down", 1, 2],
    ["b", "gone", 2, 3],
  ]);
});

test("a passage that the other search did not have has no rank there", () => {
  const changed = search([at("x", 1), at("a", 2)], 1);
  expect(differenceOf(saved, changed).kept).toMatchObject([
    { kind: "new", before: undefined, after: 1 },
    { kind: "gone", before: 1, after: 2 },
    { kind: "gone", before: 2, after: undefined },
  ]);
});

test("times are compared where both searches have them", () => {
  const timings = { queue_ms: 0, fuse_ms: 1, rerank_ms: null, total_ms: 5 };
  const difference = differenceOf(saved, search([at("a", 1)], 1, { timings }));
  expect(difference.totalRatio).toBe(0.25);
  expect(difference.rerankRatio).toBeUndefined();
});
