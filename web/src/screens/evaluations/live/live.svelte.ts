import { api, given } from "../../../api/client";
import type { components } from "../../../api/schema";

type Schemas = components["schemas"];

export type Live = Schemas["LiveComparisonsDto"];
export type LiveComparison = Schemas["LiveComparisonDto"];
export type LiveQuestion = Schemas["LiveQuestionDto"];

/** Latest questions that are shown. */
const SHOWN = 50;

let on = $state<boolean>();

/** Questions of chats that are searched in another way too. */
export const live = {
  /** Whether any are; unknown until it is asked. */
  get on(): boolean | undefined {
    return on;
  },
  async load(): Promise<Live> {
    const found = await given(api.GET("/api/v1/evaluations/live"));
    on = found.share > 0;
    return found;
  },
  /** Learns whether any are, without the figures. */
  async look() {
    await questions({ limit: 1 });
  },
  latest(): Promise<LiveQuestion[]> {
    return questions({ limit: SHOWN });
  },
  /** What would have changed for an answer, if it is known. */
  async of(message: string): Promise<LiveQuestion | undefined> {
    return (await questions({ message }))[0];
  },
  async remove() {
    await given(api.DELETE("/api/v1/evaluations/live"));
  },
};

async function questions(query: { limit?: number; message?: string }): Promise<LiveQuestion[]> {
  const found = await given(api.GET("/api/v1/evaluations/live/questions", { params: { query } }));
  on = found.share > 0;
  return found.questions;
}
