// The start page. Everything that comes from a document, a model or a user reaches the page as text, never as markup.

const WORDS = {
  en: {
    skip: "Skip to the question", tagline: "Answers from your documents, with sources", base: "Knowledge base",
    newBase: "New…", baseName: "Name of the knowledge base", create: "Create",
    noBase: "There is no knowledge base yet. Create one, then add documents.",
    addFiles: "Add files", dropHere: "or drop them here: PDF, Word, HTML, Markdown, text, mail…",
    documents: "Documents", more: "More", question: "Question", questionHint: "What would you like to know?",
    rerank: "Rerank", candidates: "Candidates", passages: "Passages", stop: "Stop", compare: "Compare", askButton: "Ask",
    keys: "Enter asks · Ctrl+Enter compares with and without rerank · Esc stops · / jumps here",
    runs: "What runs here", keyNeeded: "This server needs its API key", keyKept: "It is kept in this tab only.", unlock: "Unlock",
    facts: "{documents} documents · {chunks} passages", queued: "queued", parsing: "reading", embedding: "embedding",
    indexing: "indexing", ready: "ready", failed: "failed", uploading: "uploading", unchanged: "already there",
    retry: "Retry", remove: "Delete", removeSure: "Delete “{name}”?", searching: "Searching…", writing: "Writing…",
    done: "The answer is complete.", stopped: "Stopped.", sources: "Sources", page: "page {page}",
    extractive: "Quoted, not written: no language model is installed, so these are sentences of the sources.",
    standIn: "{model} stands in for a cross-encoder whose weights are absent.", notFound: "The sources hold no answer to this.",
    truncated: "The answer was cut at its length limit.", rerankApplied: "reranked by {model}", rerankSkipped: "not reranked",
    rerankFailed: "reranking failed", withRerank: "With rerank", withoutRerank: "Without rerank",
    ratio: "{total}× the total time", ratioFirst: "{first}× the time to the first word", shared: "{shared} of {kept} passages are the same",
    tokens: "{prompt} + {completion} tokens", answeredBy: "answered by {model}", quoted: "quoted", total: "total", first: "first word",
    loaded: "in memory", unloaded: "loads on first use", standInShort: "stand-in", lost: "The connection broke off; ask again.",
    queue: "queue", embed: "embed", bm25: "BM25", dense: "dense", fuse: "fuse", prefill: "prefill", decode: "decode", final: "score",
    embedder: "embedder", reranker: "reranker", chat: "language model", lateFail: "This took too long or was refused.",
  },
  zh: {
    skip: "跳到提问", tagline: "从你的文档中找到答案，并注明出处", base: "知识库",
    newBase: "新建…", baseName: "知识库名称", create: "创建",
    noBase: "还没有知识库。先创建一个，再添加文档。",
    addFiles: "添加文件", dropHere: "或拖到这里：PDF、Word、HTML、Markdown、文本、邮件……",
    documents: "文档", more: "更多", question: "问题", questionHint: "想知道什么？",
    rerank: "重排", candidates: "候选", passages: "段落", stop: "停止", compare: "对比", askButton: "提问",
    keys: "Enter 提问 · Ctrl+Enter 对比有无重排 · Esc 停止 · / 跳到这里",
    runs: "正在运行的模型", keyNeeded: "此服务器需要 API 密钥", keyKept: "密钥只保存在当前标签页。", unlock: "解锁",
    facts: "{documents} 个文档 · {chunks} 个段落", queued: "排队中", parsing: "解析中", embedding: "向量化",
    indexing: "索引中", ready: "就绪", failed: "失败", uploading: "上传中", unchanged: "已存在",
    retry: "重试", remove: "删除", removeSure: "删除“{name}”？", searching: "检索中……", writing: "生成中……",
    done: "回答完成。", stopped: "已停止。", sources: "出处", page: "第 {page} 页",
    extractive: "以下是原文摘录，并非生成：未安装语言模型。",
    standIn: "缺少交叉编码器权重，由 {model} 代替。", notFound: "出处中没有这个问题的答案。",
    truncated: "回答达到长度上限，已截断。", rerankApplied: "由 {model} 重排", rerankSkipped: "未重排",
    rerankFailed: "重排失败", withRerank: "有重排", withoutRerank: "无重排",
    ratio: "总时间为 {total} 倍", ratioFirst: "首字时间为 {first} 倍", shared: "{kept} 个段落中有 {shared} 个相同",
    tokens: "{prompt} + {completion} 个词元", answeredBy: "由 {model} 回答", quoted: "摘录", total: "总计", first: "首字",
    loaded: "已加载", unloaded: "首次使用时加载", standInShort: "代替", lost: "连接中断，请重新提问。",
    queue: "排队", embed: "向量化", bm25: "BM25", dense: "向量检索", fuse: "融合", prefill: "读入", decode: "生成", final: "得分",
    embedder: "向量模型", reranker: "重排模型", chat: "语言模型", lateFail: "超时或被拒绝。",
  },
};
const STAGES = ["queue", "embed", "bm25", "dense", "fuse", "rerank", "prefill", "decode"];
const byId = (id) => document.getElementById(id);
const state = { language: "en", bases: [], running: null, documents: [], cursor: null, health: null };

