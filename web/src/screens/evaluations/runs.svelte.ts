import { api, given } from "../../api/client";
import type { NewRun, Report, Run, RunAction, RunDiff, RunPatch } from "./types";

/** Few, as the list shows what each has found. */
const PAGE = 20;
/** Most runs of a history, the newest ones. */
const HISTORY = 100;

let list = $state.raw<Run[]>([]);
let loaded = $state(false);
let cursor = $state<string | null>(null);

const at = (run: string) => ({ path: { run } });

/** The runs, newest first. */
export const runs = {
  get list(): Run[] {
    return list;
  },
  get loaded(): boolean {
    return loaded;
  },
  /** Whether the server has older ones that are not in the list. */
  get more(): boolean {
    return cursor !== null;
  },
  async load() {
    const page = await pageAfter(null);
    list = page.runs;
    cursor = page.next_cursor ?? null;
    loaded = true;
  },
  async loadMore() {
    const page = await pageAfter(cursor);
    const known = new Set(list.map((run) => run.id));
    list = [...list, ...page.runs.filter((run) => !known.has(run.id))];
    cursor = page.next_cursor ?? null;
  },
  /** The newest runs over a set, whether they are in the list or not. */
  async ofSet(set: string): Promise<Run[]> {
    const query = { set, limit: HISTORY };
    return (await given(api.GET("/api/v1/evaluations/runs", { params: { query } }))).runs;
  },
  /** Asks anew how far those are that somebody works on. */
  async refresh() {
    const news = await Promise.all(list.filter(isActive).map((run) => runs.get(run.id)));
    for (const run of news) put(run);
  },
  get(id: string): Promise<Run> {
    return given(api.GET("/api/v1/evaluations/runs/{run}", { params: at(id) }));
  },
  async start(body: NewRun): Promise<Run> {
    const run = await given(api.POST("/api/v1/evaluations/runs", { body }));
    list = [run, ...list];
    return run;
  },
  async control(id: string, action: RunAction): Promise<Run> {
    const address = "/api/v1/evaluations/runs/{run}/control";
    const run = await given(api.POST(address, { params: at(id), body: { action } }));
    put(run);
    return run;
  },
  async remove(id: string) {
    await given(api.DELETE("/api/v1/evaluations/runs/{run}", { params: at(id) }));
    list = list.filter((run) => run.id !== id);
  },
  /** Renames it, or notes something about it. */
  async describe(id: string, body: RunPatch): Promise<Run> {
    const run = await given(api.PATCH("/api/v1/evaluations/runs/{run}", { params: at(id), body }));
    put(run);
    return run;
  },
  diff(id: string, before: string, query: { arm?: string; before_arm?: string }): Promise<RunDiff> {
    const address = "/api/v1/evaluations/runs/{run}/diff/{before}";
    return given(api.GET(address, { params: { path: { run: id, before }, query } }));
  },
  /** Counts it anew with the judgments that its set has now, and a language model's where it is named. */
  async recount(id: string, judge?: string) {
    const params = { ...at(id), query: judge ? { judge } : {} };
    put(await given(api.POST("/api/v1/evaluations/runs/{run}/recount", { params })));
  },
  report(id: string): Promise<Report> {
    return given(api.GET("/api/v1/evaluations/runs/{run}/report", { params: at(id) }));
  },
};

/** Whether its progress changes without anybody's doing. */
export function isActive(run: Run): boolean {
  return run.status === "running" || run.status === "queued";
}

/** Whether nothing more will come of it. */
export function hasEnded(run: Run): boolean {
  return ["finished", "cancelled", "failed"].includes(run.status);
}

function put(run: Run) {
  list = list.map((other) => (other.id === run.id ? run : other));
}

function pageAfter(after: string | null) {
  const query = { limit: PAGE, ...(after ? { cursor: after } : {}) };
  return given(api.GET("/api/v1/evaluations/runs", { params: { query } }));
}
