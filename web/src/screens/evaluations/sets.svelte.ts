import { api, given } from "../../api/client";
import type { EvaluationSet, Format, NewRun, NewSet, Power, SetQuality, TestLooks } from "./types";

let list = $state.raw<EvaluationSet[]>([]);
let loaded = $state(false);

const at = (set: string) => ({ path: { set } });

/** The evaluation sets, by name. */
export const sets = {
  get list(): EvaluationSet[] {
    return list;
  },
  get loaded(): boolean {
    return loaded;
  },
  async load() {
    list = (await given(api.GET("/api/v1/evaluations/sets"))).sets;
    loaded = true;
  },
  /** Makes a set of files, and gives what was left out of them or repaired. */
  async add(body: NewSet) {
    const { warnings, ...set } = await given(api.POST("/api/v1/evaluations/sets", { body }));
    await sets.load();
    return { set, warnings };
  },
  async remove(id: string) {
    await given(api.DELETE("/api/v1/evaluations/sets/{set}", { params: at(id) }));
    list = list.filter((set) => set.id !== id);
  },
  /** Takes in what people asked in chats and comparisons, and found good or bad. */
  async collect(id: string) {
    const collected = await given(api.POST("/api/v1/evaluations/sets/{set}/questions/collect", { params: at(id) }));
    await sets.load();
    return collected;
  },
  /** Takes seconds, as questions are asked for it. */
  quality(id: string): Promise<SetQuality> {
    return given(api.GET("/api/v1/evaluations/sets/{set}/quality", { params: at(id) }));
  },
  power(id: string, questions: NonNullable<NewRun["questions"]>, limit: number | null): Promise<Power> {
    const query = { questions, ...(limit === null ? {} : { limit }) };
    return given(api.GET("/api/v1/evaluations/sets/{set}/power", { params: { ...at(id), query } }));
  },
  /** Which runs have shown figures of its test half, newest first. */
  looks(id: string, after: string | null): Promise<TestLooks> {
    const query = after === null ? {} : { cursor: after };
    return given(api.GET("/api/v1/evaluations/sets/{set}/looks", { params: { ...at(id), query } }));
  },
  written(id: string, format: Format) {
    return given(api.GET("/api/v1/evaluations/sets/{set}/export", { params: { ...at(id), query: { format } } }));
  },
};
