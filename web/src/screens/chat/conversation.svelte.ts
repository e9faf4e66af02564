import { api, given } from "../../api/client";
import { streamed } from "../../api/events";
import { asProblem, lostAnswer } from "../../api/problem";
import type { ChatMessage, ChatSummary, Citation, QuestionEvent, Retrieval } from "../../api/types";
import { chats } from "./chats.svelte";
import { keepSent, returnSent } from "./draft";
import { keepAnswer, newTurn, type Turn, turnsOf } from "./turn";

/** A chat that is open, or that goes on answering while another screen is looked at. */
export class Conversation {
  readonly id: string;
  title = $state("");
  bases = $state.raw<ChatSummary["knowledge_bases"]>([]);
  /** The language model that was chosen for it; empty where none was. */
  model = $state("");
  turns = $state<Turn[]>([]);
  loaded = $state(false);
  failure = $state.raw<unknown>();
  #abort: AbortController | undefined = $state.raw();

  constructor(id: string) {
    this.id = id;
  }

  get busy(): boolean {
    return this.#abort !== undefined;
  }

  /** Loads the chat as it is kept, unless it is being written just now. */
  async load(): Promise<void> {
    if (this.busy) return;
    try {
      const chat = await given(api.GET("/api/v1/chats/{id}", { params: { path: { id: this.id } } }));
      if (this.busy) return;
      this.title = chat.title;
      this.bases = chat.knowledge_bases;
      this.model = chat.chat_model ?? "";
      this.turns = turnsOf(chat.messages);
      // The page may have been closed or loaded anew while a question was on its way.
      if (returnSent(this.id, this.turns.at(-1)?.question)) this.returned += 1;
      this.failure = undefined;
      this.loaded = true;
    } catch (thrown) {
      this.failure = thrown;
    }
  }

  /** Asks a question, at the end or in the place of an earlier one, and follows its answer. */
  async ask(question: string, inPlaceOf?: Turn): Promise<void> {
    if (this.busy) return;
    const abort = new AbortController();
    this.#abort = abort;
    const replaces = inPlaceOf?.questionId;
    if (inPlaceOf) this.turns = this.turns.slice(0, this.turns.indexOf(inPlaceOf));
    this.turns.push(newTurn(question));
    keepSent(this.id, question);
    const turn = this.turns[this.turns.length - 1] as Turn;
    try {
      const body = { question, stream: true, ...(replaces ? { replaces } : {}) };
      const path = `/api/v1/chats/${encodeURIComponent(this.id)}/messages`;
      for await (const event of streamed("POST", path, body, abort.signal)) this.#take(turn, event.name, event.data);
      if (turn.status !== "complete" && turn.status !== "failed") this.#end(turn, undefined);
    } catch (thrown) {
      this.#end(turn, abort.signal.aborted ? undefined : thrown);
    } finally {
      this.#abort = undefined;
      chats.refresh();
    }
  }

  stop(): void {
    this.#abort?.abort();
  }

  #take(turn: Turn, name: string, data: unknown): void {
    if (name === "question") {
      const event = data as QuestionEvent;
      keepSent(this.id, "");
      turn.questionId = event.message.id;
      turn.answerId = event.answer_id;
      turn.rewritten = event.rewritten ?? undefined;
      turn.status = "searching";
      if (this.turns.length === 1) {
        this.title ||= event.message.text;
        chats.refresh();
      }
    } else if (name === "retrieval") {
      turn.contexts = (data as Retrieval).contexts;
      turn.status = "writing";
    } else if (name === "token") {
      turn.text += (data as { text: string }).text;
    } else if (name === "restart") {
      turn.text = "";
      turn.citations = [];
    } else if (name === "citation") {
      turn.citations.push(data as Citation);
    } else if (name === "done") {
      keepAnswer(turn, (data as { message: ChatMessage }).message);
    }
  }

  /** An answer that has ended before its last event. What the server did not keep goes back to where it was typed. */
  #end(turn: Turn, thrown: unknown): void {
    const lost = turn.status === "asking";
    turn.status = thrown === undefined ? "stopped" : "failed";
    if (thrown !== undefined) {
      const problem = asProblem(thrown);
      turn.error = problem.lost && !lost ? lostAnswer() : problem;
    }
    if (!lost) return;
    this.turns = this.turns.slice(0, -1);
    this.failure = thrown;
    if (returnSent(this.id)) this.returned += 1;
  }

  /** Counts questions that went back to where they were typed. */
  returned = $state(0);
}

const open = new Map<string, Conversation>();

/** The chat of an id; the same object as long as the page lives, so that an answer goes on when it is left. */
export function conversation(id: string): Conversation {
  const known = open.get(id);
  if (known) return known;
  const fresh = new Conversation(id);
  open.set(id, fresh);
  return fresh;
}

export function forget(id: string): void {
  open.get(id)?.stop();
  open.delete(id);
}
