// Questions and their answers, alone and side by side.
import { honesty, newBadges, newSource, newTimeline } from "./answer.js";
import { byId, fields, h, messageOf, notices, noticeText, say, t } from "./page.js";
import { baseApi, call, events } from "./server.js";

/** @type {AbortController | null} */
let running = null;

export function stop() {
  running?.abort();
}

/** @param {Event} [event] */
export async function ask(event) {
  event?.preventDefault();
  const question = fields.question.value.trim();
  if (!question || fields.ask.disabled) return;
  const { card, controller } = begin(question);
  const arm = newArm(card);
  const body = { ...settings(question), rerank: fields.rerank.checked, stream: true };
  try {
    const response = await call("POST", baseApi("/ask"), body, controller.signal);
    for await (const { name, data } of events(response)) arm.on(name, data);
    if (!arm.complete()) throw new Error(t("lost"));
    end(controller, t("done"));
  } catch (error) {
    arm.fail(failure(error));
    end(controller, t("stopped"));
  }
}

export async function compare() {
  const question = fields.question.value.trim();
  if (!question || fields.compare.disabled) {
    fields.question.focus();
    return;
  }
  const { card, controller } = begin(question);
  const waiting = h("p", { class: "text running", textContent: t("searching") });
  card.append(waiting);
  try {
    const response = await call("POST", baseApi("/compare"), settings(question), controller.signal);
    const result = await response.json();
    waiting.remove();
    const arms = h("div", { class: "arms" });
    card.append(ratios(result), arms);
    newArm(arms, t("withoutRerank")).finish(result.without_rerank);
    newArm(arms, t("withRerank")).finish(result.with_rerank);
    end(controller, t("done"));
  } catch (error) {
    waiting.className = "text error";
    waiting.textContent = failure(error);
    end(controller, t("stopped"));
  }
}

/** @param {import("./types.d.ts").Comparison} result */
function ratios(result) {
  const ratio = (/** @type {number} */ number) => number.toFixed(2);
  const total = h("strong", { textContent: t("ratio", { total: ratio(result.total_ratio) }) });
  const line = h("p", { class: "ratios" }, total);
  if (result.first_token_ratio !== null)
    line.append(` · ${t("ratioFirst", { first: ratio(result.first_token_ratio) })}`);
  line.append(` · ${t("shared", { shared: result.shared_contexts, kept: result.with_rerank.contexts.length })}`);
  return line;
}

/** @param {unknown} error */
const failure = (error) => (error instanceof Error && error.name === "AbortError" ? t("stopped") : messageOf(error));

/** @param {string} question */
function settings(question) {
  const number = (/** @type {HTMLInputElement} */ field) => Number.parseInt(field.value, 10);
  return {
    question,
    ...(number(fields.candidates) > 0 ? { top_k: number(fields.candidates) } : {}),
    ...(number(fields.passages) > 0 ? { top_n: number(fields.passages) } : {}),
  };
}

/** @param {string} question */
function begin(question) {
  stop();
  const controller = new AbortController();
  running = controller;
  byId("stop").hidden = false;
  say(t("searching"));
  const card = h("article", { class: "answer" }, h("h3", { textContent: question }));
  byId("answers").prepend(card);
  return { card, controller };
}

/**
 * @param {AbortController} controller
 * @param {string} message
 */
function end(controller, message) {
  if (running === controller) {
    running = null;
    byId("stop").hidden = true;
  }
  say(message);
}

/**
 * One answer in the making: its text, its sources, and what is to be known about both.
 * @param {HTMLElement} parent
 * @param {string} [title]
 */
function newArm(parent, title) {
  const text = h("p", { class: "text running" });
  const facts = h("div");
  const sources = h("div");
  const heading = title ? h("h4", { textContent: title }) : null;
  parent.append(h("section", { class: "arm" }, heading, text, facts, sources));
  let written = "";
  let complete = false;
  let drawn = false;
  /** @type {import("./types.d.ts").Context[]} */
  let contexts = [];
  /** @type {import("./types.d.ts").Citation[]} */
  let citations = [];

  const draw = () => {
    drawn = false;
    text.replaceChildren(...written.split(/(\[\d+\])/).map((piece) => withButton(piece, sources)));
  };
  const showSources = () => {
    const opened = new Set([...sources.querySelectorAll("details")].filter((one) => one.open).map(numberOf));
    const items = contexts.map((context) => {
      const cited = citations.filter((one) => one.number === context.number);
      return newSource(context, cited);
    });
    for (const item of items) item.open = opened.has(numberOf(item));
    sources.replaceChildren(items.length ? h("h4", { textContent: t("sources") }) : "", ...items);
  };
  /** @param {import("./types.d.ts").Answer} answer */
  const finish = (answer) => {
    complete = true;
    ({ answer: written, citations, contexts } = answer);
    draw();
    text.classList.remove("running");
    showSources();
    facts.replaceChildren(newBadges(answer), ...notices(honesty(answer)), newTimeline(answer.timings));
  };
  /** @param {string | undefined} name @param {any} data */
  const on = (name, data) => {
    if (name === "retrieval") {
      contexts = data.contexts;
      showSources();
      facts.replaceChildren(...notices(data.notices.map(noticeText)), newTimeline(data.timings));
      say(t("writing"));
    } else if (name === "token") {
      written += data.text;
      if (!drawn) requestAnimationFrame(draw);
      drawn = true;
    } else if (name === "citation") {
      citations.push(data);
      showSources();
    } else if (name === "done") {
      finish(data);
    } else if (name === "error") {
      throw new Error(data.message);
    }
  };
  const fail = (/** @type {string} */ message) => {
    text.classList.remove("running");
    facts.prepend(h("p", { class: "error", textContent: message }));
  };
  return { on, finish, fail, complete: () => complete };
}

/** @param {HTMLElement} item */
const numberOf = (item) => item.dataset.number;

/**
 * Turns a citation in the text into a button that opens its source.
 * @param {string} piece
 * @param {HTMLElement} sources
 */
function withButton(piece, sources) {
  const number = /^\[(\d+)\]$/.exec(piece)?.[1];
  if (!number) return piece;
  const open = () => {
    const source = [...sources.querySelectorAll("details")].find((one) => numberOf(one) === number);
    if (!source) return;
    source.open = true;
    source.querySelector("summary")?.focus({ preventScroll: true });
    (source.querySelector("mark") ?? source).scrollIntoView({ block: "center" });
  };
  return h("button", { class: "cite", type: "button", textContent: piece, onclick: open });
}
