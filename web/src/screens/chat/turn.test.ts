import { expect, test } from "vitest";
import type { ChatMessage } from "../../api/types";
import { turnsOf, wasInterrupted } from "./turn";

const message = (role: "user" | "assistant", text: string, status = "complete"): ChatMessage => ({
  id: `${role}-${text}`,
  role,
  text,
  status,
  created_at: "2026-01-01T00:00:00.000Z",
});

test("messages are paired into turns", () => {
  const turns = turnsOf([
    message("user", "a?"),
    message("assistant", "A."),
    { ...message("user", "b?"), rewritten: "b of a?" },
    message("assistant", "half", "stopped"),
  ]);
  expect(turns.map((turn) => [turn.question, turn.rewritten, turn.text, turn.status])).toEqual([
    ["a?", undefined, "A.", "complete"],
    ["b?", "b of a?", "half", "stopped"],
  ]);
});

test("a question without an answer was stopped", () => {
  expect(turnsOf([message("user", "a?")])[0]?.status).toBe("stopped");
});

test("a failed answer keeps what the server said", () => {
  const failed = { ...message("assistant", "", "failed"), error: { code: "model_failed" as const, message: "Do y." } };
  expect(turnsOf([message("user", "a?"), failed])[0]).toMatchObject({ status: "failed", error: failed.error });
});

test("an answer that a crash has cut is told from one that was stopped", () => {
  const stopped = message("assistant", "half", "stopped");
  const cut = { ...stopped, error: { code: "interrupted" as const, message: "ask again" } };
  const interrupted = (answer: ChatMessage) => turnsOf([message("user", "a?"), answer]).map(wasInterrupted);
  expect([interrupted(stopped), interrupted(cut)]).toEqual([[false], [true]]);
});