// ---- words ----

function t(key, values = {}) {
  const text = WORDS[state.language][key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

function setLanguage(language) {
  state.language = language;
  remember(localStorage, "riddle-language", language);
  document.documentElement.lang = language === "zh" ? "zh-Hans" : "en";
  for (const node of document.querySelectorAll("[data-i18n]")) node.textContent = t(node.dataset.i18n);
  for (const node of document.querySelectorAll("[data-i18n-placeholder]")) node.placeholder = t(node.dataset.i18nPlaceholder);
  for (const node of document.querySelectorAll("[data-i18n-label]")) node.setAttribute("aria-label", t(node.dataset.i18nLabel));
  const other = byId("language");
  other.textContent = language === "zh" ? "English" : "中文";
  other.lang = language === "zh" ? "en" : "zh";
  showFacts();
  showDocuments();
  showHealth();
}

function remember(storage, key, value) {
  try { storage.setItem(key, value); } catch { /* A browser that keeps nothing still works. */ }
}

function recall(storage, key) {
  try { return storage.getItem(key); } catch { return null; }
}

// ---- building the page ----

function h(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "class") node.className = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== null) node[name] = value;
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

function say(text) { byId("status").textContent = text; }

// ---- talking to the server ----

class ApiError extends Error {
  constructor(status, body) {
    super(body?.message ?? t("lateFail"));
    this.status = status;
    this.requestId = body?.request_id;
  }
}

function headers(more = {}) {
  const key = recall(sessionStorage, "riddle-key");
  return key ? { ...more, Authorization: `Bearer ${key}` } : more;
}

async function call(method, path, body, signal) {
  const options = { method, headers: headers(body ? { "Content-Type": "application/json" } : {}), signal };
  if (body) options.body = JSON.stringify(body);
  const response = await fetch(path, options);
  if (response.ok) return response;
  const problem = await response.json().catch(() => null);
  if (response.status === 401) await askForKey();
  if (response.status === 401) return call(method, path, body, signal);
  throw new ApiError(response.status, problem);
}

const api = (path) => `/api/v1${path}`;
const baseApi = (path = "") => api(`/knowledge-bases/${encodeURIComponent(byId("base").value)}${path}`);
const getJson = async (path) => (await call("GET", path)).json();

let keyQuestion = null;
function askForKey() {
  keyQuestion ??= new Promise((resolve) => {
    const dialog = byId("key-dialog");
    dialog.addEventListener("close", () => {
      remember(sessionStorage, "riddle-key", byId("key").value.trim());
      byId("key").value = "";
      keyQuestion = null;
      resolve();
    }, { once: true });
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    dialog.showModal();
  });
  return keyQuestion;
}

// Server-sent events by hand: EventSource can send neither a body nor a key.
async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    buffer += value;
    const blocks = buffer.split("\n\n");
    buffer = blocks.pop();
    for (const block of blocks) {
      const field = (name) => block.split("\n").find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      const data = field("data");
      if (data) yield { name: field("event"), data: JSON.parse(data) };
    }
  }
}

// ---- knowledge bases ----

