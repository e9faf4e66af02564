import { expect, test } from "vitest";
import { begin, fold } from "./events";
import { answer, context, retrieval } from "./testing";

const after = (events: [string, unknown][]) =>
  events.reduce((state, [name, data]) => fold(state, { name, data }), begin());

test("each arm gathers its own events, in whatever order they come", () => {
  const state = after([
    ["retrieval", { arm: "with_rerank", retrieval: retrieval([context(1, "a")]) }],
    ["token", { arm: "with_rerank", text: "The " }],
    ["token", { arm: "without_rerank", text: "No " }],
    ["token", { arm: "with_rerank", text: "port" }],
  ]);
  expect(state.with_rerank.text).toBe("The port");
  expect(state.with_rerank.retrieval?.contexts).toHaveLength(1);
  expect(state.without_rerank).toEqual({ text: "No ", citations: [] });
});

test("text that was thinking is taken back", () => {
  const state = after([
    ["token", { arm: "with_rerank", text: "Perhaps" }],
    ["token", { arm: "without_rerank", text: "No" }],
    ["restart", { arm: "with_rerank" }],
    ["token", { arm: "with_rerank", text: "Port" }],
  ]);
  expect([state.with_rerank.text, state.without_rerank.text]).toEqual(["Port", "No"]);
});

test("a finished answer takes the place of what was streamed", () => {
  const state = after([
    ["token", { arm: "with_rerank", text: "The port [9]" }],
    ["answer", { arm: "with_rerank", answer: answer("The port", []) }],
  ]);
  expect(state.with_rerank.text).toBe("The port");
  expect(state.without_rerank.answer).toBeUndefined();
});

test("the end is the kept comparison", () => {
  const comparison = { id: "c", with_rerank: answer("yes", []), without_rerank: answer("no", []) };
  const state = after([["done", comparison]]);
  expect(state.done?.id).toBe("c");
  expect([state.without_rerank.text, state.with_rerank.text]).toEqual(["no", "yes"]);
});

test("an event that nobody knows changes nothing", () => {
  expect(after([["weather", { arm: "neither" }]])).toEqual(begin());
  expect(after([["weather", null]])).toEqual(begin());
});
