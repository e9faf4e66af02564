import { api, given } from "../../../api/client";
import type { Judgment } from "../types";

/** Says in the set how relevant a passage, or a document, is to a question. */
export function judge(set: string, question: string, body: Judgment) {
  const params = { path: { set, question } };
  return given(api.POST("/api/v1/evaluations/sets/{set}/questions/{question}/judgments", { params, body }));
}

/** Whether people judge documents of a question and no passages, so that this is one more of them. */
export async function judgesDocuments(set: string, question: string) {
  const params = { path: { set, question } };
  const known = await given(api.GET("/api/v1/evaluations/sets/{set}/questions/{question}", { params }));
  return known.relevant.length > 0 && known.relevant.every(({ quote }) => !quote);
}
