import type { ExplainedHit, Search } from "../../api/types";

export const STAGES = ["bm25", "dense", "fused", "reranked", "kept"] as const;

/** A stage of a search, from the first retriever to what is kept. */
export type Stage = (typeof STAGES)[number];

/** A passage in a column. */
export interface Place {
  candidate: ExplainedHit;
  rank: number;
  score: number;
  /** Places that reranking moved it up from the fused order; below zero it fell. Only in the column of reranking. */
  moved?: number;
}

/** The passages of one stage, best first. */
export interface Column {
  stage: Stage;
  places: Place[];
  /** Why it is empty. */
  empty?: "not_searched" | "nothing_found" | "not_reranked";
}

/** The way of the candidates through the stages. */
export function columnsOf(search: Search): Column[] {
  const candidates = search.explain?.candidates ?? [];
  const kept = new Set(search.hits.map((hit) => hit.chunk_id));
  return STAGES.map((stage) => {
    const places = candidates
      .flatMap((candidate) => placeIn(stage, candidate, kept))
      .sort((one, other) => one.rank - other.rank);
    return places.length > 0 ? { stage, places } : { stage, places, empty: whyEmpty(stage, search) };
  });
}

function placeIn(stage: Stage, candidate: ExplainedHit, kept: ReadonlySet<string>): Place[] {
  const { bm25, dense, fused, rerank } = candidate;
  switch (stage) {
    case "bm25":
      return bm25 ? [{ candidate, ...bm25 }] : [];
    case "dense":
      return dense ? [{ candidate, ...dense }] : [];
    case "fused":
      return [{ candidate, ...fused }];
    case "reranked":
      return rerank ? [{ candidate, rank: rerank.rank, score: rerank.score, moved: fused.rank - rerank.rank }] : [];
    case "kept":
      return kept.has(candidate.chunk_id) ? [{ candidate, rank: candidate.rank, score: candidate.score }] : [];
  }
}

function whyEmpty(stage: Stage, search: Search): NonNullable<Column["empty"]> {
  if (stage === "reranked" && search.rerank.status !== "applied") return "not_reranked";
  const other = { bm25: "dense", dense: "bm25", fused: "", reranked: "", kept: "" }[stage];
  return search.mode === other ? "not_searched" : "nothing_found";
}
