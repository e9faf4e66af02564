// From an empty server to a cited answer, as somebody does it who has no manual.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createBase } from "./support/api.js";
import { launch, open } from "./support/browser.js";
import { complete } from "./support/chat.js";
import { startServer } from "./support/server.js";
import { fileOf, GARDEN, GARDEN_QUESTION, HARBOUR } from "./support/sources.js";
import { chooseFiles, createFirstBase } from "./support/steps.js";

/** @type {import("./support/server.js").Server} */
let server;
/** @type {import("playwright-core").Browser} */
let browser;

before(async () => {
  server = await startServer();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test("an empty server leads from a name over files to the first answer", async () => {
  const { page, close } = await open(browser, server.address);
  await page.getByRole("heading", { name: "Ask your own documents", level: 1 }).waitFor();
  assert.match(page.url(), /#\/start$/);
  assert.equal(await due(page), "Name a knowledge base");
  assert.equal(await page.getByRole("textbox", { name: "Name" }).inputValue(), "My documents");
  assert.ok(await page.getByText("No language model is on this machine, so answers are sentences quoted").isVisible());
  assert.ok(await page.getByText("in the place of a cross-encoder, which is not on this machine").isVisible());

  await createFirstBase(page, "Home rules");
  assert.equal(await due(page), "Add files or a folder");
  const focused = await page.evaluate(() => document.activeElement?.textContent);
  assert.match(focused ?? "", /Add files or a folder/, "the focus moves on with the steps");

  await page.evaluate(recordStages);
  await chooseFiles(page, [fileOf(GARDEN), fileOf(HARBOUR)]);
  await step(page, 2)
    .getByText(/passages? to search/)
    .waitFor();
  assert.equal(await due(page), "Ask the first question");
  await step(page, 2).locator("li .stage.ready").nth(1).waitFor();
  const stages = await page.evaluate(() => Reflect.get(window, "stages"));
  const before = stages.indexOf("ready");
  assert.ok(before > 0, `a file is shown on its way before it is ready: ${stages.join()}`);

  await page.getByRole("textbox", { name: "Your question" }).fill(GARDEN_QUESTION);
  await page.keyboard.press("Enter");
  const turn = await complete(page, GARDEN_QUESTION);
  assert.match(page.url(), /#\/chat\/[0-9a-f-]+$/);
  assert.match((await turn.locator(".text").textContent()) ?? "", /behind the kitchen door/);
  await turn.locator(".cite").first().click();
  const cited = page
    .getByRole("complementary", { name: /^Source \d+$/ })
    .locator("mark")
    .first();
  await cited.waitFor();
  assert.match((await cited.textContent()) ?? "", /kitchen door/);
  await close();
});

test("who comes back finds the step that is due", async () => {
  const fresh = await startServer();
  try {
    const { page, close } = await open(browser, fresh.address);
    assert.equal(await due(page), "Name a knowledge base");
    await createBase(fresh.address, "Half done");
    await page.reload();
    await page.getByRole("link", { name: "Half done" }).waitFor();
    assert.equal(await due(page), "Add files or a folder");
    assert.ok(await page.getByText("Step 1 of 3, done:").count());
    await close();
  } finally {
    await fresh.stop();
  }
});

test("a name that is taken is said at its field, and what was typed stays", async () => {
  const fresh = await startServer();
  try {
    const { page, close } = await open(browser, fresh.address, { expected: /409/ });
    const name = page.getByRole("textbox", { name: "Name" });
    await name.waitFor();
    // Somebody else is quicker.
    await createBase(fresh.address, "Rules");
    await name.fill("Rules");
    await page.getByRole("button", { name: "Create" }).click();
    await page.locator("input[aria-invalid=true]").waitFor();
    assert.equal(await name.inputValue(), "Rules");
    const about = (await name.getAttribute("aria-describedby")) ?? "";
    assert.match((await page.locator(`#${about}`).textContent()) ?? "", /Rules/);
    await close();
  } finally {
    await fresh.stop();
  }
});

test("the path is in Chinese for who reads Chinese", async () => {
  const fresh = await startServer();
  try {
    const { page, close } = await open(browser, fresh.address, { locale: "zh-CN" });
    assert.equal(await page.getByRole("textbox", { name: "名称" }).inputValue(), "我的文档");
    assert.ok(await page.getByText("本机没有语言模型，回答是从文档中摘录的句子。").isVisible());
    await close();
  } finally {
    await fresh.stop();
  }
});

/**
 * @param {import("playwright-core").Page} page
 * @param {number} number
 */
function step(page, number) {
  return page.locator("main ol > li").nth(number - 1);
}

/**
 * The heading of the step that is due.
 * @param {import("playwright-core").Page} page
 */
async function due(page) {
  const heading = page.locator("main ol > [aria-current=step] h2");
  await heading.waitFor();
  return ((await heading.textContent()) ?? "").replace(/^.*:\s*/s, "").trim();
}

/** Keeps every stage that the page shows of the files, however short. */
function recordStages() {
  /** @type {string[]} */
  const stages = [];
  Reflect.set(window, "stages", stages);
  new MutationObserver(() => {
    for (const node of document.querySelectorAll("main li .stage")) {
      const stage = (node.textContent ?? "").replace(/\d+ %/, "").trim();
      if (stages.at(-1) !== stage) stages.push(stage);
    }
  }).observe(document.body, { childList: true, subtree: true, characterData: true });
}
