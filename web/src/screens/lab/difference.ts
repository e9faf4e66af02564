import type { Hit, Search } from "../../api/types";

/** What became of a kept passage from one search to the other. */
export interface KeptChange {
  hit: Hit;
  kind: "new" | "gone" | "up" | "down" | "same";
  /** Ranks among all candidates; absent where the search did not have it. */
  before?: number;
  after?: number;
}

/** How a search differs from the one with the saved settings. */
export interface Difference {
  kept: KeptChange[];
  totalRatio?: number;
  rerankRatio?: number;
}

/** First what is kept now in its order, then what no longer is. */
export function differenceOf(saved: Search, changed: Search): Difference {
  const before = ranksOf(saved);
  const after = ranksOf(changed);
  const keptBefore = new Set(saved.hits.map((hit) => hit.chunk_id));
  const keptAfter = new Set(changed.hits.map((hit) => hit.chunk_id));
  const ranks = (hit: Hit) => ({ before: before.get(hit.chunk_id), after: after.get(hit.chunk_id) });
  const stayed = changed.hits.map((hit): KeptChange => {
    const at = ranks(hit);
    if (!keptBefore.has(hit.chunk_id)) return { hit, kind: "new", ...at };
    const up = (at.before ?? hit.rank) - hit.rank;
    return { hit, kind: up > 0 ? "up" : up < 0 ? "down" : "same", ...at };
  });
  const gone = saved.hits
    .filter((hit) => !keptAfter.has(hit.chunk_id))
    .map((hit): KeptChange => ({ hit, kind: "gone", ...ranks(hit) }));
  return {
    kept: [...stayed, ...gone],
    totalRatio: ratioOf(saved.timings.total_ms, changed.timings.total_ms),
    rerankRatio: ratioOf(saved.timings.rerank_ms, changed.timings.rerank_ms),
  };
}

function ranksOf(search: Search): Map<string, number> {
  const candidates = search.explain?.candidates ?? search.hits;
  return new Map(candidates.map((candidate) => [candidate.chunk_id, candidate.rank]));
}

function ratioOf(before: number | null | undefined, after: number | null | undefined): number | undefined {
  return before && after ? after / before : undefined;
}
