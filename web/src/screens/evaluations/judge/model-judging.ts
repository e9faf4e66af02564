import type { StreamEvent } from "../../../api/events";
import { range, share } from "../figures";
import type { Estimate, JudgeAgreement } from "../types";

/** What has come of a language model's judging so far. */
export interface ModelJudging {
  /** Passages that it will be asked about; absent before the server has said so. */
  total?: number;
  graded: number;
  noGrade: number;
  /** How far it agrees with people, at the end. */
  agreement?: JudgeAgreement;
}

export function begin(): ModelJudging {
  return { graded: 0, noGrade: 0 };
}

/** The state after one more event of the stream. An event that nobody knows yet changes nothing. */
export function fold(judging: ModelJudging, { name, data }: StreamEvent): ModelJudging {
  if (name === "begun") return { ...judging, total: (data as { passages: number }).passages };
  if (name === "graded") return { ...judging, graded: judging.graded + 1 };
  if (name === "no_grade") return { ...judging, noGrade: judging.noGrade + 1 };
  if (name === "done") return { ...judging, agreement: (data as { agreement: JudgeAgreement }).agreement };
  return judging;
}

/** How much of it is done, from 0 to 1; absent while nobody knows. */
export function part({ total, graded, noGrade }: ModelJudging): number | undefined {
  if (total === undefined) return undefined;
  return total === 0 ? 1 : (graded + noGrade) / total;
}

/** A figure with its interval, if it has one. */
export function figure({ mean, interval }: Estimate): string {
  const show = (value: number) => share(value, 2);
  return interval ? `${show(mean)} (${range(interval, show)})` : show(mean);
}
