// The parts of an answer: what is to be known about it, where its time went, and its sources.
import { h, noticeText, t, told } from "./page.js";

const STAGES = ["queue", "embed", "bm25", "dense", "fuse", "rerank", "extract", "prefill", "decode"];
/** Notices that the page gives itself, from what else the answer says. */
const SAID = ["no_language_model", "answer_cut"];

/**
 * What must not be kept from the reader.
 * @param {import("./types.d.ts").Answer} answer
 */
export function honesty(answer) {
  const { rerank } = answer;
  const all = [];
  if (!answer.found) all.push(t("notFound"));
  if (answer.mode === "extractive") all.push(t("extractive"));
  if (rerank.stand_in && rerank.status === "applied") all.push(t("standIn", { model: rerank.model ?? "" }));
  if (answer.truncated) all.push(t("truncated"));
  return [...all, ...answer.notices.filter(({ code }) => !SAID.includes(code)).map(noticeText)];
}

/** @param {import("./types.d.ts").Answer} answer */
export function newBadges(answer) {
  const { usage } = answer;
  const quoted = answer.mode === "extractive";
  const tokens = t("tokens", { prompt: usage.prompt_tokens, completion: usage.completion_tokens });
  return h(
    "p",
    { class: "badges" },
    badge(quoted ? t("quoted") : t("answeredBy", { model: answer.model ?? "" }), quoted),
    rerankBadge(answer.rerank),
    usage.total_tokens > 0 ? badge(tokens, false) : null,
  );
}

/** @param {import("./types.d.ts").Rerank} rerank */
function rerankBadge(rerank) {
  const applied = rerank.status === "applied";
  const outcome = {
    applied: t("rerankApplied", { model: rerank.model ?? "" }),
    skipped: t("rerankSkipped"),
    failed: t("rerankFailed"),
  }[rerank.status];
  const reason = told(`reason_${rerank.reason_code}`, { model: rerank.model ?? "" }, rerank.reason ?? "");
  const why = !applied && reason ? `: ${reason}` : "";
  const late = rerank.unscored_pairs > 0 ? t("unscored", { count: rerank.unscored_pairs }) : null;
  const facts = [rerank.device, rerank.kind, applied ? ms(rerank.ms) : null, applied ? late : null, reason];
  return badge(
    rerank.stand_in ? `${outcome} (${t("standInShort")})` : outcome + why,
    rerank.status === "failed" || rerank.stand_in,
    facts.filter(Boolean).join(" · "),
  );
}

/**
 * @param {string} text
 * @param {boolean} warn
 */
const badge = (text, warn, title = "") => h("span", { class: warn ? "badge warn" : "badge", textContent: text, title });

/** @param {number} value */
const ms = (value) => (value >= 1000 ? `${(value / 1000).toFixed(2)} s` : `${value.toFixed(value < 10 ? 1 : 0)} ms`);

/** @param {import("./types.d.ts").Timings} timings */
export function newTimeline(timings) {
  const measured = STAGES.map((stage) => ({ stage, value: timings[`${stage}_ms`] ?? 0 }));
  const total = timings.total_ms ?? 0;
  // What no stage accounts for is shown too, or the bar would make the stages look like the whole.
  const other = total - measured.reduce((sum, { value }) => sum + value, 0);
  const parts = [...measured, { stage: "other", value: other }].filter(({ value }) => value > 0);
  const bar = h("div", { class: "bar", ariaHidden: "true" });
  for (const { stage, value } of parts) {
    const part = h("span", { class: `stage-${stage}` });
    part.style.flexGrow = String(value * 1000);
    bar.append(part);
  }
  const legend = parts.map(({ stage, value }) =>
    h("span", {}, h("i", { class: `stage-${stage}` }), `${t(stage)} ${ms(value)}`),
  );
  const first = timings.first_token_ms ?? null;
  if (first !== null) legend.push(h("span", { textContent: `${t("first")} ${ms(first)}` }));
  legend.push(h("strong", { textContent: `${t("total")} ${ms(total)}` }));
  return h("div", {}, bar, h("p", { class: "legend" }, ...legend));
}

/**
 * @param {import("./types.d.ts").Context} context
 * @param {import("./types.d.ts").Citation[]} citations those of this source
 */
export function newSource(context, citations) {
  const { hit } = context;
  const page = hit.page ? t("page", { page: hit.page }) : null;
  const place = [...hit.heading_path, page].filter(Boolean).join(" › ");
  const item = h(
    "details",
    { class: "source" },
    h(
      "summary",
      {},
      h("span", { class: "n", textContent: `[${context.number}]` }),
      h("span", { class: "where", textContent: hit.document.name }),
      h("span", { class: "path", textContent: place }),
      h("span", { class: "scores", textContent: scores(hit) }),
    ),
    h("p", { class: "passage" }, ...highlighted(hit, citations)),
  );
  item.dataset.number = String(context.number);
  return item;
}

/** @param {import("./types.d.ts").Hit} hit */
function scores(hit) {
  /** @param {string} name @param {import("./types.d.ts").Stage | null} [stage] */
  const score = (name, stage) => (stage ? `${name} #${stage.rank} ${stage.score.toFixed(3)}` : null);
  return [
    `${t("final")} ${hit.score.toFixed(3)}`,
    score(t("rerank"), hit.rerank),
    score(t("fuse"), hit.fused),
    score(t("bm25"), hit.bm25),
    score(t("dense"), hit.dense),
  ]
    .filter(Boolean)
    .join(" · ");
}

/**
 * The passage with its cited words marked. Spans count Unicode characters of the document's text.
 * @param {import("./types.d.ts").Hit} hit
 * @param {import("./types.d.ts").Citation[]} citations
 */
function highlighted(hit, citations) {
  const characters = Array.from(hit.text);
  const spans = citations
    .map(({ source_span: span }) => ({
      start: Math.max(0, span.start - hit.span.start),
      stop: Math.min(characters.length, span.end - hit.span.start),
    }))
    .filter(({ start, stop }) => start < stop)
    .sort((left, right) => left.start - right.start);
  const pieces = [];
  let at = 0;
  for (const { start, stop } of spans) {
    if (stop <= at) continue;
    const from = Math.max(at, start);
    pieces.push(characters.slice(at, from).join(""));
    pieces.push(h("mark", { textContent: characters.slice(from, stop).join("") }));
    at = stop;
  }
  pieces.push(characters.slice(at).join(""));
  return pieces;
}
