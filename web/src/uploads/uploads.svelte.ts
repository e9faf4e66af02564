import { api, given } from "../api/client";
import { asProblem, type Problem } from "../api/problem";
import type { Accepted } from "../api/types";
import { upload as send } from "../api/upload";
import { bases } from "../app/bases.svelte";
import { connection } from "../app/connection.svelte";
import { failureText } from "./failures";
import type { Found } from "./found";
import { Pace } from "./pace";
import { type Outcome, Pool } from "./pool";
import { progress, yieldTo } from "./progress";
import type { Step } from "./settle";
import { isFinal, isUnfinished, type Stage } from "./stage";
import { Tally } from "./tally";
import { type Target, Upload } from "./upload.svelte";
import { words } from "./words";

const AT_ONCE = 3;
const SHOW_EVERY_MS = 250;
/** After so many losses it is not the connection: the server or something before it refuses this file. */
const MOST_LOSSES = 5;
const RETRY_AFTER_S = 3;

/** All files together. */
export interface Summary {
  files: number;
  uploading: number;
  onServer: number;
  ready: number;
  failed: number;
  /** Files with which nothing more happens. */
  ended: number;
  /** Share of the work that is done. */
  share: number;
  /** Milliseconds for the rest, where that can be said. */
  left: number | undefined;
}

const all = new Map<number, Upload>();
const tally = new Tally();
const pace = new Pace();
const pool = new Pool<Upload>(AT_ONCE, work);
let list = $state.raw<Upload[]>([]);
let summary = $state.raw<Summary>(summed());
let accepted = $state.raw<Record<string, number>>({});
let timer: ReturnType<typeof setTimeout> | undefined;

yieldTo(() => pool.running);
$effect.root(() => {
  $effect(() => {
    connection.reconnections;
    pool.goOn();
  });
});

/** Files on their way into knowledge bases. They go on whatever screen is open. */
export const uploads = {
  /** Files in the order in which they came. */
  get list(): Upload[] {
    return list;
  },
  get summary(): Summary {
    return summary;
  },
  /** Counts documents that a knowledge base has taken, for who shows its list. */
  accepted(base: string): number {
    return accepted[base] ?? 0;
  },
  add(base: Target, files: Found[]) {
    if (summary.ended === summary.files) pace.forget();
    const added = files.map((found) => new Upload(base, found));
    for (const upload of added) {
      all.set(upload.id, upload);
      tally.add(upload);
    }
    list = [...all.values()];
    show();
    pool.add(added);
  },
  /** Stops a file that is not sent yet; what the server has taken stays there. */
  cancel(upload: Upload) {
    if (upload.stage !== "waiting" && upload.stage !== "uploading") return;
    pool.remove(upload);
    change(upload, { stage: "cancelled" });
    upload.stop?.();
  },
  cancelAll() {
    for (const upload of all.values()) uploads.cancel(upload);
  },
  async retry(upload: Upload) {
    upload.losses = 0;
    change(upload, { stage: "waiting", sent: 0, progress: 0, failure: undefined });
    // What the server has is not sent again, unless it is gone there or the server cannot be asked.
    if (!upload.document || !(await retryThere(upload, upload.document))) pool.add([upload]);
  },
  retryFailed() {
    for (const upload of all.values()) if (upload.stage === "failed") uploads.retry(upload);
  },
  /** Takes out files with which nothing more happens. */
  clear() {
    for (const upload of all.values()) {
      if (!isFinal(upload.stage)) continue;
      all.delete(upload.id);
      tally.remove(upload);
    }
    list = [...all.values()];
    showNow();
  },
};

type Change = Partial<Pick<Upload, "stage" | "sent" | "progress" | "pages" | "failure">>;

function change(upload: Upload, to: Change) {
  if (!all.has(upload.id)) return;
  tally.remove(upload);
  Object.assign(upload, to);
  tally.add(upload);
  show();
}

/** The sums are shown a few times a second, however many files change. */
function show() {
  timer ??= setTimeout(showNow, SHOW_EVERY_MS);
}

