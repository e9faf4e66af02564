import { api, given } from "../../../api/client";
import type { Judgment } from "../types";

/** Says in the set how relevant a passage, or a document, is to a question. */
export function judge(set: string, question: string, body: Judgment) {
  const params = { path: { set, question } };
  return given(api.POST("/api/v1/evaluations/sets/{set}/questions/{question}/judgments", { params, body }));
}
