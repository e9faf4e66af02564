import { expect, test } from "vitest";
import type { Document } from "../../api/types";
import { type Page, pagesBetween, rowsOf, withDocument, without, withPage } from "./pages";

function page(ids: string, next?: string, cursor?: string): Page {
  return { cursor, next, documents: [...ids].map((id) => ({ id, status: "queued" }) as Document) };
}

const ids = (pages: Page[]) =>
  rowsOf(pages)
    .map((row) => row.id)
    .join("");

test("a document that is on two pages is one row", () => {
  expect(ids([page("abc", "c"), page("cde")])).toBe("abcde");
});

test("a page that ends where it ended leaves the others alone", () => {
  const pages = withPage([page("abc", "c"), page("de", "e", "c"), page("f", undefined, "e")], 1, page("de", "e", "c"));
  expect(ids(pages)).toBe("abcdef");
});

test("behind a page that ends elsewhere nothing is kept, for something would be missing there", () => {
  expect(ids(withPage([page("abc", "c"), page("de")], 0, page("zab", "b")))).toBe("zab");
});

test("rows are found on their pages", () => {
  const pages = [page("abc"), page("def"), page("g")];
  expect(pagesBetween(pages, 0, 2)).toEqual([0]);
  expect(pagesBetween(pages, 2, 3)).toEqual([0, 1]);
  expect(pagesBetween(pages, 6, 90)).toEqual([2]);
});

test("the only page of an empty list is looked at again", () => {
  expect(pagesBetween([page("")], 0, 0)).toEqual([0]);
});

test("documents are renewed and taken out", () => {
  const pages = withDocument([page("ab"), page("c")], { id: "b", status: "ready" } as Document);
  expect(rowsOf(pages).map((row) => row.status)).toEqual(["queued", "ready", "queued"]);
  expect(ids(without(pages, new Set(["a", "c"])))).toBe("b");
});
