import type { Chunk } from "../../api/types";

/** How many characters at the beginning of a passage the one before it has already; 0 where one of them was edited. */
export function repeated(before: Chunk | undefined, chunk: Chunk): number {
  if (!before || before.edited || chunk.edited) return 0;
  return Math.max(0, Math.min(before.span.end, chunk.span.end) - chunk.span.start);
}
