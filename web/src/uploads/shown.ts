import { isFinal } from "./stage";
import type { Upload } from "./upload.svelte";

/** More lines than anybody reads, and few enough to be drawn at once. */
const MOST = 100;
const KEEP_ORDER = 40;

/** The files to show of very many: what is in work, then what failed, what waits, and what is done. */
export function shownOf(list: Upload[]): Upload[] {
  if (list.length <= KEEP_ORDER) return list;
  const groups: Upload[][] = [[], [], [], []];
  for (const upload of list) groups[groupOf(upload)]?.push(upload);
  return groups.flat().slice(0, MOST);
}

function groupOf(upload: Upload): number {
  if (upload.stage === "failed") return 1;
  if (isFinal(upload.stage)) return 3;
  return upload.stage === "waiting" || upload.stage === "queued" ? 2 : 0;
}
