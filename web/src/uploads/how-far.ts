import { count } from "../i18n/format";
import type { Stage } from "./stage";
import { words } from "./words";

/** How far the pages of a document are read that are pictures. */
export interface PagesRead {
  read: number;
  total: number;
}

/** What is done with a document now and how far that is: by pages where pictures are read, as that takes long. */
export function howFar(stage: Stage, share: number, pages?: PagesRead | null): string {
  if (stage === "parsing" && pages) {
    const page = Math.min(pages.read + 1, pages.total);
    return words("readingPage", { page: count(page), pages: count(pages.total) });
  }
  return `${words(stage)} ${Math.floor(share * 100)} %`;
}
