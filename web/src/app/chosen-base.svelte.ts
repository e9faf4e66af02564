import type { KnowledgeBase } from "../api/types";
import { bases } from "./bases.svelte";

const KEPT = "riddle-lab-base";

let id = $state(typeof localStorage === "undefined" ? "" : (localStorage.getItem(KEPT) ?? ""));

/** The knowledge base that the lab and the comparisons search: the last chosen one, or else the first. */
export const chosenBase = {
  get current(): KnowledgeBase | undefined {
    return bases.byId(id) ?? bases.list[0];
  },
  choose(next: string) {
    id = next;
    localStorage.setItem(KEPT, next);
  },
};