async function loadBases(select) {
  state.bases = (await getJson(api("/knowledge-bases"))).knowledge_bases;
  const wanted = select ?? byId("base").value ?? recall(localStorage, "riddle-base");
  byId("base").replaceChildren(...state.bases.map((base) => h("option", { value: base.id, textContent: base.name })));
  const saved = recall(localStorage, "riddle-base");
  const chosen = state.bases.find((base) => base.id === wanted) ?? state.bases.find((base) => base.id === saved) ?? state.bases[0];
  if (chosen) byId("base").value = chosen.id;
  const none = state.bases.length === 0;
  for (const id of ["drop", "documents", "base"]) byId(id).hidden = none;
  byId("base-empty").hidden = !none;
  if (none) byId("create").hidden = false;
  for (const id of ["submit", "compare"]) byId(id).disabled = none;
}

function chosenBase() { return state.bases.find((base) => base.id === byId("base").value); }

function showFacts() {
  const base = chosenBase();
  byId("base-facts").textContent = base ? t("facts", { documents: base.documents, chunks: base.chunks }) : "";
}

async function enterBase() {
  const base = chosenBase();
  showFacts();
  if (!base) return;
  remember(localStorage, "riddle-base", base.id);
  byId("rerank").checked = base.retrieval.rerank;
  byId("top-k").value = base.retrieval.top_k;
  byId("top-n").value = base.retrieval.top_n;
  await loadDocuments(false);
}

async function createBase(event) {
  event.preventDefault();
  const name = byId("create-name").value.trim();
  if (!name) return;
  try {
    const created = await (await call("POST", api("/knowledge-bases"), { name })).json();
    byId("create-name").value = "";
    byId("create").hidden = true;
    await loadBases(created.id);
    await enterBase();
  } catch (error) { complain(error); }
}

// ---- documents ----

async function loadDocuments(more) {
  const cursor = more && state.cursor ? `&cursor=${encodeURIComponent(state.cursor)}` : "";
  const page = await getJson(baseApi(`/documents?limit=50${cursor}`));
  state.documents = more ? [...state.documents, ...page.documents] : page.documents;
  state.cursor = page.next_cursor;
  showDocuments();
}

function showDocuments() {
  byId("more-documents").hidden = !state.cursor;
  byId("document-list").replaceChildren(...state.documents.map(documentItem));
}

function documentItem(one) {
  const buttons = h("span", { class: "row" });
  const path = api(`/documents/${one.id}`);
  if (one.status === "failed") {
    buttons.append(h("button", { class: "small", type: "button", textContent: t("retry"), onclick: () => act("POST", `${path}/retry`) }));
  }
  const remove = () => confirm(t("removeSure", { name: one.name })) && act("DELETE", path);
  buttons.append(h("button", { class: "small", type: "button", textContent: t("remove"), onclick: remove }));
  const reason = one.failure ? h("span", { class: "note failed", textContent: one.failure.message }) : null;
  return h("li", { class: "item" },
    h("span", { class: "name", textContent: one.name }),
    h("span", { class: `state ${one.status}`, textContent: t(one.status) }), buttons, reason);
}

async function act(method, path) {
  try {
    await call(method, path);
    await refresh();
  } catch (error) { complain(error); }
}

async function refresh() {
  await loadBases();
  showFacts();
  await loadDocuments(false);
}

async function upload(files) {
  for (const file of files) {
    const bar = h("progress", { max: 1, value: 0 });
    const step = h("span", { class: "state", textContent: t("uploading") });
    const item = h("li", { class: "item" }, h("span", { class: "name", textContent: file.name }), step, bar);
    byId("uploads").append(item);
    try {
      const accepted = await send(file, (share) => { bar.value = share / 2; });
      const one = accepted.documents[0];
      step.textContent = one.outcome === "unchanged" ? t("unchanged") : t(one.status);
      follow(one.id, item, step, bar);
    } catch (error) {
      bar.remove();
      step.className = "state failed";
      step.textContent = t("failed");
      item.append(h("span", { class: "note failed", textContent: error.message }));
    }
  }
}

// XMLHttpRequest, because fetch does not tell how much of a body is sent.
function send(file, progress) {
  const form = new FormData();
  form.append("file", file, file.webkitRelativePath || file.name);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", baseApi("/documents"));
    for (const [name, value] of Object.entries(headers())) request.setRequestHeader(name, value);
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => event.lengthComputable && progress(event.loaded / event.total));
    request.addEventListener("error", () => reject(new Error(t("lost"))));
    request.addEventListener("load", () => {
      if (request.status === 202) resolve(request.response);
      else reject(new ApiError(request.status, request.response));
    });
    request.send(form);
  });
}

