// Knowledge bases and their documents.
import { byId, complain, fields, h, messageOf, recall, remember, t } from "./page.js";
import { api, baseApi, call, events, getJson, send } from "./server.js";

/** How long a file that is ready stays in the list of uploads. */
const SHOW_READY_MS = 4000;

/** @type {import("./types.d.ts").KnowledgeBase[]} */
let bases = [];
/** @type {import("./types.d.ts").StoredDocument[]} */
let documents = [];
/** @type {string | null} */
let cursor = null;

/** @param {string} [select] */
export async function loadBases(select) {
  bases = (await getJson(api("/knowledge-bases"))).knowledge_bases;
  const known = (/** @type {string | null} */ id) => bases.find((base) => base.id === id);
  const chosen = known(select ?? fields.base.value) ?? known(recall(localStorage, "riddle-base")) ?? bases[0];
  fields.base.replaceChildren(...bases.map((base) => h("option", { value: base.id, textContent: base.name })));
  if (chosen) fields.base.value = chosen.id;
  const none = bases.length === 0;
  for (const id of ["drop", "documents", "base"]) byId(id).hidden = none;
  byId("base-empty").hidden = !none;
  byId("new-base").hidden = none;
  if (none) byId("create").hidden = false;
  for (const button of [fields.ask, fields.compare]) button.disabled = none;
}

const chosenBase = () => bases.find((base) => base.id === fields.base.value);

/** Draws what is known, in the language of the moment. */
export function showLibrary() {
  const base = chosenBase();
  byId("base-facts").textContent = base ? t("facts", { documents: base.documents, chunks: base.chunks }) : "";
  byId("more-documents").hidden = !cursor;
  byId("document-list").replaceChildren(...documents.map(documentItem));
}

export async function enterBase() {
  showLibrary();
  const base = chosenBase();
  if (!base) return;
  remember(localStorage, "riddle-base", base.id);
  fields.rerank.checked = base.retrieval.rerank;
  fields.candidates.value = String(base.retrieval.top_k);
  fields.passages.value = String(base.retrieval.top_n);
  await loadDocuments(false);
}

/** @param {Event} event */
export async function createBase(event) {
  event.preventDefault();
  const name = fields.baseName.value.trim();
  if (!name) return;
  try {
    const created = await (await call("POST", api("/knowledge-bases"), { name })).json();
    fields.baseName.value = "";
    byId("create").hidden = true;
    await loadBases(created.id);
    await enterBase();
  } catch (error) {
    complain(error);
  }
}

/** @param {boolean} more whether to add the next ones to those that are shown */
export async function loadDocuments(more) {
  const from = more && cursor ? `&cursor=${encodeURIComponent(cursor)}` : "";
  const page = await getJson(baseApi(`/documents?limit=50${from}`));
  documents = more ? [...documents, ...page.documents] : page.documents;
  cursor = page.next_cursor;
  showLibrary();
}

/** @param {import("./types.d.ts").StoredDocument} one */
function documentItem(one) {
  const buttons = h("span", { class: "row" });
  const path = api(`/documents/${one.id}`);
  const button = (/** @type {string} */ text, /** @type {() => void} */ onclick) =>
    h("button", { class: "small", type: "button", textContent: text, onclick });
  if (one.status === "failed") buttons.append(button(t("retry"), () => act("POST", `${path}/retry`)));
  const remove = () => {
    if (confirm(t("removeSure", { name: one.name }))) act("DELETE", path);
  };
  buttons.append(button(t("remove"), remove));
  return h(
    "li",
    { class: "item" },
    h("span", { class: "name", textContent: one.name }),
    h("span", { class: `state ${one.status}`, textContent: t(one.status) }),
    buttons,
    one.failure ? failureNote(one.failure.message) : null,
  );
}

/** @param {string} message */
const failureNote = (message) => h("span", { class: "note failed", textContent: message });

/**
 * @param {string} method
 * @param {string} path
 */
async function act(method, path) {
  try {
    await call(method, path);
    await refresh();
  } catch (error) {
    complain(error);
  }
}

async function refresh() {
  await loadBases();
  await loadDocuments(false);
}

/** @param {Iterable<File>} files */
export async function upload(files) {
  for (const file of files) {
    const bar = h("progress", { max: 1, value: 0, ariaLabel: file.name });
    const step = h("span", { class: "state", textContent: t("uploading") });
    const item = h("li", { class: "item" }, h("span", { class: "name", textContent: file.name }), step, bar);
    byId("uploads").append(item);
    try {
      const one = await send(file, (share) => {
        bar.value = share / 2;
      });
      step.textContent = one.outcome === "unchanged" ? t("unchanged") : t(one.status);
      follow(one.id, item, step, bar);
    } catch (error) {
      bar.remove();
      step.className = "state failed";
      step.textContent = t("failed");
      item.append(failureNote(messageOf(error)));
    }
  }
}

/**
 * Shows how a document gets on until it is ready or has failed.
 * @param {string} id
 * @param {HTMLElement} item
 * @param {HTMLElement} step
 * @param {HTMLProgressElement} bar
 */
async function follow(id, item, step, bar) {
  try {
    const response = await call("GET", api(`/documents/${id}/events`));
    for await (const event of events(response)) {
      /** @type {import("./types.d.ts").Progress} */
      const data = event.data;
      bar.value = 0.5 + data.progress / 2;
      step.textContent = t(data.status);
      step.className = `state ${data.status}`;
      if (data.failure) item.append(failureNote(data.failure.message));
      if (data.status === "ready") setTimeout(() => item.remove(), SHOW_READY_MS);
    }
  } catch (error) {
    step.textContent = messageOf(error);
  }
  bar.remove();
  await refresh().catch(complain);
}
