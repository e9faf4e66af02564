import type { Context, Span } from "../../api/types";

/** A source that is open beside the chat. */
export interface OpenSource {
  context: Context;
  /** Cited parts, in characters of the document. */
  spans: Span[];
  /** What opened it, where the focus goes back to. */
  opener: HTMLElement | undefined;
}

let shown = $state.raw<OpenSource>();

export const source = {
  get shown(): OpenSource | undefined {
    return shown;
  },
  open(opened: OpenSource) {
    shown = opened;
  },
  close() {
    const opener = shown?.opener;
    shown = undefined;
    opener?.focus();
  },
  /** Without moving the focus, for a chat that is left. */
  drop() {
    shown = undefined;
  },
};
