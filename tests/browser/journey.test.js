// From an empty server to a cited answer, as a user does it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, open } from "./support/browser.js";
import { startServer } from "./support/server.js";
import { addFiles, ask, complete, createBase, GARDEN, HOSTILE } from "./support/steps.js";

const QUESTION = "Where do the keys of the greenhouse hang?";

/** @type {import("./support/server.js").Server} */
let server;
/** @type {import("playwright-core").Browser} */
let browser;
/** @type {import("./support/browser.js").Watched} */
let watched;
/** @type {import("playwright-core").Page} */
let page;

before(async () => {
  server = await startServer();
  browser = await launch();
  watched = await open(browser, server.address);
  page = watched.page;
});

after(async () => {
  await watched?.close();
  await browser?.close();
  await server?.stop();
});

test("an empty server says what to do and offers no question", async () => {
  assert.ok(await page.getByText("There is no knowledge base yet.").isVisible());
  assert.ok(await page.getByRole("button", { name: "Ask" }).isDisabled());
  assert.ok(await page.getByRole("button", { name: "Compare" }).isDisabled());
});

test("a knowledge base is created and files become ready in sight", async () => {
  await createBase(page, "Home rules");
  await page.evaluate(recordStates);
  await addFiles(page, [GARDEN, HOSTILE]);
  const states = await page.evaluate(() => Reflect.get(window, "states"));
  assert.ok(states.includes("uploading"), states.join());
  assert.ok(states.includes("ready"), states.join());
  await page.locator("#base-facts", { hasText: /^2 documents · [1-9]\d* passages$/ }).waitFor();

  await page.getByText("Documents", { exact: true }).click();
  const names = await page.locator("#document-list .name").allTextContents();
  assert.deepEqual(names.sort(), [HOSTILE.name, GARDEN.name]);
});

test("an answer streams in, with its notices and timings", async () => {
  await page.evaluate(recordStream);
  const answer = await ask(page, QUESTION);
  const stream = await page.evaluate(() => Reflect.get(window, "stream"));
  const events = [...stream.matchAll(/^event: (\w+)$/gm)].map((match) => match[1]);
  assert.equal(events[0], "retrieval");
  assert.equal(events.at(-1), "done");
  assert.ok(events.includes("token") && events.includes("citation"), events.join());

  assert.match((await answer.locator(".text").textContent()) ?? "", /behind the kitchen door/);
  assert.equal(await answer.locator(".text.running").count(), 0);
  assert.ok(await answer.getByText("Quoted, not written: no language model is installed").isVisible());
  assert.ok(await answer.getByText("stands in for a cross-encoder").isVisible());
  assert.ok(await answer.locator(".badge.warn", { hasText: "stand-in" }).isVisible());
  const legend = (await answer.locator(".legend").textContent()) ?? "";
  for (const stage of ["embed", "BM25", "dense", "Rerank", "extract", "total"]) {
    assert.match(legend, new RegExp(`${stage} [\\d.]+ m?s`), legend);
  }
  assert.equal(await page.getByRole("status").textContent(), "The answer is complete.");
});

test("a citation opens its source and shows the cited words", async () => {
  const answer = page.locator(".answer").first();
  const citation = answer.locator(".cite", { hasText: "[1]" }).first();
  await citation.click();
  const source = answer.locator('.source[data-number="1"]');
  const mark = source.locator("mark").first();
  await mark.waitFor();
  assert.match((await mark.textContent()) ?? "", /keys of the greenhouse hang behind the kitchen door/);
  assert.ok(await source.getByText(GARDEN.name).isVisible());
  const box = await mark.boundingBox();
  assert.ok(box && box.y >= 0 && box.y + box.height <= 900, "the cited words are on the screen");
  assert.ok(await source.locator("summary").evaluate((node) => node === document.activeElement));
});

test("compare shows both arms and their ratio", async () => {
  await page.locator("#question").fill(QUESTION);
  await page.getByRole("button", { name: "Compare" }).click();
  const answer = await complete(page, QUESTION);
  assert.deepEqual(await answer.locator(".arm > h4").allTextContents(), ["Without rerank", "With rerank"]);
  assert.match((await answer.locator(".ratios").textContent()) ?? "", /^\d+\.\d\d× the total time/);
  for (const arm of await answer.locator(".arm").all()) {
    assert.match((await arm.locator(".text").textContent()) ?? "", /kitchen door/);
    assert.ok((await arm.locator(".source").count()) > 0);
  }
});

test("without rerank the answer says so", async () => {
  await page.getByLabel("Rerank").uncheck();
  const answer = await ask(page, QUESTION);
  assert.ok(await answer.locator(".badge", { hasText: "not reranked" }).isVisible());
  assert.equal(await answer.getByText("stands in for a cross-encoder").count(), 0);
  await page.getByLabel("Rerank").check();
});

test("the page speaks Chinese and remembers it", async () => {
  await page.getByRole("button", { name: "中文" }).click();
  assert.ok(await page.getByRole("heading", { name: "知识库" }).isVisible());
  assert.equal(await page.locator("html").getAttribute("lang"), "zh-Hans");
  const answer = await ask(page, QUESTION);
  assert.ok(await answer.getByText("以下是原文摘录").isVisible());
  const reason = await answer.locator(".badge.warn[title]", { hasText: "代替" }).getAttribute("title");
  assert.match(reason ?? "", /本机没有交叉编码器/);
  await page.reload();
  await page.getByRole("button", { name: "提问" }).waitFor();
  const untranslated = await page
    .locator("[data-i18n]")
    .evaluateAll((nodes) =>
      nodes.map((node) => node.textContent ?? "").filter((text) => !/\p{Script=Han}/u.test(text)),
    );
  assert.deepEqual(untranslated, []);
  await page.getByRole("button", { name: "English" }).click();
  assert.ok(await page.getByRole("button", { name: "Ask" }).isVisible());
});

/** Keeps every state that an upload shows, however short. */
function recordStates() {
  /** @type {string[]} */
  const states = [];
  Reflect.set(window, "states", states);
  const uploads = document.getElementById("uploads");
  if (!uploads) return;
  new MutationObserver(() => {
    for (const node of uploads.querySelectorAll(".state")) states.push(node.textContent ?? "");
  }).observe(uploads, { childList: true, subtree: true, characterData: true });
}

/** Keeps what the server sends as the answer to the next question. */
function recordStream() {
  const original = window.fetch;
  window.fetch = async (...request) => {
    const response = await original(...request);
    window.fetch = original;
    Reflect.set(window, "stream", response.clone().text());
    return response;
  };
}
