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

/** Where a setting of the retrieval stands in a request. */
export function placeOf(setting: string): string {
  const option = OPTIONS[setting];
  return option ? `rerank.${option}` : setting;
}

/** Settings of the retrieval as requests have them: those of reranking in an object of their own. */
export function asRequested(settings: Record<string, unknown>): Record<string, unknown> {
  const own = Object.entries(settings).filter(([name]) => !(name in OPTIONS));
  const rerank = Object.entries(OPTIONS)
    .filter(([name]) => name in settings)
    .map(([name, option]) => [option, settings[name]]);
  return { ...Object.fromEntries(own), ...(rerank.length > 0 ? { rerank: Object.fromEntries(rerank) } : {}) };
}
