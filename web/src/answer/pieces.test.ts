import { expect, test } from "vitest";
import { cutAt } from "./pieces";

test("spans count characters, whatever their size in UTF-16", () => {
  expect(cutAt("a😀b字c", [{ start: 2, end: 4 }])).toEqual([
    { text: "a😀", marked: false },
    { text: "b字", marked: true },
    { text: "c", marked: false },
  ]);
});

test("spans that overlap are one, and what lies outside is left out", () => {
  const spans = [
    { start: 8, end: 12 },
    { start: 11, end: 99 },
    { start: 0, end: 3 },
  ];
  expect(cutAt("abcdef", spans, 10)).toEqual([{ text: "abcdef", marked: true }]);
  expect(cutAt("abcdef", [{ start: 0, end: 3 }], 10)).toEqual([{ text: "abcdef", marked: false }]);
});

test("an empty text has no pieces", () => {
  expect(cutAt("", [{ start: 0, end: 1 }])).toEqual([]);
});
