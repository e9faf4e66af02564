import { expect, test } from "vitest";
import { asRequested, placeOf } from "./retrieval";

test("settings of reranking stand in an object of their own", () => {
  const settings = { top_k: 5, rerank: false, reranker: null, rerank_weight: 0.5, long_passages: "truncate" };
  expect(asRequested(settings)).toEqual({
    top_k: 5,
    rerank: { enabled: false, model: null, weight: 0.5, long_passages: "truncate" },
  });
  expect(asRequested({ top_k: 5 })).toEqual({ top_k: 5 });
});

test("a fusion is whole or not there, and ranks have no weight", () => {
  expect(asRequested({ fusion: "weighted", dense_weight: 0.7, top_k: 5 })).toEqual({
    top_k: 5,
    fusion: { method: "weighted", dense_weight: 0.7 },
  });
  expect(asRequested({ fusion: "reciprocal_rank", dense_weight: 0.7 })).toEqual({
    fusion: { method: "reciprocal_rank" },
  });
});

test("a place is that of the request", () => {
  expect(placeOf("rerank_deadline_ms")).toBe("rerank.deadline_ms");
  expect(placeOf("dense_weight")).toBe("fusion.dense_weight");
  expect(placeOf("fusion")).toBe("fusion");
  expect(placeOf("top_n")).toBe("top_n");
});
