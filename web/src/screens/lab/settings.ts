import { asRequested, fusionOf } from "../../api/retrieval";
import type { RetrievalPatch, RetrievalSettings, SearchBody } from "../../api/types";

/** The settings of a search that the panel shows, in its order. */
export const SETTINGS = [
  "mode",
  "fusion",
  "dense_weight",
  "top_k",
  "top_n",
  "rerank",
  "reranker",
  "cutoff_layer",
  "rerank_weight",
  "rerank_skip_lead",
  "rerank_deadline_ms",
  "long_passages",
] as const;

export type Setting = (typeof SETTINGS)[number];
/**
 * `null` is an empty field: what the knowledge base has does not count, where the server can choose. Elsewhere it is a
 * mistake, as `NaN` is everywhere.
 */
export type Settings = {
  mode: string;
  fusion: string;
  dense_weight: number | null;
  top_k: number | null;
  top_n: number | null;
  rerank: boolean;
  reranker: string | null;
  cutoff_layer: number | null;
  rerank_weight: number | null;
  rerank_skip_lead: number | null;
  rerank_deadline_ms: number | null;
  long_passages: string;
};
export type Changes = Partial<Settings>;
/** What is wrong with an entry. */
export type Mistake = "badTopK" | "badTopN" | "badDenseWeight" | "badLayer" | "badWeight" | "badLead" | "badDeadline";
/** The layers that a reranker can stop at. */
export interface Layers {
  lowest: number;
  highest: number;
}

/** The saved settings with what was changed on the panel. A saved layer is one of the saved reranker. */
export function withChanges(saved: RetrievalSettings, changes: Changes): Settings {
  const before = savedOf(saved);
  const layer = leavesReranker(saved, changes) ? { cutoff_layer: null } : {};
  return { ...before, ...layer, ...changes };
}

/** The changes with one more. A layer goes with the reranker that it was chosen for. */
export function withChange<Name extends Setting>(changes: Changes, setting: Name, value: Settings[Name]): Changes {
  const { cutoff_layer, ...others } = changes;
  return { ...(setting === "reranker" ? others : changes), [setting]: value };
}

function leavesReranker(saved: RetrievalSettings, changes: Changes): boolean {
  return changes.reranker !== undefined && changes.reranker !== (saved.reranker ?? null);
}

/** What differs from the saved settings; a value that was changed back does not, nor a weight that does not count. */
export function changedSettings(saved: RetrievalSettings, changes: Changes): Setting[] {
  const before = savedOf(saved);
  const fusion = changes.fusion ?? before.fusion;
  const counts = (setting: Setting) => setting !== "dense_weight" || fusion === "weighted";
  return SETTINGS.filter((setting) => setting in changes && changes[setting] !== before[setting] && counts(setting));
}

/**
 * The body of a search with the panel's settings. What is left out takes the saved value, so that only what differs is
 * sent, and a reranker that cannot be used is a mistake of the search only where the search named it. The weight and
 * the lead go along with another reranker, since the server would otherwise leave them behind with the saved one.
 */
export function searchBody(query: string, saved: RetrievalSettings, changes: Changes): SearchBody {
  const settings = withChanges(saved, changes);
  const sent = new Set<Setting>(changedSettings(saved, changes));
  if (sent.has("fusion") || sent.has("dense_weight")) sent.add("fusion").add("dense_weight");
  if (sent.has("reranker")) sent.add("rerank_weight").add("rerank_skip_lead");
  const entries = [...sent].map((setting) => [setting, settings[setting]]);
  return { ...asRequested(Object.fromEntries(entries)), query, explain: true };
}

/** What is sent to save the changes. A layer that was chosen for the former reranker goes with it. */
export function patchOf(saved: RetrievalSettings, changes: Changes): RetrievalPatch {
  const settings = withChanges(saved, changes);
  const sent = new Set<Setting>(changedSettings(saved, changes));
  if (sent.has("fusion") || sent.has("dense_weight")) sent.add("fusion").add("dense_weight");
  if (sent.has("reranker") && saved.cutoff_layer != null) sent.add("cutoff_layer");
  return asRequested(Object.fromEntries([...sent].map((setting) => [setting, settings[setting]])));
}

/** What was entered as a number: `null` for nothing, and `NaN` for what is none. */
export function numberIn(text: string): number | null {
  const entered = text.trim().replace(",", ".");
  return entered === "" ? null : Number(entered);
}

/** What the server would refuse, by setting; `layers` are those of the reranker, if it has any. */
export function mistakesIn(settings: Settings, layers?: Layers): Partial<Record<Setting, Mistake>> {
  const { top_k, top_n, dense_weight, cutoff_layer, rerank_weight, rerank_skip_lead, rerank_deadline_ms } = settings;
  const mistakes: Partial<Record<Setting, Mistake>> = {};
  if (!isWhole(top_k, 1, 1000)) mistakes.top_k = "badTopK";
  if (!isWhole(top_n, 1, top_k || 1000)) mistakes.top_n = "badTopN";
  if (settings.fusion === "weighted" && !(dense_weight !== null && dense_weight >= 0 && dense_weight <= 1))
    mistakes.dense_weight = "badDenseWeight";
  if (layers && cutoff_layer !== null && !isWhole(cutoff_layer, layers.lowest, layers.highest))
    mistakes.cutoff_layer = "badLayer";
  if (rerank_weight !== null && !(rerank_weight >= 0 && rerank_weight <= 1)) mistakes.rerank_weight = "badWeight";
  if (rerank_skip_lead !== null && !(rerank_skip_lead > 0 && rerank_skip_lead <= 1))
    mistakes.rerank_skip_lead = "badLead";
  if (rerank_deadline_ms !== null && !isWhole(rerank_deadline_ms, 1, 60_000))
    mistakes.rerank_deadline_ms = "badDeadline";
  return mistakes;
}

function isWhole(value: number | null, least: number, most: number): boolean {
  return value !== null && Number.isInteger(value) && value >= least && value <= most;
}

/** The saved settings, as the panel shows them. */
export function savedOf(saved: RetrievalSettings): Settings {
  return {
    mode: saved.mode,
    ...fusionOf(saved),
    top_k: saved.top_k,
    top_n: saved.top_n,
    rerank: saved.rerank,
    reranker: saved.reranker ?? null,
    cutoff_layer: saved.cutoff_layer ?? null,
    rerank_weight: saved.rerank_weight ?? null,
    rerank_skip_lead: saved.rerank_skip_lead ?? null,
    rerank_deadline_ms: saved.rerank_deadline_ms ?? null,
    long_passages: saved.long_passages,
  };
}
