import { expect, test } from "vitest";
import type { Chunk } from "../../api/types";
import { repeated } from "./overlap";

const chunk = (start: number, end: number, edited = false) => ({ span: { start, end }, edited }) as Chunk;

test("what two passages share is counted once", () => {
  expect(repeated(chunk(0, 100), chunk(80, 180))).toBe(20);
  expect(repeated(chunk(0, 100), chunk(101, 180))).toBe(0);
});

test("nothing is said of passages that were edited, nor of the first", () => {
  expect(repeated(chunk(0, 100, true), chunk(80, 180))).toBe(0);
  expect(repeated(chunk(0, 100), chunk(80, 180, true))).toBe(0);
  expect(repeated(undefined, chunk(0, 100))).toBe(0);
});
