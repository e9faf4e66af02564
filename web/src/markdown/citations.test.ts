import { expect, test } from "vitest";
import { cutCitations } from "./citations";

test("numbers of cited sources are cut out, others stay text", () => {
  expect(cutCitations("a [1][2] b [9]", new Set([1, 2]))).toEqual([
    { text: "a " },
    { number: 1 },
    { number: 2 },
    { text: " b [9]" },
  ]);
});

test("a text without citations is one piece", () => {
  expect(cutCitations("plain", new Set())).toEqual([{ text: "plain" }]);
});
