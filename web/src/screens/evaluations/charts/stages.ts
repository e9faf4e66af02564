import type { Stage } from "../types";

/** All stages, in the order in which a question goes through them. */
export const STAGES: Stage[] = [
  "embed",
  "bm25",
  "dense",
  "fuse",
  "rerank",
  "queue",
  "prefill",
  "decode",
  "token",
  "first_token",
  "total",
];

/** Shorter times are nobody's concern; an axis in powers of ten has no zero. */
export const LEAST_MS = 0.1;
