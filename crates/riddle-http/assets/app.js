// The start page: what happens when, and what runs in the server.
import { createBase, enterBase, loadBases, loadDocuments, showLibrary, upload } from "./library.js";
import { byId, complain, fields, h, notices, otherLanguage, recall, t, translate } from "./page.js";
import { ask, compare, stop } from "./questions.js";
import { api, getJson } from "./server.js";

const HEALTH_EVERY_MS = 30_000;

/** @type {import("./types.d.ts").Health | null} */
let health = null;

/** @param {import("./words.js").Language} language */
function setLanguage(language) {
  translate(language);
  showLibrary();
  showHealth();
}

async function loadHealth() {
  health = await getJson(api("/health")).catch(() => ({ ok: false }));
  showHealth();
}

function showHealth() {
  if (!health) return;
  byId("health-dot").className = health.ok ? "dot ok" : "dot bad";
  byId("models").replaceChildren(...(health.models ?? []).map(modelItem));
  byId("health-notices").replaceChildren(...notices(health.notices ?? []).map((one) => h("li", {}, one)));
}

/** @param {import("./types.d.ts").Model} model */
function modelItem(model) {
  const name = `${t(model.role)}: ${model.name}`;
  return h(
    "li",
    { class: "item" },
    h("span", { class: "name", textContent: model.stand_in ? `${name} (${t("standInShort")})` : name }),
    h("span", { class: "state", textContent: model.device }),
    h("span", { class: "state", textContent: model.loaded ? t("loaded") : t("unloaded") }),
  );
}

function listen() {
  byId("language").addEventListener("click", () => setLanguage(otherLanguage()));
  fields.base.addEventListener("change", () => enterBase().catch(complain));
  byId("new-base").addEventListener("click", () => {
    byId("create").hidden = !byId("create").hidden;
    if (!byId("create").hidden) fields.baseName.focus();
  });
  byId("create").addEventListener("submit", createBase);
  byId("more-documents").addEventListener("click", () => loadDocuments(true).catch(complain));
  fields.files.addEventListener("change", () => {
    upload([...(fields.files.files ?? [])]);
    fields.files.value = "";
  });
  listenForDrops(byId("drop"));
  byId("ask").addEventListener("submit", ask);
  fields.compare.addEventListener("click", compare);
  byId("stop").addEventListener("click", stop);
  listenForKeys();
}

/** @param {HTMLElement} drop */
function listenForDrops(drop) {
  for (const name of /** @type {const} */ (["dragover", "dragleave", "drop"])) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", name === "dragover");
      if (name === "drop") upload([...(event.dataTransfer?.files ?? [])]);
    });
  }
}

function listenForKeys() {
  fields.question.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) compare();
    else ask();
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof Element && event.target.matches("input, textarea, select");
    if (event.key === "Escape") stop();
    else if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      fields.question.focus();
    }
  });
}

async function start() {
  const chinese = navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
  const saved = recall(localStorage, "riddle-language");
  setLanguage(saved === "en" || saved === "zh" ? saved : chinese);
  listen();
  try {
    await loadBases();
    await enterBase();
  } catch (error) {
    complain(error);
  }
  await loadHealth();
  setInterval(loadHealth, HEALTH_EVERY_MS);
}

start();
