import { expect, test } from "vitest";
import { depths, WEIGHTS } from "./curve";

test("depths go up to all candidates, and name none twice", () => {
  expect(depths(20)).toEqual([0, 1, 2, 3, 5, 10, 15, 20]);
  expect(depths(7)).toEqual([0, 1, 2, 3, 5, 7]);
  expect(depths(1)).toEqual([0, 1]);
});

test("weights go from the fused order to the reranker alone", () => {
  expect(WEIGHTS.at(0)).toBe(0);
  expect(WEIGHTS.at(-1)).toBe(1);
});
