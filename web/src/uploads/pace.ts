const WINDOW_MS = 45_000;
const SHORTEST_MS = 4000;
/** Nobody plans with a longer time. */
const LONGEST_MS = 48 * 3_600_000;

/** How fast work goes on, seen from the last while, and how long the rest will take. */
export class Pace {
  #points: { at: number; done: number }[] = [];

  record(at: number, done: number) {
    this.#points.push({ at, done });
    // The oldest point stays until there is another that is old enough.
    while (this.#points[1] && this.#points[1].at <= at - WINDOW_MS) this.#points.shift();
  }

  /** Milliseconds for the rest; absent while too little is known to say it. */
  left(rest: number): number | undefined {
    const first = this.#points[0];
    const last = this.#points.at(-1);
    if (!first || !last) return undefined;
    const took = last.at - first.at;
    const done = last.done - first.done;
    if (took < SHORTEST_MS || done <= 0 || rest <= 0) return undefined;
    const left = (rest / done) * took;
    return left <= LONGEST_MS ? left : undefined;
  }

  forget() {
    this.#points = [];
  }
}
