import { expect, test } from "vitest";
import { begin, fold } from "./making";

test("questions and passages that gave none are counted as they come", () => {
  const events = [
    { name: "made", data: { question: { text: "When?" } } },
    { name: "left_out", data: { reason: "duplicate" } },
    { name: "left_out", data: { reason: "duplicate" } },
    { name: "of a later version", data: {} },
    { name: "made", data: { question: { text: "Where?" } } },
    { name: "done", data: { made: 2, left_out: [] } },
  ];
  expect(events.reduce(fold, begin())).toEqual({ made: 2, left: { duplicate: 2 }, last: "Where?", done: true });
});
