import type { Context } from "../../api/types";

/** A passage of one variant of a comparison, and where the other variant has it. */
export interface MarkedContext {
  context: Context;
  /** Its number in the other variant; `null` where it is only here, absent while the other's passages are not there yet. */
  other?: number | null;
  /** Places that it is higher here than in the other variant; below zero it is lower. */
  higher: number;
}

export function markContexts(own: Context[], other: Context[] | undefined): MarkedContext[] {
  const numbers = other && new Map(other.map((context) => [context.hit.chunk_id, context.number]));
  return own.map((context) => {
    if (!numbers) return { context, higher: 0 };
    const there = numbers.get(context.hit.chunk_id) ?? null;
    return { context, other: there, higher: there === null ? 0 : there - context.number };
  });
}
