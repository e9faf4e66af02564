import { expect, test } from "vitest";
import { percent, range, share, signed } from "./figures";

test("a share has no zero before its point", () => {
  expect(share(0.6434)).toBe(".643");
  expect(share(1)).toBe("1.000");
  expect(share(0)).toBe(".000");
  expect(share(null)).toBe("–");
});

test("a difference has its sign, and none where nothing differs", () => {
  expect(signed(0.0421)).toBe("+.042");
  expect(signed(-0.0119)).toBe("−.012");
  expect(signed(0.0001)).toBe(".000");
});

test("an interval has both bounds", () => {
  expect(range({ low: -0.01, high: 0.2 }, signed)).toBe("−.010 … +.200");
  expect(range(null)).toBe("");
});

test("a part of all is in whole per cent, and a small one in tenths", () => {
  expect(percent(0.384)).toBe("38 %");
  expect(percent(0.0996)).toBe("10 %");
  expect(percent(0.0449)).toBe("4.5 %");
  expect(percent(0.004)).toBe("0.4 %");
  expect(percent(0)).toBe("0 %");
  expect(percent(1)).toBe("100 %");
  expect(percent(undefined)).toBe("–");
});
