import { expect, test } from "vitest";
import type { KnowledgeBase } from "../../api/types";
import { baseOf, dueStep } from "./due";

function base(name: string, chunks: number, day: number): KnowledgeBase {
  return { name, chunks, created_at: `2026-03-0${day}T09:30:00.000Z` } as KnowledgeBase;
}

test("an empty server begins with a name", () => {
  expect(baseOf([])).toBeUndefined();
  expect(dueStep(undefined)).toBe("name");
});

test("a knowledge base without passages waits for files", () => {
  expect(dueStep(base("a", 0, 1))).toBe("files");
  expect(baseOf([base("a", 0, 1), base("b", 0, 2)])?.name).toBe("b");
});

test("what can be asked comes before what is newer", () => {
  const list = [base("old", 5, 1), base("newer", 3, 2), base("empty", 0, 3)];
  expect(baseOf(list)?.name).toBe("newer");
  expect(dueStep(baseOf(list))).toBe("ask");
});
