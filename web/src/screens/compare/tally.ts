import type { ComparisonSummary } from "../../api/types";

/** How often each side was found better. */
export interface Tally {
  rated: number;
  with_rerank: number;
  without_rerank: number;
  same: number;
}

export function tallyOf(comparisons: Pick<ComparisonSummary, "preference">[]): Tally {
  const tally: Tally = { rated: 0, with_rerank: 0, without_rerank: 0, same: 0 };
  for (const { preference } of comparisons) {
    if (!preference) continue;
    tally.rated += 1;
    tally[preference] += 1;
  }
  return tally;
}
