import { SvelteMap } from "svelte/reactivity";
import { runs } from "./runs.svelte";
import type { Report, Run } from "./types";

/** What the history says of a finished run. */
export type Found = Pick<Report, "main"> & { name: string; arms: FoundArm[] };
type FoundArm = Pick<Report["arms"][number], "name" | "measures">;

const found = new SvelteMap<string, Found>();
const asked = new Set<string>();

/** What finished runs have found, read one after the other: a report can be large. */
export const headlines = {
  of(run: string): Found | undefined {
    return found.get(run);
  },
  async load(list: Run[]) {
    for (const run of list) {
      if (run.status !== "finished" || asked.has(run.id)) continue;
      asked.add(run.id);
      try {
        const { main, arms } = await runs.report(run.id);
        const kept = arms.map(({ name, measures }) => ({ name, measures }));
        found.set(run.id, { main, arms: kept, name: run.name });
      } catch {
        // Who opens the run hears why.
        asked.delete(run.id);
      }
    }
  },
};
