import type { Found } from "./found";
import type { PagesRead } from "./how-far";
import type { Stage } from "./stage";

/** The knowledge base that a file goes to. */
export interface Target {
  id: string;
  name: string;
}

let next = 0;

/** A file on its way. */
export class Upload {
  readonly id: number;
  readonly base: Target;
  readonly name: string;
  readonly file: File;
  stage = $state<Stage>("waiting");
  sent = $state(0);
  /** Share of the server's work, 0 to 1. */
  progress = $state(0);
  /** How far its pictures are read, while they are. */
  pages = $state<PagesRead>();
  /** What went wrong and what to do. */
  failure = $state<string>();
  document: string | undefined;
  /** How often its connection was lost. */
  losses = 0;
  stop: (() => void) | undefined;

  constructor(base: Target, found: Found) {
    next += 1;
    this.id = next;
    this.base = base;
    this.name = found.name;
    this.file = found.file;
  }

  get bytes(): number {
    return this.file.size;
  }
}
