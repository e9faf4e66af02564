// The page itself: its elements, its language, and how new elements are made. Everything that comes from a document, a
// model or a user reaches the page as text, never as markup.
import { WORDS } from "./words.js";

/** @type {import("./words.js").Language} */
let language = "en";

/**
 * @template {HTMLElement} [E=HTMLElement]
 * @param {string} id
 * @param {new () => E} [kind]
 * @returns {E}
 */
export function byId(id, kind) {
  const node = document.getElementById(id);
  if (!(node instanceof (kind ?? HTMLElement))) throw new Error(`the page has no ${id}`);
  return /** @type {E} */ (node);
}

export const fields = {
  base: byId("base", HTMLSelectElement),
  baseName: byId("create-name", HTMLInputElement),
  files: byId("files", HTMLInputElement),
  question: byId("question", HTMLTextAreaElement),
  rerank: byId("rerank", HTMLInputElement),
  candidates: byId("top-k", HTMLInputElement),
  passages: byId("top-n", HTMLInputElement),
  ask: byId("submit", HTMLButtonElement),
  compare: byId("compare", HTMLButtonElement),
  key: byId("key", HTMLInputElement),
};

/**
 * The words of a key in the reader's language.
 * @param {string} key
 * @param {Record<string, string | number>} values what stands in for `{name}`
 */
export function t(key, values = {}) {
  const text = WORDS[language][key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

/**
 * What the server says, in the reader's language where the page has words for it.
 * @param {string} key
 * @param {Record<string, string | number>} values what stands in for `{name}`
 * @param {string} text the server's English
 */
export const told = (key, values, text) => (key in WORDS[language] ? t(key, values) : text);

/** @param {import("./types.d.ts").Notice} notice */
export function noticeText({ code, text, values }) {
  const names = new Intl.DisplayNames([document.documentElement.lang], { type: "language" });
  const language = values.language ? (names.of(values.language) ?? values.language) : "";
  return told(`notice_${code}`, { ...values, language }, text);
}

/** The language that is not shown. */
export const otherLanguage = () => (language === "zh" ? "en" : "zh");

/**
 * Puts everything that stands in the HTML into a language.
 * @param {import("./words.js").Language} chosen
 */
export function translate(chosen) {
  language = chosen;
  remember(localStorage, "riddle-language", chosen);
  document.documentElement.lang = chosen === "zh" ? "zh-Hans" : "en";
  for (const node of each("[data-i18n]")) node.textContent = t(node.dataset.i18n ?? "");
  for (const node of each("[data-i18n-placeholder]")) {
    node.setAttribute("placeholder", t(node.dataset.i18nPlaceholder ?? ""));
  }
  for (const node of each("[data-i18n-label]")) node.setAttribute("aria-label", t(node.dataset.i18nLabel ?? ""));
  const other = byId("language");
  other.textContent = chosen === "zh" ? "English" : "中文";
  other.lang = otherLanguage();
}

/** @param {string} selector */
const each = (selector) => /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(selector));

/**
 * @param {Storage} storage
 * @param {string} key
 * @param {string} value
 */
export function remember(storage, key, value) {
  try {
    storage.setItem(key, value);
  } catch {
    // A browser that keeps nothing still works.
  }
}

/**
 * @param {Storage} storage
 * @param {string} key
 */
export function recall(storage, key) {
  try {
    return storage.getItem(key);
  } catch {
    return null;
  }
}

/**
 * Makes an element: `class`, listeners as `onclick`, and every other property under its own name.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, any>} properties
 * @param {(Node | string | null | undefined)[]} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "class") node.className = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== null) Reflect.set(node, name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/**
 * Tells those who hear the page what has changed.
 * @param {string} text
 */
export function say(text) {
  byId("status").textContent = text;
}

/** @param {string[]} all */
export const notices = (all) => all.map((one) => h("p", { class: "notice", textContent: one }));

/** @param {unknown} error */
export const messageOf = (error) => (error instanceof Error ? error.message : String(error));

/** @param {unknown} error */
export function complain(error) {
  byId("answers").prepend(h("p", { class: "notice error", role: "alert", textContent: messageOf(error) }));
}
