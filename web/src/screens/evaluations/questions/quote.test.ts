import { expect, test } from "vitest";
import { quoteOf } from "./quote";

test("a passage is known by its first sentence, not by its heading", () => {
  const text = "# Leave\n\n## How much\n\nEverybody has 30 days of leave in a year. More is agreed by letter.";
  expect(quoteOf(text)).toBe("Everybody has 30 days of leave in a year.");
  expect(quoteOf("# Only a heading")).toBe("# Only a heading");
});

test("a short first sentence is taken together with the next", () => {
  const text = "It is. Everybody has 30 days of leave in a year. More is agreed by letter.";
  expect(quoteOf(text)).toBe("It is. Everybody has 30 days of leave in a year.");
});

test("Chinese sentences end without a space", () => {
  const first = "每位员工每年有三十天的带薪假期，需要提前两周以书面形式向部门负责人提出申请并获得批准，逾期不再受理。";
  expect(quoteOf(`${first}其他情况另行商定。`)).toBe(first);
});

test("a sentence without an end is cut between words", () => {
  const quote = quoteOf("word ".repeat(200));
  expect(quote.length).toBeLessThanOrEqual(300);
  expect(quote.endsWith("word")).toBe(true);
});
