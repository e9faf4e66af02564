import { expect, test } from "vitest";
import { begin, figure, fold, part } from "./model-judging";

const agreement = { judge: "judge", graded: 3, both: 1, calibrated: false };

test("grades are counted as they come, and the end says how far the model agrees", () => {
  const events = [
    { name: "begun", data: { passages: 4 } },
    { name: "graded", data: { question: "q", document: "d", grade: 2 } },
    { name: "no_grade", data: { question: "q", document: "d" } },
    { name: "of a later version", data: {} },
    { name: "graded", data: { question: "q", document: "d", grade: 0 } },
  ];
  const judging = events.reduce(fold, begin());
  expect(judging).toEqual({ total: 4, graded: 2, noGrade: 1 });
  expect(part(begin())).toBeUndefined();
  expect(part(judging)).toBe(0.75);
  expect(part({ ...begin(), total: 0 })).toBe(1);
  const done = fold(judging, { name: "done", data: { graded: 2, no_grade: 1, agreement } });
  expect(done.agreement).toEqual(agreement);
});

test("a figure has its interval", () => {
  expect(figure({ n: 3, mean: 0.612, interval: null })).toBe(".61");
  expect(figure({ n: 3, mean: 0.612, interval: { low: -0.04, high: 0.8 } })).toBe(".61 (−.04 … .80)");
});
