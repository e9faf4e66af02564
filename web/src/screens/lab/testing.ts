import type { ExplainedHit, Search } from "../../api/types";

type Ranks = { bm25?: number; dense?: number; fused: number; rerank?: number; rank: number };

/** A candidate that stood at these ranks. */
export function candidate(id: string, { rank, fused, bm25, dense, rerank }: Ranks): ExplainedHit {
  const at = (place: number | undefined) => (place === undefined ? null : { rank: place, score: 1 / place });
  const scored = at(rerank);
  return {
    chunk_id: id,
    rank,
    score: 1 / rank,
    text: `passage ${id}`,
    document: { id: "d", name: "guide.md", metadata: {}, knowledge_base: { id: "k", name: "guides" } },
    heading_path: [],
    span: { start: 0, end: 9 },
    bm25: at(bm25),
    dense: at(dense),
    fused: { rank: fused, score: 1 / fused },
    rerank: scored && { ...scored, score_raw: scored.score, scale: "logit", window: null },
    highlights: [],
  };
}

/** A search that found these, the first `top` of them kept. */
export function search(candidates: ExplainedHit[], top: number, more: Partial<Search> = {}): Search {
  return {
    hits: candidates.slice(0, top),
    candidates: candidates.length,
    mode: "hybrid",
    notices: [],
    rerank: {
      status: "applied",
      stand_in: false,
      ms: 10,
      queue_ms: 0,
      pairs: candidates.length,
      unscored_pairs: 0,
      tokens: 100,
      truncated_pairs: 0,
      windows: 0,
    },
    timings: { queue_ms: 0, fuse_ms: 1, rerank_ms: 10, total_ms: 20 },
    explain: { query_tokens: ["port"], candidates },
    ...more,
  };
}
