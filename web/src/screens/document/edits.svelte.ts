import { SvelteMap } from "svelte/reactivity";
import type { Chunk } from "../../api/types";

/** A passage that somebody is editing. */
export class Edit {
  readonly ordinal: number;
  text = $state("");
  /** The revision that the editor has seen. */
  revision = $state(0);
  /** What the passage has become meanwhile, by somebody else. */
  theirs = $state.raw<Chunk>();

  constructor(chunk: Chunk) {
    this.ordinal = chunk.ordinal;
    this.text = chunk.text;
    this.revision = chunk.revision;
  }
}

const edits = new SvelteMap<string, Edit>();

/** What is being edited, by passage. It is kept when the passage scrolls out of sight or another screen is opened. */
export const editing = {
  of(chunk: string): Edit | undefined {
    return edits.get(chunk);
  },
  begin(chunk: Chunk) {
    if (!edits.has(chunk.id)) edits.set(chunk.id, new Edit(chunk));
  },
  end(chunk: string) {
    edits.delete(chunk);
  },
  get any(): boolean {
    return edits.size > 0;
  },
};
