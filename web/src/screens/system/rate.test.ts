import { expect, test } from "vitest";
import { RateMeter, timeLeft } from "./rate";

test("a rate needs a second of measurement and bytes that came", () => {
  const meter = new RateMeter();
  meter.take("a", 0, 0);
  expect(meter.perSecond).toBeUndefined();
  meter.take("a", 500, 500);
  expect(meter.perSecond).toBeUndefined();
  meter.take("a", 2000, 1000);
  expect(meter.perSecond).toBe(2000);
});

test("what an earlier download left does not count as speed", () => {
  const meter = new RateMeter();
  meter.take("a", 1_000_000, 0);
  meter.take("a", 1_003_000, 1000);
  expect(meter.perSecond).toBe(3000);
});

test("only the last seconds count", () => {
  const meter = new RateMeter();
  meter.take("a", 0, 0);
  meter.take("a", 80_000, 1000);
  for (let second = 2; second <= 20; second += 1) meter.take("a", 80_000 + second * 10, second * 1000);
  expect(meter.perSecond).toBe(10);
});

test("another file, or the same one from its start, is measured anew", () => {
  const meter = new RateMeter();
  meter.take("a", 0, 0);
  meter.take("a", 5000, 1000);
  meter.take("b", 100, 1200);
  expect(meter.perSecond).toBeUndefined();
  meter.take("b", 2100, 3200);
  expect(meter.perSecond).toBe(1000);
  meter.take("b", 0, 3300);
  expect(meter.perSecond).toBeUndefined();
});

test("the time left is told where length and rate are known", () => {
  expect(timeLeft(500, 1500, 100)).toBe(10_000);
  expect(timeLeft(500, undefined, 100)).toBeUndefined();
  expect(timeLeft(500, 1500, undefined)).toBeUndefined();
});