async function follow(id, item, step, bar) {
  try {
    const response = await call("GET", api(`/documents/${id}/events`));
    for await (const { data } of events(response)) {
      bar.value = 0.5 + data.progress / 2;
      step.textContent = t(data.status);
      step.className = `state ${data.status}`;
      if (data.failure) item.append(h("span", { class: "note failed", textContent: data.failure.message }));
      if (data.status === "ready") setTimeout(() => item.remove(), 4000);
    }
  } catch (error) { step.textContent = error.message; }
  bar.remove();
  await refresh().catch(complain);
}

// ---- questions ----

function settings(question) {
  const body = { question };
  const number = (id) => Number.parseInt(byId(id).value, 10);
  if (number("top-k") > 0) body.top_k = number("top-k");
  if (number("top-n") > 0) body.top_n = number("top-n");
  return body;
}

function begin(question) {
  state.running?.abort();
  state.running = new AbortController();
  byId("stop").hidden = false;
  say(t("searching"));
  const card = h("article", { class: "answer" }, h("h3", { textContent: question }));
  byId("answers").prepend(card);
  return { card, controller: state.running };
}

function end(controller, message) {
  if (state.running === controller) {
    state.running = null;
    byId("stop").hidden = true;
  }
  say(message);
}

async function ask(event) {
  event?.preventDefault();
  const question = byId("question").value.trim();
  if (!question || byId("submit").disabled) return;
  const { card, controller } = begin(question);
  const arm = newArm(card);
  const body = { ...settings(question), rerank: byId("rerank").checked, stream: true };
  try {
    const response = await call("POST", baseApi("/ask"), body, controller.signal);
    for await (const { name, data } of events(response)) arm.on(name, data);
    if (!arm.complete) throw new Error(t("lost"));
    end(controller, t("done"));
  } catch (error) {
    arm.fail(error.name === "AbortError" ? t("stopped") : error.message);
    end(controller, t("stopped"));
  }
}

async function compare() {
  const question = byId("question").value.trim();
  if (!question || byId("compare").disabled) { byId("question").focus(); return; }
  const { card, controller } = begin(question);
  const waiting = h("p", { class: "text running", textContent: t("searching") });
  card.append(waiting);
  try {
    const response = await call("POST", baseApi("/compare"), settings(question), controller.signal);
    const result = await response.json();
    waiting.remove();
    const ratio = (number) => number.toFixed(2);
    const line = h("p", { class: "ratios" }, h("strong", { textContent: t("ratio", { total: ratio(result.total_ratio) }) }));
    if (result.first_token_ratio !== null) line.append(` · ${t("ratioFirst", { first: ratio(result.first_token_ratio) })}`);
    line.append(` · ${t("shared", { shared: result.shared_contexts, kept: result.with_rerank.contexts.length })}`);
    const arms = h("div", { class: "arms" });
    card.append(line, arms);
    newArm(arms, t("withoutRerank")).finish(result.without_rerank);
    newArm(arms, t("withRerank")).finish(result.with_rerank);
    end(controller, t("done"));
  } catch (error) {
    waiting.className = "text error";
    waiting.textContent = error.name === "AbortError" ? t("stopped") : error.message;
    end(controller, t("stopped"));
  }
}

