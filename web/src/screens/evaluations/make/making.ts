import type { StreamEvent } from "../../../api/events";
import type { components } from "../../../api/schema";
import type { Question } from "../types";

export type LeftOut = components["schemas"]["LeftOutDto"];

/** What has come of making questions so far. */
export interface Making {
  made: number;
  /** Passages that gave no question, by reason. */
  left: Partial<Record<LeftOut, number>>;
  /** The question that was made last. */
  last: string;
  done: boolean;
}

export function begin(): Making {
  return { made: 0, left: {}, last: "", done: false };
}

/** The state after one more event of the stream. An event that nobody knows yet changes nothing. */
export function fold(making: Making, { name, data }: StreamEvent): Making {
  if (name === "made") {
    return { ...making, made: making.made + 1, last: (data as { question: Question }).question.text };
  }
  if (name === "left_out") {
    const { reason } = data as { reason: LeftOut };
    return { ...making, left: { ...making.left, [reason]: (making.left[reason] ?? 0) + 1 } };
  }
  return name === "done" ? { ...making, done: true } : making;
}
