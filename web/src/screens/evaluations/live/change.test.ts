import { expect, test } from "vitest";
import { change } from "./change";

test("what would change is told apart: others, another first, nothing", () => {
  expect(change({ replaced: 2, first_changed: true })).toBe("2 sources of the first three would be others.");
  expect(change({ replaced: 1, first_changed: false })).toBe("1 source of the first three would be others.");
  expect(change({ replaced: 0, first_changed: true })).toContain("another one first");
  expect(change({ replaced: 0, first_changed: false })).toContain("Nothing");
});
