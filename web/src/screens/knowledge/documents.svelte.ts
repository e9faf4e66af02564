import { api, given } from "../../api/client";
import type { Document, Folder } from "../../api/types";
import { type Page, pagesBetween, rowsOf, withDocument, without, withPage } from "./pages";

const PAGE_SIZE = 500;

/** Which documents, in which order. */
export interface Choice {
  search: string;
  status: string;
  sort: string;
  /** The folder that is open; empty for the outermost one. */
  folder: string;
}

/** Whether documents are looked for in folders of folders, too; otherwise these are listed. */
export function looksBelow(choice: Choice): boolean {
  return choice.search !== "" || choice.status !== "";
}

/** The documents of a knowledge base, loaded page by page as somebody scrolls there. */
export class DocumentList {
  readonly #base: string;
  readonly #choice: Choice;
  #pages: Page[] = [];
  #rows = $state.raw<Document[]>([]);
  #loading = false;
  total = $state(0);
  /** The folders in the folder that is open. */
  folders = $state.raw<Folder[]>([]);
  /** What went wrong with the last page. */
  thrown = $state<unknown>();

  constructor(base: string, choice: Choice) {
    this.#base = base;
    this.#choice = choice;
  }

  /** The documents that are loaded. */
  get rows(): Document[] {
    return this.#rows;
  }

  get folder(): string {
    return this.#choice.folder;
  }

  /** A place for each document; those that are not loaded yet are absent. */
  get places(): (Document | undefined)[] {
    const places: (Document | undefined)[] = [...this.rows];
    places.length = Math.max(this.total, this.rows.length);
    return places;
  }

  /** Loads pages until the row is there. */
  async need(row: number) {
    if (this.#loading) return;
    this.#loading = true;
    try {
      while (!this.#isThere(row)) await this.#append();
      this.thrown = undefined;
    } catch (thrown) {
      this.thrown = thrown;
    }
    this.#loading = false;
  }

  /** Loads the pages of these rows anew. */
  async refresh(first: number, last: number) {
    if (this.#loading) return;
    this.#loading = true;
    try {
      for (const index of pagesBetween(this.#pages, first, last)) {
        const page = this.#pages[index];
        if (page) this.#show(withPage(this.#pages, index, await this.#load(page.cursor)));
      }
      if (this.#pages.length === 0) await this.#append();
      this.thrown = undefined;
    } catch {
      // What is shown stays; a lost connection is shown at the top.
    }
    this.#loading = false;
  }

  put(document: Document) {
    this.#show(withDocument(this.#pages, document));
  }

  remove(ids: Set<string>) {
    const before = this.rows.length;
    this.#show(without(this.#pages, ids));
    this.total -= before - this.rows.length;
  }

  #show(pages: Page[]) {
    this.#pages = pages;
    this.#rows = rowsOf(pages);
  }

  #isThere(row: number): boolean {
    const last = this.#pages.at(-1);
    return last !== undefined && (last.next === undefined || this.rows.length > row);
  }

  async #append() {
    const cursor = this.#pages.at(-1)?.next;
    const page = await this.#load(cursor);
    this.#show([...this.#pages, page]);
  }

  async #load(cursor: string | undefined): Promise<Page> {
    const { search, status, sort, folder } = this.#choice;
    const below = looksBelow(this.#choice);
    const query = {
      sort,
      limit: PAGE_SIZE,
      ...(search ? { search } : {}),
      ...(status ? { status } : {}),
      ...(cursor ? { cursor } : {}),
      folder,
      ...(below ? { recursive: true } : {}),
    };
    const path = { kb: this.#base };
    const body = await given(api.GET("/api/v1/knowledge-bases/{kb}/documents", { params: { path, query } }));
    this.total = body.total;
    if (!cursor) this.folders = body.folders ?? [];
    return { cursor, documents: body.documents, next: body.next_cursor ?? undefined };
  }
}