// One answer in the making: its text, its sources, and what is to be known about both.
function newArm(parent, title) {
  const text = h("p", { class: "text running" });
  const facts = h("div", {});
  const sources = h("div", {});
  parent.append(h("section", { class: "arm" }, title ? h("h4", { textContent: title }) : null, text, facts, sources));
  const arm = { complete: false };
  let written = "";
  let citations = [];
  let drawn = false;

  const draw = () => {
    drawn = false;
    text.replaceChildren(...written.split(/(\[\d+\])/).map((piece) => {
      const number = /^\[(\d+)\]$/.exec(piece)?.[1];
      return number ? h("button", { class: "cite", type: "button", textContent: piece, onclick: () => open(Number(number)) }) : piece;
    }));
  };
  const open = (number) => {
    const source = sources.querySelector(`[data-number="${number}"]`);
    if (!source) return;
    source.open = true;
    source.querySelector("summary").focus({ preventScroll: true });
    (source.querySelector("mark") ?? source).scrollIntoView({ block: "center" });
  };
  const showSources = (contexts) => {
    const opened = new Set([...sources.querySelectorAll("[open]")].map((node) => node.dataset.number));
    const items = contexts.map((context) => sourceItem(context, citations.filter((one) => one.number === context.number)));
    for (const item of items) item.open = opened.has(item.dataset.number);
    sources.replaceChildren(items.length ? h("h4", { textContent: t("sources") }) : "", ...items);
  };

  arm.on = (name, data) => {
    if (name === "retrieval") {
      arm.contexts = data.contexts;
      showSources(data.contexts);
      facts.replaceChildren(...notices(data.notices), timeline(data.timings));
      say(t("writing"));
    } else if (name === "token") {
      written += data.text;
      if (!drawn) requestAnimationFrame(draw);
      drawn = true;
    } else if (name === "citation") {
      citations.push(data);
      showSources(arm.contexts);
    } else if (name === "done") {
      arm.finish(data);
    } else if (name === "error") {
      throw new Error(data.message);
    }
  };
  arm.finish = (answer) => {
    arm.complete = true;
    written = answer.answer;
    citations = answer.citations;
    draw();
    text.classList.remove("running");
    showSources(answer.contexts);
    facts.replaceChildren(badges(answer), ...notices(honesty(answer)), timeline(answer.timings));
  };
  arm.fail = (message) => {
    text.classList.remove("running");
    facts.prepend(h("p", { class: "error", textContent: message }));
  };
  return arm;
}

// What the page says itself, in the reader's language.
const SAID = /^No language model is installed|^The answer was cut|stands? in for/;

// What must not be kept from the reader.
function honesty(answer) {
  const all = [];
  if (!answer.found) all.push(t("notFound"));
  if (answer.mode === "extractive") all.push(t("extractive"));
  if (answer.rerank.stand_in && answer.rerank.status === "applied") all.push(t("standIn", { model: answer.rerank.model ?? "" }));
  if (answer.truncated) all.push(t("truncated"));
  return [...all, ...answer.notices.filter((one) => !SAID.test(one))];
}

const notices = (all) => all.map((one) => h("p", { class: "notice", textContent: one }));

function badges(answer) {
  const { rerank, usage } = answer;
  const model = rerank.model ?? "";
  const outcome = { applied: t("rerankApplied", { model }), skipped: t("rerankSkipped"), failed: t("rerankFailed") }[rerank.status];
  const badge = (text, warn, title) => h("span", { class: warn ? "badge warn" : "badge", textContent: text, title: title ?? "" });
  const all = [badge(answer.mode === "extractive" ? t("quoted") : t("answeredBy", { model: answer.model }), answer.mode === "extractive")];
  const facts = [rerank.device, rerank.kind, rerank.status === "applied" ? ms(rerank.ms) : null, rerank.reason];
  const why = rerank.status !== "applied" && rerank.reason ? `: ${rerank.reason}` : "";
  all.push(badge(rerank.stand_in ? `${outcome} (${t("standInShort")})` : outcome + why, rerank.status === "failed" || rerank.stand_in,
    facts.filter(Boolean).join(" · ")));
  if (usage.total_tokens > 0) all.push(badge(t("tokens", { prompt: usage.prompt_tokens, completion: usage.completion_tokens })));
  return h("p", { class: "badges" }, ...all);
}

const ms = (value) => (value >= 1000 ? `${(value / 1000).toFixed(2)} s` : `${value.toFixed(value < 10 ? 1 : 0)} ms`);

function timeline(timings) {
  const parts = STAGES.map((stage) => [stage, timings[`${stage}_ms`]]).filter(([, value]) => value > 0);
  const bar = h("div", { class: "bar", ariaHidden: "true" }, ...parts.map(([stage, value]) => {
    const part = h("span", { class: `stage-${stage}` });
    part.style.flexGrow = value * 1000;
    return part;
  }));
  const legend = parts.map(([stage, value]) => h("span", {}, h("i", { class: `stage-${stage}` }), `${t(stage)} ${ms(value)}`));
  if (timings.first_token_ms !== null) legend.push(h("span", { textContent: `${t("first")} ${ms(timings.first_token_ms)}` }));
  legend.push(h("strong", { textContent: `${t("total")} ${ms(timings.total_ms)}` }));
  return h("div", {}, bar, h("p", { class: "legend" }, ...legend));
}

