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
  const full = { ...draft, rank_fusion: true, reranker: "bge", weight: 0 };
  expect(armOf(full)).toMatchObject({
    fusion: { method: "reciprocal_rank" },
    rerank: { reranker: "bge", weight: 0 },
  });
  expect(armOf({ ...draft, rerank: false }).rerank).toBeNull();
});
