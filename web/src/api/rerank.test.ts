import { expect, test } from "vitest";
import { asRequested, placeOf } from "./rerank";

test("settings of reranking stand in an object of their own", () => {
  const settings = { top_k: 5, rerank: false, reranker: null, rerank_weight: 0.5, long_passages: "truncate" };
  expect(asRequested(settings)).toEqual({
    top_k: 5,
    rerank: { enabled: false, model: null, weight: 0.5, long_passages: "truncate" },
  });
  expect(asRequested({ top_k: 5 })).toEqual({ top_k: 5 });
});

test("a place is that of the request", () => {
  expect(placeOf("rerank_deadline_ms")).toBe("rerank.deadline_ms");
  expect(placeOf("top_n")).toBe("top_n");
});
