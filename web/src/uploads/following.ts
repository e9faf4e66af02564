import type { Step } from "./settle";

const POLL_MS = 2000;

type Listener = (step: Step) => void;

/** Where steps come from. */
export interface Source {
  /** A document's steps as they happen, until nothing more happens with it. */
  stream(id: string, signal: AbortSignal): AsyncIterable<Step>;
  /** What is known of some documents of a knowledge base. */
  look(base: string, ids: string[]): Promise<Step[]>;
  /** How many streams may be open: a browser has six connections to a server, and others need some. */
  streams(): number;
}

interface Watched {
  base: string;
  status: string;
  listeners: Set<Listener>;
}

/**
 * Follows documents on their way into the indexes: those in work by their events, the crowd behind them by looking from
 * time to time.
 */
export class Following {
  readonly #source: Source;
  readonly #watched = new Map<string, Watched>();
  readonly #open = new Map<string, AbortController>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #looking = false;

  constructor(source: Source) {
    this.#source = source;
  }

  /** Tells the steps of a document until the last one; what is returned stops that. */
  watch(base: string, id: string, status: string, listener: Listener): () => void {
    const watched = this.#watched.get(id) ?? { base, status, listeners: new Set() };
    watched.listeners.add(listener);
    this.#watched.set(id, watched);
    this.#timer ??= setTimeout(() => this.#look(), 200);
    return () => {
      watched.listeners.delete(listener);
      if (watched.listeners.size === 0) this.#forget(id);
    };
  }

  #forget(id: string) {
    this.#watched.delete(id);
    this.#open.get(id)?.abort();
    this.#open.delete(id);
  }

  #tell(step: Step) {
    const watched = this.#watched.get(step.id);
    if (!watched) return;
    watched.status = step.status;
    const listeners = [...watched.listeners];
    if (step.status === "ready" || step.status === "failed") this.#forget(step.id);
    for (const listener of listeners) listener(step);
  }

  async #look() {
    if (this.#looking) return;
    this.#looking = true;
    try {
      for (const [base, ids] of this.#byBase()) {
        for (const step of await this.#source.look(base, ids)) this.#tell(step);
      }
      this.#openStreams();
    } catch {
      // The next look may have more luck; a lost connection is shown by others.
    }
    this.#looking = false;
    this.#timer = this.#watched.size > 0 ? setTimeout(() => this.#look(), POLL_MS) : undefined;
  }

  #byBase(): Map<string, string[]> {
    const bases = new Map<string, string[]>();
    for (const [id, { base }] of this.#watched) {
      const ids = bases.get(base) ?? [];
      ids.push(id);
      bases.set(base, ids);
    }
    return bases;
  }

  /** Streams are for what the server works on now; nothing happens to what waits. */
  #openStreams() {
    const inWork = [...this.#watched].filter(([, watched]) => watched.status !== "queued").map(([id]) => id);
    const wanted = new Set(inWork.slice(0, this.#source.streams()));
    for (const [id, stream] of this.#open) {
      if (wanted.has(id)) continue;
      stream.abort();
      this.#open.delete(id);
    }
    for (const id of wanted) if (!this.#open.has(id)) this.#follow(id);
  }

  async #follow(id: string) {
    const stream = new AbortController();
    this.#open.set(id, stream);
    try {
      for await (const step of this.#source.stream(id, stream.signal)) this.#tell(step);
    } catch {
      // The next look finds out what is to be followed then.
    }
    if (this.#open.get(id) === stream) this.#open.delete(id);
  }
}
