import type { Outcome } from "../types";

type ArmOutcome = Outcome["arms"][number];

/** A candidate in the order of an arm. */
export interface Placed {
  candidate: Outcome["candidates"][number];
  rank: number;
  /** Places that it is higher than in the other arm; absent where the other does not have it. */
  higher: number | undefined;
  /** Whether the reranker has read a part of it only. */
  cut: boolean;
}

/** The candidates in the order of an arm, with how far they have moved from another. */
export function placed({ candidates }: Outcome, arm: ArmOutcome, other: ArmOutcome | undefined): Placed[] {
  const before = new Map(other?.ranking.map((candidate, at) => [candidate, at]));
  return arm.ranking.flatMap((index, at) => {
    const candidate = candidates[index];
    const was = before.get(index);
    const higher = was === undefined ? undefined : was - at;
    const cut = arm.cut?.includes(index) ?? false;
    return candidate ? [{ candidate, rank: at + 1, higher, cut }] : [];
  });
}
