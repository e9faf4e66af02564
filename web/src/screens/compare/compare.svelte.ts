import { streamed } from "../../api/events";
import { connectionLost } from "../../api/problem";
import type { CompareOrder, ComparePassages, Comparison, Preference } from "../../api/types";
import { chatModels } from "../../app/chat-models.svelte";
import { chosenBase } from "../../app/chosen-base.svelte";
import { link, router } from "../../app/router.svelte";
import { begin, fold, fromComparison, type RunState } from "./events";
import { kept } from "./kept.svelte";

let question = $state("");
let order = $state<CompareOrder>("one_after_other");
let passages = $state<ComparePassages>("all_candidates");
let model = $state("");
let running = $state(false);
let stopped = $state(false);
let loading = $state(false);
let thrown = $state.raw<unknown>();
let current = $state.raw<RunState>();
/** What the answers on the screen answer, while the field may hold the next question already. */
let asked = $state("");
let abort: AbortController | undefined;

/** What the screen holds; it stays, and goes on, when another screen is looked at. */
export const compare = {
  get question(): string {
    return question;
  },
  set question(next: string) {
    question = next;
  },
  get order(): CompareOrder {
    return order;
  },
  set order(next: CompareOrder) {
    order = next;
  },
  get passages(): ComparePassages {
    return passages;
  },
  set passages(next: ComparePassages) {
    passages = next;
  },
  /** The language model that writes both answers; empty for what the knowledge base or the server says. */
  get model(): string {
    return model;
  },
  set model(next: string) {
    model = next;
  },
  get running(): boolean {
    return running;
  },
  /** Whether the answers on the screen were stopped before their end. */
  get stopped(): boolean {
    return stopped;
  },
  get loading(): boolean {
    return loading;
  },
  get thrown(): unknown {
    return thrown;
  },
  /** What is on the screen of the two answers. */
  get current(): RunState | undefined {
    return current;
  },
  get asked(): string {
    return asked;
  },
  async start() {
    const base = chosenBase.current;
    const text = question.trim();
    if (!base || text === "") return;
    const mine = anew();
    running = true;
    asked = text;
    current = begin();
    try {
      const path = `/api/v1/knowledge-bases/${encodeURIComponent(base.id)}/compare`;
      // As many candidates and passages as a chat over this knowledge base has.
      const { top_k, top_n } = base.retrieval;
      const chosen = model && !chatModels.isGone(model) ? { chat_model: model } : {};
      const body = { question: text, stream: true, order, passages, top_k, top_n, ...chosen };
      for await (const event of streamed("POST", path, body, mine.signal)) {
        if (mine.signal.aborted) return;
        current = fold(current, event);
      }
      if (!current.done) throw connectionLost();
      finished(current.done);
    } catch (failed) {
      if (!mine.signal.aborted) thrown = failed;
    }
    if (abort === mine) running = false;
  },
  stop() {
    abort?.abort();
    running = false;
    stopped = true;
  },
  /** Shows a kept comparison. */
  async open(id: string) {
    if (current?.done?.id === id) return;
    const mine = anew();
    loading = true;
    try {
      show(await kept.get(id, mine.signal));
    } catch (failed) {
      if (!mine.signal.aborted) thrown = failed;
    }
    if (abort === mine) loading = false;
  },
  /** Clears the screen for the next question. What still runs goes on. */
  clear() {
    if (!running) anew();
  },
  /** Tries again what went wrong last: making a comparison, or showing a kept one. */
  retry(id: string | undefined) {
    return asked === "" && id ? compare.open(id) : compare.start();
  },
  async prefer(preference: Preference | null) {
    const done = current?.done;
    if (!done) return;
    await kept.prefer(done.id, preference);
    if (current?.done?.id === done.id) current = { ...current, done: { ...current.done, preference } };
  },
};

/** Leaves what was on the screen behind, and what was on its way to it. */
function anew(): AbortController {
  abort?.abort();
  abort = new AbortController();
  running = false;
  stopped = false;
  loading = false;
  thrown = undefined;
  current = undefined;
  asked = "";
  return abort;
}

function show(comparison: Comparison) {
  current = fromComparison(comparison);
  asked = comparison.question;
}

/** The address of the comparison takes the place of the empty one, where the reader is still here. */
function finished(comparison: Comparison) {
  kept.add(comparison);
  if (router.current.path[0] === "compare") router.replace(link(["compare", comparison.id]));
}
