import type { KnowledgeBase } from "../../api/types";

/** The steps from nothing to the first answer. */
export type StepName = "name" | "files" | "ask";

export const STEPS: StepName[] = ["name", "files", "ask"];

/** The knowledge base that the steps are about: one with something to ask before others, the newest of them. */
export function baseOf(list: KnowledgeBase[]): KnowledgeBase | undefined {
  const withPassages = list.filter((base) => base.chunks > 0);
  const candidates = withPassages.length > 0 ? withPassages : list;
  return candidates.toSorted((left, right) => right.created_at.localeCompare(left.created_at))[0];
}

/** The first step that is not done. */
export function dueStep(base: KnowledgeBase | undefined): StepName {
  if (!base) return "name";
  return base.chunks > 0 ? "ask" : "files";
}
