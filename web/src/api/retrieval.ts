import type { RetrievalSettings } from "./types";

/** Settings of reranking by their names in a knowledge base's settings, and where requests have them in `rerank`. */
const OPTIONS: Record<string, string> = {
  rerank: "enabled",
  reranker: "model",
  rerank_weight: "weight",
  rerank_skip_lead: "skip_lead",
  rerank_deadline_ms: "deadline_ms",
  long_passages: "long_passages",
  cutoff_layer: "cutoff_layer",
};

/** The weight of a fusion that has none. */
const EVEN_WEIGHT = 0.5;

/** Where a setting of the retrieval stands in a request. */
export function placeOf(setting: string): string {
  const option = OPTIONS[setting];
  if (setting === "dense_weight") return "fusion.dense_weight";
  return option ? `rerank.${option}` : setting;
}

/** The fusion of a knowledge base as two settings. */
export function fusionOf(settings: RetrievalSettings): { fusion: string; dense_weight: number } {
  const { fusion } = settings;
  return {
    fusion: fusion.method,
    dense_weight: fusion.method === "weighted" ? Number(fusion.dense_weight.toFixed(4)) : EVEN_WEIGHT,
  };
}

/**
 * Settings of the retrieval as requests have them: those of reranking in an object of their own, and the fusion, which
 * is whole or not there, in another.
 */
export function asRequested(settings: Record<string, unknown>): Record<string, unknown> {
  const { fusion, dense_weight, ...others } = settings;
  const own = Object.entries(others).filter(([name]) => !(name in OPTIONS));
  const fused = fusion === "weighted" ? { method: fusion, dense_weight } : { method: fusion };
  const rerank = Object.entries(OPTIONS)
    .filter(([name]) => name in settings)
    .map(([name, option]) => [option, settings[name]]);
  return {
    ...Object.fromEntries(own),
    ...(fusion === undefined ? {} : { fusion: fused }),
    ...(rerank.length > 0 ? { rerank: Object.fromEntries(rerank) } : {}),
  };
}
