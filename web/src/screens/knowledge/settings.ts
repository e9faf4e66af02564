import { asRequested, fusionOf, placeOf } from "../../api/retrieval";
import type { components } from "../../api/schema";
import type { KnowledgeBase } from "../../api/types";

type Patch = components["schemas"]["PatchKnowledgeBase"];

/** The settings as somebody edits them: a number that is being typed may be absent. */
export interface Draft {
  mode: string;
  /** How the hits of both searches become one list. */
  fusion: string;
  /** Weight of the search by meaning; it counts where the fusion is weighted. */
  dense_weight: number;
  top_k: number | null;
  top_n: number | null;
  rerank: boolean;
  /** Empty for the server's default. */
  reranker: string;
  /** Absent for the reranker's measured default. */
  rerank_weight: number | null;
  /** Absent where every search is reranked. */
  rerank_skip_lead: number | null;
  rerank_deadline_ms: number | null;
  long_passages: string;
  /** Empty for the server's default. */
  chat_model: string;
  max_tokens: number | null;
  overlap_tokens: number | null;
}

export type Setting = keyof Draft;

const CHUNKING: Setting[] = ["max_tokens", "overlap_tokens"];
const NAMES: Setting[] = [
  "mode",
  "fusion",
  "dense_weight",
  "top_k",
  "top_n",
  "rerank_weight",
  "rerank_skip_lead",
  "rerank_deadline_ms",
  "reranker",
  "rerank",
  "long_passages",
  "chat_model",
  "max_tokens",
  "overlap_tokens",
];

export function draftOf(base: KnowledgeBase): Draft {
  const { retrieval, chunking } = base;
  return {
    mode: retrieval.mode,
    ...fusionOf(retrieval),
    top_k: retrieval.top_k,
    top_n: retrieval.top_n,
    rerank: retrieval.rerank,
    reranker: retrieval.reranker ?? "",
    rerank_weight: asTyped(retrieval.rerank_weight),
    rerank_skip_lead: asTyped(retrieval.rerank_skip_lead),
    rerank_deadline_ms: retrieval.rerank_deadline_ms ?? null,
    long_passages: retrieval.long_passages,
    chat_model: base.chat_model ?? "",
    max_tokens: chunking.max_tokens,
    overlap_tokens: chunking.overlap_tokens,
  };
}

/** The server keeps such numbers in 32 bits, which JSON shows with digits that nobody typed. */
function asTyped(value: number | null | undefined): number | null {
  return value == null ? null : Number(value.toFixed(4));
}

/** Settings that differ. A weight that does not count is none of them. */
export function changed(saved: Draft, draft: Draft): Setting[] {
  const counts = (name: Setting) => name !== "dense_weight" || draft.fusion === "weighted";
  return NAMES.filter((name) => saved[name] !== draft[name] && counts(name));
}

/** What to send so that the knowledge base becomes like the draft. */
export function patchOf(saved: Draft, draft: Draft): Patch {
  const retrieval: Record<string, unknown> = {};
  const chunking: Record<string, unknown> = {};
  const names = changed(saved, draft);
  for (const name of names.filter((name) => name !== "chat_model")) {
    const value = name === "reranker" && draft.reranker === "" ? null : draft[name];
    if (CHUNKING.includes(name)) chunking[name] = value;
    else retrieval[name] = value;
  }
  if ("fusion" in retrieval || "dense_weight" in retrieval) {
    retrieval.fusion = draft.fusion;
    retrieval.dense_weight = draft.dense_weight;
  }
  return {
    ...(names.includes("chat_model") ? { chat_model: draft.chat_model || null } : {}),
    ...(Object.keys(retrieval).length > 0 ? { retrieval: asRequested(retrieval) } : {}),
    ...(Object.keys(chunking).length > 0 ? { chunking } : {}),
  };
}

/** The setting that stands in this field of a request. */
export function settingAt(param: string | undefined): Setting | undefined {
  const place = (name: Setting) => {
    if (name === "chat_model") return name;
    return CHUNKING.includes(name) ? `chunking.${name}` : `retrieval.${placeOf(name)}`;
  };
  return NAMES.find((name) => place(name) === param);
}

/** Numbers that must be there and are not, or are out of the bounds that the server has. */
export function wrong(draft: Draft): Setting[] {
  const between = (value: number | null, low: number, high: number) =>
    value !== null && Number.isFinite(value) && value >= low && value <= high;
  const bad: [Setting, boolean][] = [
    ["top_k", !between(draft.top_k, 1, 1000)],
    ["top_n", !between(draft.top_n, 1, draft.top_k ?? 1000)],
    ["max_tokens", !between(draft.max_tokens, 32, 8192)],
    ["overlap_tokens", !between(draft.overlap_tokens, 0, Math.ceil((draft.max_tokens ?? 8192) / 2) - 1)],
    ["rerank_deadline_ms", draft.rerank_deadline_ms !== null && !between(draft.rerank_deadline_ms, 1, 60_000)],
    ["rerank_weight", draft.rerank_weight !== null && !between(draft.rerank_weight, 0, 1)],
    ["rerank_skip_lead", draft.rerank_skip_lead !== null && !between(draft.rerank_skip_lead, 0.0001, 1)],
  ];
  return bad.filter(([, isBad]) => isBad).map(([name]) => name);
}
