import type { StreamEvent } from "../../api/events";
import type { Answer, Arm, Citation, Comparison, Retrieval } from "../../api/types";

export const ARMS = ["without_rerank", "with_rerank"] as const satisfies Arm[];

/** What has come of one variant so far. The events call a variant `arm`. */
export interface ArmState {
  retrieval?: Retrieval;
  text: string;
  citations: Citation[];
  /** The whole, once it is there. */
  answer?: Answer;
}

/** What has come of a comparison so far. */
export interface RunState {
  without_rerank: ArmState;
  with_rerank: ArmState;
  /** As it is kept, once both variants have ended. */
  done?: Comparison;
}

export function begin(): RunState {
  return { without_rerank: { text: "", citations: [] }, with_rerank: { text: "", citations: [] } };
}

/** The state after one more event of the stream. An event that nobody knows yet changes nothing. */
export function fold(state: RunState, event: StreamEvent): RunState {
  if (event.name === "done") return fromComparison(event.data as Comparison);
  const data = event.data as { arm?: unknown };
  const arm = ARMS.find((name) => name === data?.arm);
  if (!arm) return state;
  return { ...state, [arm]: foldArm(state[arm], event.name, event.data) };
}

function foldArm(arm: ArmState, name: string, data: unknown): ArmState {
  switch (name) {
    case "retrieval":
      return { ...arm, retrieval: (data as { retrieval: Retrieval }).retrieval };
    case "token":
      return { ...arm, text: arm.text + (data as { text: string }).text };
    case "citation":
      return { ...arm, citations: [...arm.citations, (data as { citation: Citation }).citation] };
    case "restart":
      return { ...arm, text: "", citations: [] };
    case "answer":
      return ended((data as { answer: Answer }).answer, arm.retrieval);
    default:
      return arm;
  }
}

/** A kept comparison as a run that has ended. */
export function fromComparison(comparison: Comparison): RunState {
  return {
    without_rerank: ended(comparison.without_rerank),
    with_rerank: ended(comparison.with_rerank),
    done: comparison,
  };
}

function ended(answer: Answer, retrieval?: Retrieval): ArmState {
  return { ...(retrieval ? { retrieval } : {}), text: answer.answer, citations: answer.citations, answer };
}
