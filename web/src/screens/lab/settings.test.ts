import { expect, test } from "vitest";
import type { RetrievalSettings } from "../../api/types";
import { changedSettings, mistakesIn, numberIn, patchOf, searchBody, withChange, withChanges } from "./settings";

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

test("an emptied field is the server's choice, in a search and once it is saved", () => {
  const changes = { rerank_weight: null, rerank_deadline_ms: null };
  const timed = { ...saved, rerank_deadline_ms: 700 };
  expect(searchBody("port", timed, changes)).toEqual({
    query: "port",
    explain: true,
    rerank: { weight: null, deadline_ms: null },
  });
  expect(patchOf(timed, changes)).toEqual({ rerank: { weight: null, deadline_ms: null } });
  const none = { reranker: null };
  expect(searchBody("port", saved, none)).toEqual({
    query: "port",
    explain: true,
    rerank: { model: null, weight: 0.3, skip_lead: 0.25 },
  });
  expect(patchOf(saved, none)).toEqual({ rerank: { model: null, cutoff_layer: null } });
});

test("a layer is tried within what the reranker has, and goes with the reranker", () => {
  const layers = { lowest: 8, highest: 40 };
  expect(searchBody("port", saved, { cutoff_layer: 28 })).toMatchObject({ rerank: { cutoff_layer: 28 } });
  expect(searchBody("port", saved, { cutoff_layer: null })).toMatchObject({ rerank: { cutoff_layer: null } });
  expect(mistakesIn(withChanges(saved, { cutoff_layer: 7 }), layers)).toEqual({ cutoff_layer: "badLayer" });
  expect(mistakesIn(withChanges(saved, { cutoff_layer: 7 }))).toEqual({});
  expect(mistakesIn(withChanges(saved, { cutoff_layer: null }), layers)).toEqual({});
  const other = withChange({ cutoff_layer: 28 }, "reranker", "other");
  expect(other).toEqual({ reranker: "other" });
  expect(withChanges(saved, other).cutoff_layer).toBeNull();
  expect(withChanges(saved, withChange(other, "reranker", "own")).cutoff_layer).toBe(12);
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
