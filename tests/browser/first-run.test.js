// From an empty server to a cited answer, as somebody does it who has no manual.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createBase } from "./support/api.js";
import { launch, open } from "./support/browser.js";
import { complete } from "./support/chat.js";
import { record } from "./support/record.js";
import { startServer } from "./support/server.js";
import { fileOf, GARDEN, GARDEN_QUESTION, HARBOUR } from "./support/sources.js";
import { chooseFiles, createFirstBase } from "./support/steps.js";
import { counts, holds, says } from "./support/wait.js";

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
  await page.waitForURL(/#\/start$/);
  await due(page, "Name a knowledge base");
  await holds(page.getByRole("textbox", { name: "Name" }), "My documents");
  await page.getByText("No language model that answers well is on this machine, so answers").waitFor();
  await page.getByText("in the place of a cross-encoder, which is not on this machine").waitFor();

  await createFirstBase(page, "Home rules");
  await due(page, "Add files or a folder");
  // The focus moves on with the steps.
  await says(page.locator(":focus"), /Add files or a folder/);

  const stages = await record(page, "main li .stage");
  await chooseFiles(page, [fileOf(GARDEN), fileOf(HARBOUR)]);
  await step(page, 2)
    .getByText(/passages? to search/)
    .waitFor();
  await due(page, "Ask the first question");
  await step(page, 2).locator("li .stage.ready").nth(1).waitFor();
  const seen = await stages();
  assert.ok(seen.indexOf("ready") > 0, `a file is shown on its way before it is ready: ${seen.join()}`);

  await page.getByRole("textbox", { name: "Your question" }).fill(GARDEN_QUESTION);
  await page.keyboard.press("Enter");
  const turn = await complete(page, GARDEN_QUESTION);
  await page.waitForURL(/#\/chat\/[0-9a-f-]+$/);
  await says(turn.locator(".text"), /behind the kitchen door/);
  await turn.locator(".cite").first().click();
  const cited = page
    .getByRole("complementary", { name: /^Source \d+$/ })
    .locator("mark")
    .first();
  await cited.waitFor();
  await says(cited, /kitchen door/);
  await close();
});

test("a long name stays inside its step, and the list of uploads stays small beside it", async () => {
  const fresh = await startServer();
  try {
    const { page, close } = await open(browser, fresh.address);
    await createFirstBase(page, "Contracts");
    await chooseFiles(page, [{ ...fileOf(GARDEN), name: `${"a name that is long ".repeat(8)}.md` }]);
    await step(page, 2).locator("li .stage.ready").waitFor();
    const [card, row] = await Promise.all([step(page, 2).boundingBox(), step(page, 2).locator("li").boundingBox()]);
    assert.ok(card && row && row.x + row.width <= card.x + card.width, "the row ends inside its card");
    const uploads = page.getByRole("region", { name: "Uploads" });
    await counts(uploads.locator("li"), 0);
    await uploads.getByRole("button", { name: "Show the uploads" }).click();
    await counts(uploads.locator("li"), 1);
    await close();
  } finally {
    await fresh.stop();
  }
});

test("who comes back finds the step that is due", async () => {
  const fresh = await startServer();
  try {
    const { page, close } = await open(browser, fresh.address);
    await due(page, "Name a knowledge base");
    await createBase(fresh.address, "Half done");
    await page.reload();
    await page.getByRole("link", { name: "Half done" }).waitFor();
    await due(page, "Add files or a folder");
    await page.getByText("Step 1 of 3, done:").waitFor({ state: "attached" });
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
    await holds(name, "Rules");
    const about = (await name.getAttribute("aria-describedby")) ?? "";
    await says(page.locator(`#${about}`), /Rules/);
    await close();
  } finally {
    await fresh.stop();
  }
});

test("the path is in Chinese for who reads Chinese", async () => {
  const fresh = await startServer();
  try {
    const { page, close } = await open(browser, fresh.address, { locale: "zh-CN" });
    await holds(page.getByRole("textbox", { name: "名称" }), "我的文档");
    await page.getByText("本机没有能写好回答的语言模型，回答是从文档中摘录的句子。").waitFor();
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
 * Waits until the step with this heading is due.
 * @param {import("playwright-core").Page} page
 * @param {string} heading
 */
function due(page, heading) {
  return says(page.locator("main ol > [aria-current=step] h2"), new RegExp(`^(.*:)?\\s*${heading}\\s*$`, "s"));
}
