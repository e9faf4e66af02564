import { expect, test } from "vitest";
import { diffWords, plainOf } from "./word-diff";

const marked = (one: string, other: string) => {
  const pieces = diffWords(one, other);
  const changed = (side: "one" | "other") => pieces[side].filter((piece) => piece.changed).map((piece) => piece.text);
  expect(pieces.one.map((piece) => piece.text).join("")).toBe(one);
  expect(pieces.other.map((piece) => piece.text).join("")).toBe(other);
  return [changed("one"), changed("other")];
};

test("words that only one text has are marked", () => {
  expect(marked("The port is 7180.", "The default port is 8080.")).toEqual([["7180"], ["default ", "8080"]]);
});

test("neighbouring words are one difference", () => {
  expect(marked("It is 7180. Ask the team first.", "It is 7180.")).toEqual([["Ask the team first."], []]);
});

test("Chinese is compared by words", () => {
  expect(marked("服务器监听端口", "服务器使用端口")).toEqual([["监听"], ["使用"]]);
});

test("citations are never a difference, and each text keeps its own", () => {
  expect(marked("It is 7180 [1].", "It is 7180 [2].")).toEqual([[], []]);
});

test("the same text has no difference", () => {
  expect(marked("No answer.", "No answer.")).toEqual([[], []]);
  expect(marked("", "")).toEqual([[], []]);
});

test("the marks of Markdown are no words", () => {
  expect(plainOf("## Port\n\nIt is **7180**, see `riddle.toml`; 3 # of_them [1]")).toBe(
    "Port\n\nIt is 7180, see riddle.toml; 3 # of_them [1]",
  );
});
