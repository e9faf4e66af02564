import type { Question } from "../types";

/** The place of the first question that nobody has reviewed, from a place on and then from the beginning. */
export function nextOpen(questions: Pick<Question, "review">[], from: number): number | undefined {
  const open = (at: number) => questions[at]?.review === "unreviewed";
  const places = questions.map((_, at) => (from + at) % questions.length);
  return places.find(open);
}

export function reviewed(questions: Pick<Question, "review">[]): number {
  return questions.filter(({ review }) => review !== "unreviewed").length;
}
