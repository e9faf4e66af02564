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
  async latest(): Promise<LiveQuestion[]> {
    const query = { limit: SHOWN };
    return (await given(api.GET("/api/v1/evaluations/live/questions", { params: { query } }))).questions;
  },
  /** What would have changed for an answer, if it is known. */
  async of(message: string): Promise<LiveQuestion | undefined> {
    const query = { message };
    return (await given(api.GET("/api/v1/evaluations/live/questions", { params: { query } }))).questions[0];
  },
  async remove() {
    await given(api.DELETE("/api/v1/evaluations/live"));
  },
};
