let open = $state<string>();

/** The knowledge base that is open, by id: what is dropped goes there. */
export const target = {
  get open(): string | undefined {
    return open;
  },
  /** Said by a screen that shows a knowledge base or one of its documents; call what is returned when it is left. */
  set(base: string): () => void {
    open = base;
    return () => {
      if (open === base) open = undefined;
    };
  },
};
