import { expect, test } from "vitest";
import type { RetrievalSettings } from "../../api/types";
import { changedSettings, mistakesIn, numberIn, onlyOnceSaved, patchOf, searchBody, withChanges } from "./settings";

const saved: RetrievalSettings = {
  mode: "hybrid",
  fusion: { method: "weighted", dense_weight: 0.5 },
  top_k: 20,
  top_n: 3,
  rerank: true,
  reranker: "own",
  rerank_weight: 0.3,
  rerank_skip_lead: 0.25,
  long_passages: "truncate",
  cutoff_layer: 12,
};

test("a search with nothing changed leaves all to the knowledge base", () => {
  expect(searchBody("port", saved, {})).toEqual({ query: "port", explain: true });
});

test("a value that is changed back is not a change", () => {
  expect(changedSettings(saved, { top_k: 20, top_n: 5 })).toEqual(["top_n"]);
});

test("only what differs is sent", () => {
  expect(searchBody("port", saved, { top_k: 40, mode: "bm25" })).toEqual({
    query: "port",
    explain: true,
    mode: "bm25",
    top_k: 40,
  });
});

test("a fusion is sent whole, and its weight only where it counts", () => {
  expect(searchBody("port", saved, { dense_weight: 0.7 })).toEqual({
    query: "port",
    explain: true,
    fusion: { method: "weighted", dense_weight: 0.7 },
  });
  const ranks = { fusion: "reciprocal_rank", dense_weight: 2 };
  expect(changedSettings(saved, ranks)).toEqual(["fusion"]);
  expect(patchOf(saved, ranks)).toEqual({ fusion: { method: "reciprocal_rank" } });
  expect(mistakesIn(withChanges(saved, ranks))).toEqual({});
  expect(mistakesIn(withChanges(saved, { dense_weight: 2 }))).toEqual({ dense_weight: "badDenseWeight" });
  expect(mistakesIn(withChanges(saved, { dense_weight: null }))).toEqual({ dense_weight: "badDenseWeight" });
});

test("the weight and the lead go along with another reranker, and the layer of the former does not", () => {
  expect(searchBody("port", saved, { reranker: "other" })).toMatchObject({
    rerank: { model: "other", weight: 0.3, skip_lead: 0.25 },
  });
  expect(patchOf(saved, { reranker: "other" })).toEqual({ rerank: { model: "other", cutoff_layer: null } });
});

test("an emptied field is the server's choice once it is saved, and not before", () => {
  const changes = { rerank_weight: null, reranker: null };
  expect(onlyOnceSaved(saved, changes)).toEqual(["reranker", "rerank_weight"]);
  expect(searchBody("port", saved, changes)).toEqual({ query: "port", explain: true });
  expect(patchOf(saved, changes)).toEqual({ rerank: { model: null, weight: null, cutoff_layer: null } });
});

test("what the server would refuse is said before", () => {
  expect(mistakesIn(withChanges(saved, {}))).toEqual({});
  expect(mistakesIn(withChanges(saved, { top_k: 2, rerank_weight: 1.5, rerank_deadline_ms: 0 }))).toEqual({
    top_n: "badTopN",
    rerank_weight: "badWeight",
    rerank_deadline_ms: "badDeadline",
  });
  expect(mistakesIn(withChanges(saved, { rerank_skip_lead: 0 }))).toEqual({ rerank_skip_lead: "badLead" });
  expect(mistakesIn(withChanges(saved, { rerank_skip_lead: null }))).toEqual({});
  expect(mistakesIn(withChanges(saved, { top_k: null }))).toEqual({ top_k: "badTopK" });
});

test("what is no number is a mistake, and not an empty field", () => {
  expect([numberIn(" "), numberIn("0,5"), numberIn("x")]).toEqual([null, 0.5, Number.NaN]);
  const entered = withChanges(saved, { top_k: numberIn("1e"), rerank_weight: numberIn("half") });
  expect(mistakesIn(entered)).toEqual({ top_k: "badTopK", rerank_weight: "badWeight" });
});
