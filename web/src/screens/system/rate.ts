/** A moment of a transfer. */
interface Sample {
  at: number;
  bytes: number;
}

/** Long enough to be calm, short enough to notice a line that has become slow. */
const WINDOW_MS = 8000;
/** A rate that is measured over less than this means nothing. */
const LEAST_MS = 1000;

/** How fast the bytes of one file come. */
export class RateMeter {
  #file: string | undefined;
  #samples: Sample[] = [];

  /** Takes how many bytes of a file are here. Another file begins a new measurement. */
  take(file: string | undefined, bytes: number, at: number) {
    const last = this.#samples.at(-1);
    if (file !== this.#file || (last && bytes < last.bytes)) this.#samples = [];
    this.#file = file;
    this.#samples.push({ at, bytes });
    // The newest sample that is older than the window stays, so that the window is always covered.
    while (this.#samples.length > 2 && at - (this.#samples[1] as Sample).at >= WINDOW_MS) this.#samples.shift();
  }

  /** Bytes per second, as far as that can be told. */
  get perSecond(): number | undefined {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (!first || !last || last.at - first.at < LEAST_MS || last.bytes === first.bytes) return undefined;
    return ((last.bytes - first.bytes) / (last.at - first.at)) * 1000;
  }
}

/** Milliseconds until the rest of a transfer is here. */
export function timeLeft(done: number, total: number | undefined, perSecond: number | undefined): number | undefined {
  if (total === undefined || perSecond === undefined || total < done) return undefined;
  return ((total - done) / perSecond) * 1000;
}
