import { api, given } from "../../api/client";
import type { ChatSummary } from "../../api/types";

const PAGE = 50;

let list = $state.raw<ChatSummary[]>([]);
let search = $state("");
let cursor = $state<string | null>();
let loaded = $state(false);
let asked = 0;

/** The kept chats, last changed first. */
export const chats = {
  get list(): ChatSummary[] {
    return list;
  },
  get search(): string {
    return search;
  },
  get hasMore(): boolean {
    return cursor != null;
  },
  get loaded(): boolean {
    return loaded;
  },
  find(words: string) {
    search = words;
    return load();
  },
  /** Loads the list anew, as far as it is shown. */
  refresh() {
    return load(Math.max(PAGE, list.length));
  },
  more() {
    return load(PAGE, cursor ?? undefined);
  },
};

async function load(limit = PAGE, from?: string): Promise<void> {
  asked += 1;
  const mine = asked;
  const query = { limit: Math.min(limit, 200), ...(search ? { search } : {}), ...(from ? { cursor: from } : {}) };
  const page = await given(api.GET("/api/v1/chats", { params: { query } })).catch(() => undefined);
  // A slower answer to an earlier question must not replace a later one.
  if (!page || mine !== asked) return;
  list = from ? [...list, ...page.chats] : page.chats;
  cursor = page.next_cursor ?? null;
  loaded = true;
}
