let open = $state<string>();
let folder = $state("");

/** The knowledge base that is open, by id, and the folder of it: what is dropped goes there. */
export const target = {
  get open(): string | undefined {
    return open;
  },
  /** The folder that is open; empty for the outermost one. */
  get folder(): string {
    return folder;
  },
  /** Said by a screen that shows a knowledge base or one of its documents; call what is returned when it is left. */
  set(base: string, inFolder = ""): () => void {
    open = base;
    folder = inFolder;
    return () => {
      if (open === base) open = undefined;
      folder = "";
    };
  },
};
