import { count } from "../../../i18n/format";
import { range, signed } from "../figures";
import type { CorrectedDifference } from "../types";
import { words } from "./words";

/** What people's grades make of a difference by those of a language model, or how many are lacking for that. */
export function correctionText({ corrected, by_model, by_people, needed, questions }: CorrectedDifference): string {
  if (!corrected) return words("notCorrected", { people: by_people, needed });
  const bounds = corrected.interval ? ` (${range(corrected.interval, signed)})` : "";
  return words("corrected", {
    difference: signed(corrected.mean) + bounds,
    model: signed(by_model),
    people: count(by_people),
    questions: count(questions),
  });
}
