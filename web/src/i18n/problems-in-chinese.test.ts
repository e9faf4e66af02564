import { expect, test, vi } from "vitest";
import { problemParts, problemText, sentence } from "./problems";

vi.mock("./language.svelte", () => ({ language: { current: "zh" } }));

const invalid = (message: string) => ({ code: "invalid_request", message });

test("a detail that is known is told in Chinese too, another in the server's words", () => {
  expect(problemParts(invalid("`top_k` must be between 1 and 1000"))).toEqual({
    own: "请求中有不可接受的值：“候选数”须在 1 到 1000 之间。",
    said: "",
  });
  expect(problemParts(invalid("`moon` is full"))).toEqual({ own: "请求中有不可接受的值：", said: "`moon` is full" });
});

test("a code that nobody knows is told in the server's words", () => {
  expect(problemText({ code: "moon_full", message: "the moon is full" })).toBe("the moon is full");
});

test("a sentence without a code is told in Chinese where it is known", () => {
  const note = "files were not read (number of cases: 2, first: notes.md)";
  expect(sentence(note)).toEqual({ text: "有文件未被读取（共 2 处，第一处：notes.md）", english: false });
  expect(sentence("the moon is full")).toEqual({ text: "the moon is full", english: true });
});
