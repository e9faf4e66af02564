import type { PagesRead } from "./how-far";

/** A step of a document's way into the indexes. */
export interface Step {
  id: string;
  status: string;
  progress: number;
  pages_read?: PagesRead | null | undefined;
  failure?: { code: string; message: string } | null | undefined;
}

/** The beginning of a list of documents, and whether there are more. */
export interface Listed {
  documents: Step[];
  more: boolean;
}

/**
 * What two lists say about documents: those that the server is not done with, oldest first, and those that failed. A
 * document in neither is ready, for the second list is the younger one. About documents behind the end of the first
 * list nothing is known; ids begin with the time at which they were made.
 */
export function settle(ids: Iterable<string>, unfinished: Listed, failed: Step[]): Step[] {
  const known = new Map([...failed, ...unfinished.documents].map((step) => [step.id, step]));
  const end = unfinished.more ? unfinished.documents.at(-1)?.id : undefined;
  const steps: Step[] = [];
  for (const id of ids) {
    const step = known.get(id);
    if (step) steps.push(step);
    else if (end === undefined || id < end) steps.push({ id, status: "ready", progress: 1 });
  }
  return steps;
}
