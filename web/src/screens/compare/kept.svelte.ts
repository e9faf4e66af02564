import { raw } from "../../api/client";
import type { Comparison, ComparisonSummary, Preference } from "../../api/contract";

const PAGE = 50;

interface Page {
  comparisons: ComparisonSummary[];
  next_cursor?: string | null;
}

let list = $state.raw<ComparisonSummary[]>([]);
let loaded = $state(false);
let cursor = $state<string | null>(null);

const address = (id: string) => `/api/v1/comparisons/${encodeURIComponent(id)}`;

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
  async get(id: string, signal: AbortSignal): Promise<Comparison> {
    const response = await raw("GET", address(id), undefined, signal);
    return response.json() as Promise<Comparison>;
  },
  /** Takes in one that has just been made. */
  add(summary: ComparisonSummary) {
    list = [summary, ...list.filter((other) => other.id !== summary.id)];
  },
  async remove(id: string) {
    await raw("DELETE", address(id));
    list = list.filter((summary) => summary.id !== id);
  },
  /** Keeps which answer is better; `null` takes it back. */
  async prefer(id: string, preference: Preference | null) {
    if (preference) await raw("PUT", `${address(id)}/preference`, { preference });
    else await raw("DELETE", `${address(id)}/preference`);
    list = list.map((summary) => (summary.id === id ? { ...summary, preference } : summary));
  },
};

async function pageAfter(after: string | null): Promise<Page> {
  const query = new URLSearchParams({ limit: String(PAGE), ...(after ? { cursor: after } : {}) });
  const response = await raw("GET", `/api/v1/comparisons?${query}`);
  return response.json() as Promise<Page>;
}
