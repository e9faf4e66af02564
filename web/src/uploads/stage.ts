/** Where a file stands, from waiting here to searchable there. */
export type Stage =
  | "waiting"
  | "uploading"
  | "queued"
  | "parsing"
  | "embedding"
  | "indexing"
  | "ready"
  | "present"
  | "failed"
  | "cancelled";

const FINAL: Stage[] = ["ready", "present", "failed", "cancelled"];
const ON_SERVER: string[] = ["queued", "parsing", "embedding", "indexing"];

/** Whether nothing more will happen without the user. */
export function isFinal(stage: Stage): boolean {
  return FINAL.includes(stage);
}

/** Whether a document's status says that the server is not done with it. */
export function isUnfinished(status: string): boolean {
  return ON_SERVER.includes(status);
}

/** The part of the whole work that sending a file is; reading and embedding it takes the rest. */
const SENDING = 0.1;

/** Which share of a file's work is done. */
export function shareDone(stage: Stage, sentShare: number, progress: number): number {
  if (isFinal(stage)) return 1;
  if (stage === "waiting") return 0;
  if (stage === "uploading") return SENDING * sentShare;
  return SENDING + (1 - SENDING) * progress;
}

/** What a file weighs in an estimate of time: a small one is some work, too. */
export function weightOf(bytes: number): number {
  return bytes + 20_000;
}
