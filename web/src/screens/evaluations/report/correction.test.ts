import { expect, test } from "vitest";
import { correctionText } from "./correction";

test("what people make of a model's difference is said with its interval, or how many grades are lacking", () => {
  const interval = { low: -0.01, high: 0.07 };
  const found = {
    questions: 1500,
    by_people: 24,
    needed: 20,
    by_model: 0.05,
    corrected: { n: 1500, mean: 0.03, interval },
  };
  expect(correctionText(found)).toBe(
    "As people would grade: +.030 (−.010 … +.070); as the model does: +.050. People graded 24 of 1,500 questions.",
  );
  expect(correctionText({ ...found, by_people: 3, corrected: null })).toBe(
    "Not corrected: people graded 3 of the questions drawn for it, and it takes 20.",
  );
});
