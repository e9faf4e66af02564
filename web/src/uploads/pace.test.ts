import { expect, test } from "vitest";
import { Pace } from "./pace";

test("the rest takes as long as the pace says", () => {
  const pace = new Pace();
  for (let second = 0; second <= 10; second += 1) pace.record(second * 1000, second * 5);
  expect(pace.left(100)).toBe(20_000);
});

test("nothing is said from too little", () => {
  const pace = new Pace();
  expect(pace.left(10)).toBeUndefined();
  pace.record(0, 0);
  pace.record(2000, 5);
  expect(pace.left(10)).toBeUndefined();
  pace.record(5000, 5);
  expect(pace.left(10)).toBe(10_000);
});

test("nothing is said while nothing moves, nor of the end", () => {
  const pace = new Pace();
  pace.record(0, 5);
  pace.record(8000, 5);
  expect(pace.left(10)).toBeUndefined();
  pace.record(9000, 6);
  expect(pace.left(0)).toBeUndefined();
});

test("what was long ago does not count", () => {
  const pace = new Pace();
  for (let second = 0; second <= 60; second += 1) pace.record(second * 1000, second * 100);
  for (let second = 61; second <= 120; second += 1) pace.record(second * 1000, 6000 + (second - 60));
  expect(pace.left(10)).toBe(10_000);
});