function sourceItem(context, citations) {
  const { hit } = context;
  const place = [...hit.heading_path, hit.page ? t("page", { page: hit.page }) : null].filter(Boolean).join(" › ");
  const score = (name, stage) => (stage ? `${name} #${stage.rank} ${stage.score.toFixed(3)}` : null);
  const scores = [`${t("final")} ${hit.score.toFixed(3)}`, score(t("rerank"), hit.rerank), score(t("fuse"), hit.fused),
    score("BM25", hit.bm25), score(t("dense"), hit.dense)].filter(Boolean).join(" · ");
  const item = h("details", { class: "source" },
    h("summary", {}, h("span", { class: "n", textContent: `[${context.number}]` }),
      h("span", { class: "where", textContent: hit.document.name }), h("span", { class: "path", textContent: place }),
      h("span", { class: "scores", textContent: scores })),
    h("p", { class: "passage" }, ...highlighted(hit, citations)));
  item.dataset.number = context.number;
  return item;
}

// Spans count Unicode characters of the document's text.
function highlighted(hit, citations) {
  const characters = Array.from(hit.text);
  const spans = citations
    .map(({ source_span: span }) => [Math.max(0, span.start - hit.span.start), Math.min(characters.length, span.end - hit.span.start)])
    .filter(([start, stop]) => start < stop)
    .sort((left, right) => left[0] - right[0]);
  const pieces = [];
  let at = 0;
  for (const [start, stop] of spans) {
    if (stop <= at) continue;
    pieces.push(characters.slice(at, Math.max(at, start)).join(""));
    pieces.push(h("mark", { textContent: characters.slice(Math.max(at, start), stop).join("") }));
    at = stop;
  }
  pieces.push(characters.slice(at).join(""));
  return pieces;
}

// ---- health ----

async function loadHealth() {
  state.health = await getJson(api("/health")).catch(() => ({ ok: false }));
  showHealth();
}

function showHealth() {
  const { health } = state;
  if (!health) return;
  byId("health-dot").className = health.ok ? "dot ok" : "dot bad";
  byId("models").replaceChildren(...(health.models ?? []).map((model) => h("li", { class: "item" },
    h("span", { class: "name", textContent: `${t(model.role)}: ${model.name}${model.stand_in ? ` (${t("standInShort")})` : ""}` }),
    h("span", { class: "state", textContent: model.device }),
    h("span", { class: "state", textContent: model.loaded ? t("loaded") : t("unloaded") }))));
  byId("health-notices").replaceChildren(...notices(health.notices ?? []).map((one) => h("li", {}, one)));
}

function complain(error) {
  byId("answers").prepend(h("p", { class: "notice error", role: "alert", textContent: error.message }));
}

// ---- start ----

function listen() {
  byId("language").addEventListener("click", () => setLanguage(state.language === "zh" ? "en" : "zh"));
  byId("base").addEventListener("change", () => enterBase().catch(complain));
  byId("new-base").addEventListener("click", () => {
    byId("create").hidden = !byId("create").hidden;
    if (!byId("create").hidden) byId("create-name").focus();
  });
  byId("create").addEventListener("submit", createBase);
  byId("more-documents").addEventListener("click", () => loadDocuments(true).catch(complain));
  byId("files").addEventListener("change", (event) => {
    upload([...event.target.files]);
    event.target.value = "";
  });
  const drop = byId("drop");
  for (const name of ["dragover", "dragleave", "drop"]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", name === "dragover");
      if (name === "drop") upload([...event.dataTransfer.files]);
    });
  }
  byId("ask").addEventListener("submit", ask);
  byId("compare").addEventListener("click", compare);
  byId("stop").addEventListener("click", () => state.running?.abort());
  byId("question").addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) compare(); else ask();
  });
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
    if (event.key === "Escape") state.running?.abort();
    else if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      byId("question").focus();
    }
  });
}

async function start() {
  const saved = recall(localStorage, "riddle-language");
  setLanguage(saved ?? (navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en"));
  listen();
  try {
    await loadBases();
    await enterBase();
  } catch (error) { complain(error); }
  await loadHealth();
  setInterval(loadHealth, 30_000);
}

start();
