import type { Answer, ChatMessage, Citation, Context } from "../../api/types";

/** Where an answer stands. `asking` is before the server has kept the question. */
export type TurnStatus = "asking" | "searching" | "writing" | "complete" | "stopped" | "failed";

/** What went wrong with an answer, as the server or the way to it says. */
export interface TurnError {
  code: string;
  message: string;
}

/** A question and its answer. */
export interface Turn {
  /** Id of the question's message, once it is kept. */
  questionId?: string | undefined;
  question: string;
  /** The stand-alone question that was searched, if it is another. */
  rewritten?: string | undefined;
  /** Id of the answer's message, once it is kept. */
  answerId?: string | undefined;
  status: TurnStatus;
  text: string;
  contexts: Context[];
  citations: Citation[];
  /** The whole answer, when there is one. */
  answer?: Answer | undefined;
  /** Why it failed, or was cut. */
  error?: TurnError | undefined;
  feedback?: ChatMessage["feedback"] | undefined;
}

export function newTurn(question: string): Turn {
  return { question, status: "asking", text: "", contexts: [], citations: [] };
}

/** The turns of a kept chat. */
export function turnsOf(messages: ChatMessage[]): Turn[] {
  const turns: Turn[] = [];
  for (const message of messages) {
    if (message.role === "user") {
      turns.push({
        ...newTurn(message.text),
        questionId: message.id,
        rewritten: message.rewritten ?? undefined,
        status: "stopped",
      });
      continue;
    }
    const turn = turns.at(-1);
    if (turn) keepAnswer(turn, message);
  }
  return turns;
}

/** Takes over a kept answer. */
export function keepAnswer(turn: Turn, message: ChatMessage): void {
  turn.answerId = message.id;
  turn.status = statusOf(message.status);
  turn.text = message.answer?.answer ?? message.text;
  turn.answer = message.answer ?? undefined;
  turn.contexts = message.answer?.contexts ?? turn.contexts;
  turn.citations = message.answer?.citations ?? turn.citations;
  turn.error = message.error ?? undefined;
  turn.feedback = message.feedback ?? undefined;
}

function statusOf(status: string): TurnStatus {
  if (status === "complete" || status === "stopped" || status === "failed" || status === "writing") return status;
  return "stopped";
}

/** The sources that an answer may cite, by their numbers. */
export function citable(turn: Turn): Set<number> {
  return new Set(turn.contexts.map((context) => context.number));
}

/** Whether the server ended without a word while it wrote the answer. */
export function wasInterrupted(turn: Turn): boolean {
  return turn.status === "stopped" && turn.error?.code === "interrupted";
}
