import { api, given } from "../../api/client";
import type { Comparison, ComparisonSummary, Preference } from "../../api/types";

const PAGE = 50;

let list = $state.raw<ComparisonSummary[]>([]);
let loaded = $state(false);
let cursor = $state<string | null>(null);

const at = (id: string) => ({ path: { id } });

/** The kept comparisons, newest first. */
export const kept = {
  get list(): ComparisonSummary[] {
    return list;
  },
  get loaded(): boolean {
    return loaded;
  },
  /** Whether the server has older ones that are not in the list. */
  get more(): boolean {
    return cursor !== null;
  },
  async load() {
    const page = await pageAfter(null);
    list = page.comparisons;
    cursor = page.next_cursor ?? null;
    loaded = true;
  },
  async loadMore() {
    const page = await pageAfter(cursor);
    const known = new Set(list.map((summary) => summary.id));
    list = [...list, ...page.comparisons.filter((summary) => !known.has(summary.id))];
    cursor = page.next_cursor ?? null;
  },
  get(id: string, signal: AbortSignal): Promise<Comparison> {
    return given(api.GET("/api/v1/comparisons/{id}", { params: at(id), signal }));
  },
  /** Takes in one that has just been made. */
  add(summary: ComparisonSummary) {
    list = [summary, ...list.filter((other) => other.id !== summary.id)];
  },
  async remove(id: string) {
    await given(api.DELETE("/api/v1/comparisons/{id}", { params: at(id) }));
    list = list.filter((summary) => summary.id !== id);
  },
  /** Keeps which answer is better; `null` takes it back. */
  async prefer(id: string, preference: Preference | null) {
    const address = "/api/v1/comparisons/{id}/preference";
    if (preference) await given(api.PUT(address, { params: at(id), body: { preference } }));
    else await given(api.DELETE(address, { params: at(id) }));
    list = list.map((summary) => (summary.id === id ? { ...summary, preference } : summary));
  },
};

function pageAfter(after: string | null) {
  const query = { limit: PAGE, ...(after ? { cursor: after } : {}) };
  return given(api.GET("/api/v1/comparisons", { params: { query } }));
}
