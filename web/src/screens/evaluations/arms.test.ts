import { expect, test } from "vitest";
import { armOf, newArm } from "./arms";

test("a new arm has a name that is free", () => {
  expect(newArm([]).name).toBe("arm 1");
  expect(newArm(["arm 1", "arm 2"]).name).toBe("arm 3");
});

test("what is not said is left to the server", () => {
  const draft = newArm([]);
  expect(armOf(draft)).toEqual({
    name: "arm 1",
    mode: "hybrid",
    fusion: { method: "weighted", dense_weight: 0.5 },
    top_k: 50,
    top_n: 3,
    rerank: {},
  });
  const rerank = {
    reranker: "bge",
    weight: 0,
    skip_lead: 0.4,
    long_passages: "max_slice",
    cutoff_layer: 12,
    deadline_ms: 500,
  } as const;
  const full = { ...draft, ...rerank, rank_fusion: true, rerank: true, chat_model: "extractive" };
  expect(armOf(full)).toMatchObject({ fusion: { method: "reciprocal_rank" }, rerank, chat_model: "extractive" });
  expect(armOf({ ...draft, rerank: false }).rerank).toBeNull();
});
