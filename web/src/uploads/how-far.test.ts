import { expect, test } from "vitest";
import { howFar } from "./how-far";

test("pages are named where pictures are read, and a share otherwise", () => {
  expect(howFar("parsing", 0.1, { read: 0, total: 12 })).toBe("reading page 1 of 12");
  expect(howFar("parsing", 0.8, { read: 12, total: 12 })).toBe("reading page 12 of 12");
  expect(howFar("parsing", 0.059, null)).toBe("reading 5 %");
  expect(howFar("embedding", 0.5, { read: 1, total: 2 })).toBe("embedding 50 %");
});
