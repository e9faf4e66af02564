import { expect, test } from "vitest";
import type { KnowledgeBase } from "../../api/types";
import { changed, draftOf, patchOf, settingAt, wrong } from "./settings";

const base = {
  retrieval: {
    top_k: 20,
    top_n: 3,
    mode: "hybrid",
    fusion: { method: "weighted", dense_weight: 0.699999988079071 },
    rerank: true,
    rerank_weight: 0.699999988079071,
    rerank_skip_lead: 0.30000001192092896,
    long_passages: "truncate",
  },
  chunking: { max_tokens: 256, overlap_tokens: 32 },
} as KnowledgeBase;

test("a weight and a lead are shown as they were typed", () => {
  expect(draftOf(base)).toMatchObject({ dense_weight: 0.7, rerank_weight: 0.7, rerank_skip_lead: 0.3 });
});

test("only what was changed is sent, and defaults as null", () => {
  const saved = draftOf({ ...base, retrieval: { ...base.retrieval, reranker: "bge" } });
  const draft = { ...saved, top_n: 5, reranker: "", rerank_weight: null, overlap_tokens: 16 };
  expect(changed(saved, draft)).toEqual(["top_n", "rerank_weight", "reranker", "overlap_tokens"]);
  expect(patchOf(saved, draft)).toEqual({
    retrieval: { top_n: 5, rerank: { weight: null, model: null } },
    chunking: { overlap_tokens: 16 },
  });
  expect(patchOf(saved, saved)).toEqual({});
});

test("a fusion is sent whole, and its weight only where it counts", () => {
  const saved = draftOf(base);
  expect(patchOf(saved, { ...saved, dense_weight: 0.4 })).toEqual({
    retrieval: { fusion: { method: "weighted", dense_weight: 0.4 } },
  });
  const ranks = { ...saved, fusion: "reciprocal_rank", dense_weight: 0.4 };
  expect(changed(saved, ranks)).toEqual(["fusion"]);
  expect(patchOf(saved, ranks)).toEqual({ retrieval: { fusion: { method: "reciprocal_rank" } } });
});

test("a language model is chosen, and the choice is taken back as null", () => {
  const saved = draftOf(base);
  expect(patchOf(saved, { ...saved, chat_model: "small" })).toEqual({ chat_model: "small" });
  const chosen = draftOf({ ...base, chat_model: "small" });
  expect(patchOf(chosen, { ...chosen, chat_model: "" })).toEqual({ chat_model: null });
});

test.each([
  ["chat_model", "chat_model"],
  ["retrieval.fusion.dense_weight", "dense_weight"],
  ["retrieval.fusion", "fusion"],
  ["retrieval.top_n", "top_n"],
  ["retrieval.rerank.deadline_ms", "rerank_deadline_ms"],
  ["retrieval.rerank.model", "reranker"],
  ["chunking.overlap_tokens", "overlap_tokens"],
  ["name", undefined],
  [undefined, undefined],
])("%j is where %s stands", (param, setting) => {
  expect(settingAt(param)).toBe(setting);
});

test("numbers out of bounds are found before the server is asked", () => {
  const draft = draftOf(base);
  expect(wrong(draft)).toEqual([]);
  expect(wrong({ ...draft, top_n: 21, overlap_tokens: 128 })).toEqual(["top_n", "overlap_tokens"]);
  expect(wrong({ ...draft, overlap_tokens: 127, top_k: null })).toEqual(["top_k"]);
  expect(wrong({ ...draft, rerank_skip_lead: 0 })).toEqual(["rerank_skip_lead"]);
  expect(wrong({ ...draft, rerank_skip_lead: null })).toEqual([]);
});
