/**
 * What became of a piece of work: it is done, or it has to be done again after a while, or when somebody says that work
 * can go on.
 */
export type Outcome = "done" | "held" | { afterMs: number };

/** Does work piece by piece, a few at once, in the order in which it came. */
export class Pool<T> {
  readonly #size: number;
  readonly #work: (item: T) => Promise<Outcome>;
  #waiting = new Set<T>();
  #running = 0;
  #held = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `work` never throws. */
  constructor(size: number, work: (item: T) => Promise<Outcome>) {
    this.#size = size;
    this.#work = work;
  }

  /** Pieces in work. */
  get running(): number {
    return this.#running;
  }

  add(items: Iterable<T>) {
    for (const item of items) this.#waiting.add(item);
    this.#fill();
  }

  /** Takes out a piece that has not begun. */
  remove(item: T) {
    this.#waiting.delete(item);
  }

  /** Goes on after a piece was held. */
  goOn() {
    this.#held = false;
    clearTimeout(this.#timer);
    this.#fill();
  }

  #fill() {
    while (!this.#held && this.#running < this.#size) {
      const [next] = this.#waiting;
      if (next === undefined) return;
      this.#waiting.delete(next);
      this.#begin(next);
    }
  }

  async #begin(item: T) {
    this.#running += 1;
    const outcome = await this.#work(item);
    this.#running -= 1;
    if (outcome !== "done") this.#hold(item, outcome);
    this.#fill();
  }

  /** Nothing begins while the server cannot be reached or has too much to do; what was held is the next to begin. */
  #hold(item: T, outcome: Exclude<Outcome, "done">) {
    this.#waiting = new Set([item, ...this.#waiting]);
    this.#held = true;
    clearTimeout(this.#timer);
    if (outcome !== "held") this.#timer = setTimeout(() => this.goOn(), outcome.afterMs);
  }
}
