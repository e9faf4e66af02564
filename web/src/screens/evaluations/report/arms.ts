import type { Run } from "../types";

/** What a run searches, by name. */
export function searchedIn({ manifest: { knowledge_base, other_knowledge_bases = [] } }: Run): string {
  return [knowledge_base, ...other_knowledge_bases].map(({ name }) => name).join(" + ");
}

/** Whether a knowledge base can be set to search as an arm does: as one that searched it alone. */
export function isSettable({ manifest: { other_knowledge_bases = [], imported = [] } }: Run, name: string): boolean {
  return other_knowledge_bases.length === 0 && imported.every(({ arm }) => arm !== name);
}
