import { api, given } from "../../../api/client";

const ADDRESS = "/api/v1/evaluations/runs/{run}/undo";

/** Arms by the id of their run. */
const offered = $state<Record<string, string | undefined>>({});

/** The way back from settings that a knowledge base took over from a run. The server knows it. */
export const undo = {
  /** The arm that was taken over last, as long as the knowledge base searches as it said then. */
  of(run: string): string | undefined {
    return offered[run];
  },
  async load(run: string) {
    const { taken_over } = await given(api.GET(ADDRESS, { params: { path: { run } } }));
    offered[run] = taken_over?.arm;
  },
  async go(run: string) {
    await given(api.POST(ADDRESS, { params: { path: { run } } }));
  },
};
