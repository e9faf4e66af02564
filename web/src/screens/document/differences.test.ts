import { expect, test } from "vitest";
import { differences } from "./differences";

const written = (from: string, to: string) =>
  differences(from, to)
    .map(({ text, kind }) => ({ same: text, added: `[+${text}]`, removed: `[-${text}]` })[kind])
    .join("");

test("words that differ are marked", () => {
  expect(written("A hotel may cost 120 euros.", "A hotel may cost 140 euros.")).toBe(
    "A hotel may cost [-120][+140] euros.",
  );
});

test("a change of lines shows", () => {
  expect(written("one two", "one\ntwo")).toBe("one[- ][+\n]two");
});

test("Chinese is compared by words, though it has no spaces", () => {
  expect(written("住宿费不得超过一百元。", "住宿费不得超过二百元。")).toMatch(/^住宿费不得超过.*元。$/);
});

test("equal texts have no difference", () => {
  expect(differences("same", "same")).toEqual([{ text: "same", kind: "same" }]);
});
