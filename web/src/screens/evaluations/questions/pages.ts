import { api, given } from "../../../api/client";
import type { Outcome, Question, RunQuestion } from "../types";

/** Most questions of a set that the server gives at a time. Of a run it gives fewer, and says where the next begin. */
const MOST = 1000;

/** Questions of a run from a place on. */
export function page(run: string, from: number, limit: number) {
  const params = { path: { run }, query: { from, limit } };
  return given(api.GET("/api/v1/evaluations/runs/{run}/questions", { params }));
}

/** The question of a run that has this id in its set. */
export async function withId(run: string, question: string): Promise<RunQuestion | undefined> {
  const params = { path: { run }, query: { question } };
  return (await given(api.GET("/api/v1/evaluations/runs/{run}/questions", { params }))).questions[0];
}

/** Those questions of a run that are among these. */
export async function among(run: string, ids: Set<string>): Promise<RunQuestion[]> {
  const found: RunQuestion[] = [];
  for (let from: number | null | undefined = 0; from != null && found.length < ids.size; ) {
    const { questions, next } = await page(run, from, MOST);
    found.push(...questions.filter(({ id }) => ids.has(id)));
    from = next;
  }
  return found;
}

export function outcome(run: string, place: number): Promise<Outcome> {
  const params = { path: { run, place } };
  return given(api.GET("/api/v1/evaluations/runs/{run}/questions/{place}", { params }));
}

/** Questions of a set from a place on. */
export function pageOfSet(set: string, from: number): Promise<{ questions: Question[]; next?: number | null }> {
  const params = { path: { set }, query: { from, limit: MOST } };
  return given(api.GET("/api/v1/evaluations/sets/{set}/questions", { params }));
}
