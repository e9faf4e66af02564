import { expect, test } from "vitest";
import { deedOf } from "./keys";
import { nextOpen, reviewed } from "./standing";

const list = (...reviews: ("unreviewed" | "confirmed" | "rejected")[]) => reviews.map((review) => ({ review }));

test("each deed has a letter and a key beside it", () => {
  expect(["y", "Y", "Enter"].map(deedOf)).toEqual(["confirm", "confirm", "confirm"]);
  expect(["n", "Backspace"].map(deedOf)).toEqual(["reject", "reject"]);
  expect(["e", "ArrowRight", "ArrowUp"].map(deedOf)).toEqual(["edit", "next", "previous"]);
  expect(["x", "Escape", "constructor"].map(deedOf)).toEqual([undefined, undefined, undefined]);
});

test("the next open question comes round from the beginning", () => {
  const questions = list("unreviewed", "confirmed", "rejected");
  expect(nextOpen(questions, 1)).toBe(0);
  expect(nextOpen(questions, 0)).toBe(0);
  expect(nextOpen(list("confirmed"), 0)).toBeUndefined();
  expect(nextOpen([], 0)).toBeUndefined();
  expect(reviewed(questions)).toBe(2);
});
