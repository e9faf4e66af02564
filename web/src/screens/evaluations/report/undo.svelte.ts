import type { RetrievalSettings } from "../../../api/types";

/** Settings that were taken over, and those of before. */
export interface Undo {
  base: { id: string; name: string };
  arm: string;
  before: RetrievalSettings;
}

let offered = $state.raw<Undo>();

/** The way back from the settings that were taken over last. It is there until the page is left or used. */
export const undo = {
  get offered(): Undo | undefined {
    return offered;
  },
  offer(next: Undo) {
    offered = next;
  },
  clear() {
    offered = undefined;
  },
};
