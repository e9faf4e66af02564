import { type Stage, shareDone, weightOf } from "./stage";

/** What the tally has to know of a file. */
export interface Counted {
  stage: Stage;
  bytes: number;
  sent: number;
  progress: number;
}

/** Sums over all files, kept up as single files change: adding ten thousand up anew at each step would be slow. */
export class Tally {
  readonly counts: Partial<Record<Stage, number>> = {};
  files = 0;
  /** The weight of all files. */
  weight = 0;
  /** The part of the weight that is done. */
  done = 0;

  add(file: Counted) {
    this.#move(file, 1);
  }

  remove(file: Counted) {
    this.#move(file, -1);
  }

  count(...stages: Stage[]): number {
    return stages.reduce((sum, stage) => sum + (this.counts[stage] ?? 0), 0);
  }

  #move(file: Counted, sign: 1 | -1) {
    const weight = weightOf(file.bytes);
    const sentShare = file.bytes > 0 ? Math.min(1, file.sent / file.bytes) : 1;
    this.files += sign;
    this.counts[file.stage] = (this.counts[file.stage] ?? 0) + sign;
    this.weight += sign * weight;
    this.done += sign * weight * shareDone(file.stage, sentShare, file.progress);
  }
}
