import type { Document } from "../../api/types";

/** A part of a list of documents, as the server gave it. */
export interface Page {
  /** Where it begins; absent for the first one. */
  cursor: string | undefined;
  documents: Document[];
  /** Where the next one begins; absent for the last one. */
  next: string | undefined;
}

/** The documents of all pages. One that has moved between two answers of the server is shown once. */
export function rowsOf(pages: Page[]): Document[] {
  const rows = new Map<string, Document>();
  for (const page of pages) for (const document of page.documents) rows.set(document.id, document);
  return [...rows.values()];
}

/**
 * Pages with one of them loaded anew. When it ends elsewhere now, documents came or went, and the pages behind it no
 * longer join on; they are loaded again when somebody scrolls there.
 */
export function withPage(pages: Page[], index: number, page: Page): Page[] {
  const joins = pages[index]?.next === page.next;
  return [...pages.slice(0, index), page, ...(joins ? pages.slice(index + 1) : [])];
}

/** Indexes of the pages that hold the rows from `first` to `last`. A page that was empty may hold rows by now. */
export function pagesBetween(pages: Page[], first: number, last: number): number[] {
  const found: number[] = [];
  let start = 0;
  for (const [index, page] of pages.entries()) {
    const end = start + page.documents.length;
    if (start <= last && (end > first || end === start)) found.push(index);
    start = end;
  }
  return found;
}

/** Pages without some documents. */
export function without(pages: Page[], ids: Set<string>): Page[] {
  return pages.map((page) => ({ ...page, documents: page.documents.filter((document) => !ids.has(document.id)) }));
}

/** Pages with a newer state of one document. */
export function withDocument(pages: Page[], document: Document): Page[] {
  const renew = (old: Document) => (old.id === document.id ? document : old);
  return pages.map((page) => ({ ...page, documents: page.documents.map(renew) }));
}
