import { count } from "../../../i18n/format";
import type { Verdict } from "../types";
import { words } from "./words";

/** What a difference says, after so many questions. */
export function verdictText(verdict: Verdict, questions: number): string {
  if (verdict.verdict !== "not_distinguishable") return words(verdict.verdict);
  const needed = verdict.questions_needed;
  if (needed == null) return words("undecided");
  return words("undecidedFor", { more: count(Math.max(1, needed - questions)) });
}
