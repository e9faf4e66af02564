import { api, given } from "../api/client";
import { streamed } from "../api/events";
import type { Document, DocumentEvent } from "../api/types";
import { Following } from "./following";
import { type Step, settle } from "./settle";

const UNFINISHED = "queued,parsing,embedding,indexing";
const LOOKED_AT = 200;
/** As many as a page can hold. */
const PAGE = 1000;
const STREAMS = 3;

let busy = () => 0;

/** Says how many connections uploads take, so that streams leave some for everything else. */
export function yieldTo(connections: () => number) {
  busy = connections;
}

/** Follows documents for whoever shows them. */
export const progress = new Following({
  stream,
  look,
  streams: () => Math.max(1, STREAMS - busy()),
});

async function* stream(id: string, signal: AbortSignal): AsyncGenerator<Step> {
  for await (const event of streamed("GET", `/api/v1/documents/${id}/events`, undefined, signal)) {
    yield event.data as DocumentEvent;
  }
}

/** One document is asked after by itself, many by lists. */
async function look(base: string, ids: string[]): Promise<Step[]> {
  const [only] = ids;
  if (only && ids.length === 1) return [await one(only)];
  const unfinished = await page(base, UNFINISHED, LOOKED_AT);
  const failed = await all(base, "failed");
  return settle(ids, { documents: unfinished.documents, more: unfinished.next_cursor != null }, failed);
}

/** A document that was deleted needs no more work, either. */
async function one(id: string): Promise<Step> {
  const outcome = await api.GET("/api/v1/documents/{id}", { params: { path: { id } } });
  if (outcome.response.status === 404) return { id, status: "ready", progress: 1 };
  return given(Promise.resolve(outcome));
}

async function all(base: string, status: string): Promise<Document[]> {
  const documents: Document[] = [];
  let cursor: string | undefined;
  do {
    const next = await page(base, status, PAGE, cursor);
    documents.push(...next.documents);
    cursor = next.next_cursor ?? undefined;
  } while (cursor);
  return documents;
}

function page(kb: string, status: string, limit: number, cursor?: string) {
  const query = { status, sort: "oldest", limit, ...(cursor ? { cursor } : {}) };
  return given(api.GET("/api/v1/knowledge-bases/{kb}/documents", { params: { path: { kb }, query } }));
}
