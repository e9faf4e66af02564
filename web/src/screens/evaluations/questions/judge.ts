import { api, given } from "../../../api/client";
import { Problem } from "../../../api/problem";
import { questionOf } from "./pages";
import { quoteOf, withJudgment } from "./quote";
import { words } from "./words";

/** Says in the set how relevant a passage is to a question. */
export async function judge(set: string, id: string, document: string, text: string, grade: number) {
  const question = await questionOf(set, id);
  if (!question) throw new Problem("gone", words("judgeGone"));
  const relevant = withJudgment(question.relevant, { document, quote: quoteOf(text), grade });
  const params = { path: { set, question: id } };
  await given(api.PATCH("/api/v1/evaluations/sets/{set}/questions/{question}", { params, body: { relevant } }));
}
