import type { LiveQuestion } from "./live.svelte";
import { words } from "./words";

/** What another way to search would have changed for a question, in a sentence. */
export function change({ replaced, first_changed }: Pick<LiveQuestion, "replaced" | "first_changed">): string {
  if (replaced > 0) return words("wouldReplace", { count: replaced });
  return words(first_changed ? "wouldOrder" : "wouldNot");
}
