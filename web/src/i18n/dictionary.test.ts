import { expect, test } from "vitest";
import { fill } from "./dictionary";

test("values replace their names", () => {
  expect(fill("{a} of {b}", { a: 1, b: "two" })).toBe("1 of two");
});

test("a count chooses its form", () => {
  expect(fill("{n|passage|passages}", { n: 1 })).toBe("1 passage");
  expect(fill("{n|passage|passages}", { n: 2 })).toBe("2 passages");
});

test("a value that is absent leaves the sentence readable", () => {
  expect(fill("{gone} stays", {})).toBe("{gone} stays");
});
