import type { Chunk } from "../../api/types";
import { getChunk, listChunks } from "./chunk-api";

const PAGE_SIZE = 50;
const PENDING_MS = 2000;

/** The passages of a document, loaded where somebody looks. */
export class ChunkList {
  readonly #document: string;
  readonly #asked = new Set<number>();
  /** By ordinal; those that are not loaded yet are absent. */
  places = $state.raw<(Chunk | undefined)[]>([]);
  /** What went wrong with the last page. */
  thrown = $state<unknown>();

  constructor(document: string, count: number) {
    this.#document = document;
    this.places = Array.from({ length: count }, () => undefined);
  }

  /** Loads the passages from one ordinal to another. */
  async need(first: number, last: number): Promise<void> {
    const until = Math.min(last, this.places.length - 1);
    const pages: number[] = [];
    for (let page = pageOf(Math.max(0, first)); page <= pageOf(until); page += 1) pages.push(page);
    await Promise.all(pages.map((page) => this.#load(page)));
  }

  /** Takes a passage that was changed, and asks for it until searches see the change. */
  put(chunk: Chunk) {
    this.#put([chunk]);
    if (chunk.pending) setTimeout(() => this.#look(chunk.id), PENDING_MS);
  }

  async #look(id: string) {
    try {
      this.put(await getChunk(id));
    } catch {
      // It shows as pending until it is looked at again.
    }
  }

  async #load(page: number) {
    if (this.#asked.has(page)) return;
    this.#asked.add(page);
    try {
      const { chunks } = await listChunks(this.#document, page * PAGE_SIZE, PAGE_SIZE);
      this.#put(chunks);
      this.thrown = undefined;
    } catch (thrown) {
      this.#asked.delete(page);
      this.thrown = thrown;
    }
  }

  #put(chunks: Chunk[]) {
    const places = [...this.places];
    for (const chunk of chunks) places[chunk.ordinal] = chunk;
    this.places = places;
  }
}

function pageOf(ordinal: number): number {
  return Math.floor(ordinal / PAGE_SIZE);
}
