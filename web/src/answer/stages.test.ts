import { expect, test } from "vitest";
import type { Timings } from "../api/types";
import { stagesOf } from "./stages";

const timings: Timings = {
  queue_ms: 0,
  fuse_ms: 0.1,
  total_ms: 100,
  bm25_ms: 5,
  embed_ms: 10,
  dense_ms: 5,
  rerank_ms: 60,
};

test("stages come in their order, with what no stage names at the end", () => {
  const stages = stagesOf(timings);
  expect(stages.map((stage) => stage.name)).toEqual(["embed", "bm25", "dense", "fuse", "rerank", "other"]);
  // 100 - (10 + 5 + 0.1 + 60), because BM25 ran beside the embedding.
  expect(stages.at(-1)?.ms).toBeCloseTo(24.9);
});

test("a sum that equals the total leaves no other", () => {
  const exact: Timings = { queue_ms: 0, fuse_ms: 0, total_ms: 60, rerank_ms: 60 };
  expect(stagesOf(exact).map((stage) => stage.name)).toEqual(["rerank"]);
});