function showNow() {
  clearTimeout(timer);
  timer = undefined;
  const before = summary.ready;
  summary = summed();
  const ended = summary.files > 0 && summary.ended === summary.files;
  if (ended && summary.ready !== before) bases.load().catch(() => undefined);
}

function summed(): Summary {
  pace.record(performance.now(), tally.done);
  return {
    files: tally.files,
    uploading: tally.count("waiting", "uploading"),
    onServer: tally.count("queued", "parsing", "embedding", "indexing"),
    ready: tally.count("ready", "present"),
    failed: tally.count("failed"),
    ended: tally.count("ready", "present", "failed", "cancelled"),
    share: tally.weight > 0 ? tally.done / tally.weight : 0,
    left: pace.left(tally.weight - tally.done),
  };
}

async function work(upload: Upload): Promise<Outcome> {
  const controller = new AbortController();
  upload.stop = () => controller.abort();
  change(upload, { stage: "uploading", sent: 0 });
  if (!(await isReadable(upload.file))) {
    change(upload, { stage: "failed", failure: words("unreadable") });
    return "done";
  }
  try {
    const sent = (bytes: number) => change(upload, { sent: bytes });
    const { documents, errors } = await send(upload.base.id, upload.file, upload.name, sent, controller.signal);
    const [document] = documents;
    if (document) take(upload, document);
    else change(upload, { stage: "failed", failure: errors[0] ? failureText(errors[0]) : words("refused") });
    return "done";
  } catch (thrown) {
    return stumble(upload, asProblem(thrown));
  }
}

/** A file that was moved or renamed since it was chosen would look like a lost connection. */
async function isReadable(file: File): Promise<boolean> {
  try {
    await file.slice(0, 1).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

function stumble(upload: Upload, problem: Problem): Outcome {
  if (upload.stage === "cancelled") return "done";
  if (problem.lost) {
    upload.losses += 1;
    connection.lost();
  }
  const again = problem.lost ? upload.losses < MOST_LOSSES : isBusy(problem);
  if (!again) {
    change(upload, { stage: "failed", failure: failureText(problem) });
    return "done";
  }
  change(upload, { stage: "waiting", sent: 0 });
  return problem.lost ? "held" : { afterMs: (problem.retryAfter ?? RETRY_AFTER_S) * 1000 };
}

/** Whether the server, or a proxy before it, has no time for this now. */
function isBusy(problem: Problem): boolean {
  return [429, 502, 503, 504].includes(problem.status) && problem.code !== "model_unavailable";
}

function take(upload: Upload, document: Accepted) {
  upload.document = document.id;
  accepted = { ...accepted, [upload.base.id]: uploads.accepted(upload.base.id) + 1 };
  if (document.outcome === "unchanged" && document.status === "ready") change(upload, { stage: "present" });
  else follow(upload, document);
}

function follow(upload: Upload, document: Pick<Accepted, "id" | "status">) {
  change(upload, { stage: isUnfinished(document.status) ? (document.status as Stage) : "queued" });
  progress.watch(upload.base.id, document.id, document.status, (step) => advance(upload, step));
}

function advance(upload: Upload, step: Step) {
  if (step.status === "failed") {
    change(upload, { stage: "failed", failure: step.failure ? failureText(step.failure) : words("refused") });
  } else if (step.status === "ready") {
    change(upload, { stage: "ready", progress: 1 });
  } else {
    const pages = step.pages_read ?? undefined;
    change(upload, { stage: step.status as Stage, progress: step.progress, pages });
  }
}

/** Whether the server has said what becomes of a document of its own; the file is sent again where it has not. */
async function retryThere(upload: Upload, id: string): Promise<boolean> {
  try {
    follow(upload, await given(api.POST("/api/v1/documents/{id}/retry", { params: { path: { id } } })));
  } catch (thrown) {
    const problem = asProblem(thrown);
    if (problem.code === "document_not_found" || problem.lost || isBusy(problem)) return false;
    change(upload, { stage: "failed", failure: failureText(problem) });
  }
  return true;
}
