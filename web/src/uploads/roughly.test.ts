import { expect, test } from "vitest";
import { roughly } from "./roughly";

test.each([
  [800, "5 s"],
  [12_000, "10 s"],
  [44_000, "40 s"],
  [100_000, "2 min"],
  [3_540_000, "59 min"],
  [3_600_000, "1 h"],
  [4_900_000, "1 h 20 min"],
])("%i ms is %s", (ms, said) => {
  expect(roughly(ms)).toBe(said);
});
