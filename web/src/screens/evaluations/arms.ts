import type { Arm } from "./types";

type LongPassages = NonNullable<NonNullable<Arm["rerank"]>["long_passages"]>;

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
  /** No reranking from this lead of the first candidate on; `null` reranks always. */
  skip_lead: number | null;
  long_passages: LongPassages;
  /** The layer that a layerwise reranker stops at; `null` for its last. */
  cutoff_layer: number | null;
  /** `null` waits for every score. */
  deadline_ms: number | null;
  /** Who answers; empty for what the knowledge base or the server says. */
  chat_model: string;
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
    skip_lead: null,
    long_passages: "truncate",
    cutoff_layer: null,
    deadline_ms: null,
    chat_model: "",
  };
}

export function armOf(draft: ArmDraft): Arm {
  const { name, mode, rank_fusion, dense_weight, rerank, chat_model } = draft;
  return {
    name: name.trim(),
    mode,
    fusion: rank_fusion ? { method: "reciprocal_rank" } : { method: "weighted", dense_weight: dense_weight ?? 0.5 },
    top_k: draft.top_k ?? 0,
    top_n: draft.top_n ?? 0,
    rerank: rerank ? reranking(draft) : null,
    ...(chat_model ? { chat_model } : {}),
  };
}

/** What is not said is left to the server. */
function reranking(draft: ArmDraft): NonNullable<Arm["rerank"]> {
  const { reranker, weight, skip_lead, long_passages, cutoff_layer, deadline_ms } = draft;
  return {
    ...(reranker ? { reranker } : {}),
    ...(weight === null ? {} : { weight }),
    ...(skip_lead === null ? {} : { skip_lead }),
    ...(long_passages === "truncate" ? {} : { long_passages }),
    ...(cutoff_layer === null ? {} : { cutoff_layer }),
    ...(deadline_ms === null ? {} : { deadline_ms }),
  };
}
