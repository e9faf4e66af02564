import type { Run } from "../types";

/** The finished runs that a run can be compared with, those of its set first, newest first. */
export function others(run: Run, list: Run[]): Run[] {
  const comparable = list.filter(
    (other) =>
      other.id !== run.id &&
      other.status === "finished" &&
      other.manifest.knowledge_base.id === run.manifest.knowledge_base.id,
  );
  const isOfSet = (other: Run) => other.manifest.set === run.manifest.set;
  return [...comparable.filter(isOfSet), ...comparable.filter((other) => !isOfSet(other))];
}

/** The same with one that was asked for by its address, which may be older than all in the list. */
export function withAsked(candidates: Run[], asked: Run | undefined): Run[] {
  return !asked || candidates.some(({ id }) => id === asked.id) ? candidates : [...candidates, asked];
}

/** The one to begin with: the newest of them that is older than the run, or else the newest. */
export function beginWith(run: Run, candidates: Run[]): Run | undefined {
  return candidates.find((other) => other.created_at < run.created_at) ?? candidates[0];
}

/** The arm that is in reports alone: the best fusion without rerank. */
const TUNED = "tuned fusion, no rerank";

/** Names of the arms of a finished run. */
export function armNames(run: Run): string[] {
  return [...run.manifest.arms.map(({ name }) => name), TUNED];
}
