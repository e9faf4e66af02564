import type { Arm } from "./types";

/** A further arm as somebody fills it in. */
export interface ArmDraft {
  name: string;
  mode: Arm["mode"];
  /** Of the hits by vector, where the fusion is a weighted sum. */
  dense_weight: number | null;
  rank_fusion: boolean;
  top_k: number | null;
  top_n: number | null;
  rerank: boolean;
  /** Empty for the server's default. */
  reranker: string;
  weight: number | null;
}

/** An arm that most want to see beside the present one: more candidates for the reranker. */
export function newArm(taken: string[]): ArmDraft {
  let number = 1;
  while (taken.includes(`arm ${number}`)) number += 1;
  return {
    name: `arm ${number}`,
    mode: "hybrid",
    dense_weight: 0.5,
    rank_fusion: false,
    top_k: 50,
    top_n: 3,
    rerank: true,
    reranker: "",
    weight: null,
  };
}

export function armOf(draft: ArmDraft): Arm {
  const { name, mode, rank_fusion, dense_weight, rerank, reranker, weight } = draft;
  return {
    name: name.trim(),
    mode,
    fusion: rank_fusion ? { method: "reciprocal_rank" } : { method: "weighted", dense_weight: dense_weight ?? 0.5 },
    top_k: draft.top_k ?? 0,
    top_n: draft.top_n ?? 0,
    rerank: rerank ? { ...(reranker ? { reranker } : {}), ...(weight === null ? {} : { weight }) } : null,
  };
}
