import { expect, test } from "vitest";
import type { Outcome } from "../types";
import { placed } from "./moves";

const arm = (ranking: number[]) => ({ ranking }) as Outcome["arms"][number];
const outcome = { candidates: ["a", "b", "c"].map((document) => ({ document })) } as Outcome;

test("candidates come in the order of the arm, with how far they moved", () => {
  const moves = placed(outcome, arm([2, 0, 1]), arm([0, 2]));
  expect(moves.map(({ candidate, rank, higher }) => [candidate.document, rank, higher])).toEqual([
    ["c", 1, 1],
    ["a", 2, -1],
    ["b", 3, undefined],
  ]);
});

test("what the reranker has read in part is known by its place among the candidates", () => {
  const read = placed(outcome, { ...arm([2, 0, 1]), cut: [0] }, undefined);
  expect(read.map(({ cut }) => cut)).toEqual([false, true, false]);
  expect(placed(outcome, arm([0]), undefined)[0]?.cut).toBe(false);
});
