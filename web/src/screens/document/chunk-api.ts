import { api, given } from "../../api/client";
import type { Chunk } from "../../api/types";

/** A passage as it was after one of its changes. */
export interface Revision {
  revision: number;
  text: string;
  token_count: number;
  enabled: boolean;
  created_at: string;
  current: boolean;
}

/** What to change of a passage, and the revision that the reader has seen. */
export type ChunkPatch = ({ text: string } | { enabled: boolean }) & { revision: number };

/** A passage, and the document that it stands in. */
export type ChunkInDocument = Chunk & { document: { id: string } };

// The API's description calls two things `ChunkDto`, and the generated types know the other one.
const typed = <T>(body: Promise<unknown>) => body as Promise<T>;
const at = (id: string) => ({ params: { path: { id } } });

export function listChunks(document: string, from: number, limit: number): Promise<{ chunks: Chunk[] }> {
  const params = { path: { id: document }, query: { from, limit } };
  return typed(given(api.GET("/api/v1/documents/{id}/chunks", { params })));
}

export function getChunk(id: string): Promise<ChunkInDocument> {
  return typed(given(api.GET("/api/v1/chunks/{id}", at(id))));
}

export function changeChunk(id: string, body: ChunkPatch): Promise<Chunk> {
  return typed(given(api.PATCH("/api/v1/chunks/{id}", { ...at(id), body })));
}

export function restoreChunk(id: string, revision: number): Promise<Chunk> {
  return typed(given(api.POST("/api/v1/chunks/{id}/restore", { ...at(id), body: { revision } })));
}

/** Newest first. */
export async function historyOf(id: string): Promise<Revision[]> {
  return (await given(api.GET("/api/v1/chunks/{id}/history", at(id)))).revisions;
}
