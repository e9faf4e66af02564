import type { Timings } from "../api/types";

/** What a stage is part of; it gives the stage its colour. */
export type StageGroup = "embed" | "search" | "rerank" | "write" | "other";

/** A stage of a search or an answer. */
export interface Stage {
  name: StageName;
  group: StageGroup;
  ms: number;
}

export type StageName =
  | "queue"
  | "rewrite"
  | "embed"
  | "bm25"
  | "dense"
  | "fuse"
  | "rerank"
  | "extract"
  | "prefill"
  | "decode"
  | "other";

const ORDER: [Exclude<StageName, "other">, StageGroup][] = [
  ["queue", "other"],
  ["rewrite", "write"],
  ["embed", "embed"],
  ["bm25", "search"],
  ["dense", "search"],
  ["fuse", "search"],
  ["rerank", "rerank"],
  ["extract", "write"],
  ["prefill", "write"],
  ["decode", "write"],
];
/** Shorter stages are not worth a place in the bar. */
const SHORTEST_MS = 0.05;

/** The stages that took time, in their order, and what no stage names as `other`. BM25 runs beside embedding. */
export function stagesOf(timings: Timings): Stage[] {
  const stages: Stage[] = [];
  for (const [name, group] of ORDER) {
    const ms = timings[`${name}_ms`] ?? 0;
    if (ms >= SHORTEST_MS) stages.push({ name, group, ms });
  }
  const beside = Math.min(timings.bm25_ms ?? 0, (timings.embed_ms ?? 0) + (timings.dense_ms ?? 0));
  const named = stages.reduce((sum, stage) => sum + stage.ms, 0) - beside;
  const other = timings.total_ms - named;
  if (other >= Math.max(0.1, timings.total_ms * 0.01)) stages.push({ name: "other", group: "other", ms: other });
  return stages;
}
