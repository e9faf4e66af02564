// One question with rerank and without: both answers, their difference, and which is better.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { call, fill } from "./support/api.js";
import { launch, open } from "./support/browser.js";
import { HOLD, startChatServer } from "./support/chat-server.js";
import { startServer } from "./support/server.js";
import { GARDEN, GARDEN_QUESTION, HARBOUR } from "./support/sources.js";
import { has, list, says, settles } from "./support/wait.js";

/** @type {import("./support/server.js").Server} */
let server;
/** @type {import("playwright-core").Browser} */
let browser;

before(async () => {
  server = await startServer();
  browser = await launch();
  const chunking = { max_tokens: 48, overlap_tokens: 0 };
  await fill(server.address, "House and harbour", [GARDEN, HARBOUR], { chunking });
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test("both answers are made one after the other, with figures, and kept", async () => {
  const { page, close } = await open(browser, server.address, { at: "#/compare" });
  await page.getByRole("radio", { name: "One after the other", checked: true }).waitFor();
  await page.getByLabel("Question").fill(GARDEN_QUESTION);
  await page.getByRole("button", { name: "Compare" }).click();
  await page.getByText("Both answers are there.").waitFor();
  await page.waitForURL(/#\/compare\/[0-9a-f-]{36}$/);

  await list(page.locator(".arm > h3"), ["Without rerank", "With rerank"]);
  for (const name of ["Without rerank", "With rerank"]) {
    const arm = armOf(page, name);
    await says(arm.locator(".answer"), /kitchen door/);
    await says(arm.locator("figcaption"), /total [\d.]+ m?s/);
    await arm.locator(".contexts li").first().waitFor();
  }
  await armOf(page, "Without rerank").getByText("not reranked").waitFor();
  await armOf(page, "With rerank")
    .getByText(/reranked by/)
    .waitFor();
  await says(figure(page, "total time"), /\d+\.\d\d×.*with ÷ .* without/s);
  await says(figure(page, "shared passages"), /\d+ of \d+/);
  await says(figure(page, "prompt tokens"), /No language model ran/);
  await close();
});

test("both answers are written by the language model that was chosen", async () => {
  const model = await startChatServer();
  model.say("The spare key hangs behind the kitchen door [1].");
  const written = await startServer({ config: model.configOf(["larger"]) });
  try {
    await fill(written.address, "House and harbour", [GARDEN, HARBOUR]);
    const { page, close } = await open(browser, written.address, { at: "#/compare" });
    await page.getByLabel("Language model").selectOption("larger");
    await page.getByLabel("Question").fill(GARDEN_QUESTION);
    await page.getByRole("button", { name: "Compare" }).click();
    await page.getByText("Both answers are there.").waitFor();
    assert.deepEqual(
      model.asked.map((body) => body.model),
      ["larger", "larger"],
    );
    await close();
  } finally {
    await written.stop();
    await model.stop();
  }
});

test("which is better is one key, and it is kept", async () => {
  const { page, close } = await open(browser, server.address, { at: "#/compare" });
  await page.getByLabel("Question").fill("Who keeps the keys of the boathouse?");
  await page.keyboard.press("Enter");
  await page.getByText("Both answers are there.").waitFor();
  await page.getByLabel("Question").press("2");
  assert.equal(
    await page.getByLabel("Question").inputValue(),
    "Who keeps the keys of the boathouse?2",
    "typing judges nothing",
  );
  assert.equal(await page.getByRole("button", { name: /^Right/ }).getAttribute("aria-pressed"), "false");

  await page.getByRole("heading", { name: "Which answer is better?" }).click();
  await page.keyboard.press("2");
  await page.getByText("Kept: with rerank better.").waitFor();
  await page.reload();
  await page.getByText("Both answers are there.").waitFor();
  const right = page.getByRole("button", { name: /^Right/ });
  await has(right, "aria-pressed", "true");
  const kept = page.getByRole("region", { name: "Kept comparisons" });
  await kept.getByText(/With rerank better in 1 of 1/).waitFor();

  await page.keyboard.press("3");
  await page.getByText("Kept: same.").waitFor();
  await page.getByRole("button", { name: "Take back" }).click();
  await page.getByText("Taken back.").waitFor();
  await settles(async () => {
    const { comparisons } = await call(server.address, "GET", "/comparisons");
    assert.equal(comparisons[0].preference, null);
  });
  await close();
});

test("at the same time both stream side by side, and the page says what that does to times", async () => {
  const model = await startChatServer();
  const written = await startServer({ config: model.config });
  try {
    const own = await fill(written.address, "Garden", [GARDEN]);
    model.say(`The keys hang behind the kitchen door [1]. ${HOLD}They are of brass.`);
    const { page, close } = await open(browser, written.address, { at: "#/compare" });
    await page.getByLabel("At the same time").check();
    await page.getByLabel("Question").fill(GARDEN_QUESTION);
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => {
      const texts = [...document.querySelectorAll(".arm .answer")].map((node) => node.textContent ?? "");
      return texts.length === 2 && texts.every((text) => /kitchen door/.test(text) && !/brass/.test(text));
    });
    model.goOn();
    await page.getByText("Both answers are there.").waitFor();
    await page.getByText("Both ran at the same time and shared the machine.").waitFor();
    await page.getByText("Both answers say the same, word for word.").waitFor();
    await says(figure(page, "prompt tokens"), /[\d,]+ → [\d,]+/);
    await says(figure(page, "to the first word"), /\d+\.\d\d×/);
    const [kept] = (await call(written.address, "GET", "/comparisons")).comparisons;
    assert.equal(kept.order, "parallel");
    assert.equal(kept.knowledge_base.id, own);
    await close();
  } finally {
    await written.stop();
    await model.stop();
  }
});

test("differences between the answers are marked where they are", async () => {
  const model = await startChatServer();
  const written = await startServer({ config: model.config });
  try {
    await fill(written.address, "Garden", [GARDEN]);
    model.say(["The keys hang behind the shed [1].", "The keys hang behind the kitchen door [1]."]);
    const { page, close } = await open(browser, written.address, { at: "#/compare" });
    await page.getByLabel("Question").fill(GARDEN_QUESTION);
    await page.keyboard.press("Enter");
    await page.getByText("Both answers are there.").waitFor();
    await differs(page, "Without rerank", "shed");
    await differs(page, "With rerank", "kitchen door");
    await page.getByRole("switch", { name: "Mark differences" }).uncheck();
    await page.locator(".arm .answer mark").first().waitFor({ state: "detached" });
    await says(armOf(page, "With rerank").locator(".answer"), /kitchen door \[1\]/);
    await close();
  } finally {
    await written.stop();
    await model.stop();
  }
});

test("sources say what the other answer has of them, and are read in their document", async () => {
  const { page, close } = await open(browser, server.address, { at: "#/compare" });
  await page.getByLabel("Question").fill("When may no ship leave, and who comes aboard?");
  await page.keyboard.press("Enter");
  await page.getByText("Both answers are there.").waitFor();
  const source = armOf(page, "With rerank").locator(".contexts li").first();
  await says(source.locator(".marks"), /only here|in both/);
  await source.getByRole("button").click();
  const dialog = page.getByRole("dialog", { name: "Source 1" });
  await dialog.getByRole("link", { name: "Open in the document" }).click();
  await page
    .getByRole("article", { name: /^Passage \d+$/ })
    .first()
    .waitFor();
  await close();
});

test("a kept comparison is opened again and deleted", async () => {
  const { page, close } = await open(browser, server.address, { at: "#/compare" });
  const kept = page.getByRole("region", { name: "Kept comparisons" });
  await kept.getByRole("link", { name: GARDEN_QUESTION }).click();
  await page.getByRole("heading", { name: GARDEN_QUESTION, level: 2 }).waitFor();
  await page.getByText("Both answers are there.").waitFor();
  await kept.getByRole("button", { name: `Delete “${GARDEN_QUESTION}”` }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await kept.getByRole("link", { name: GARDEN_QUESTION }).waitFor({ state: "detached" });
  await page.waitForURL(/#\/compare$/);
  await close();
});

/**
 * @param {import("playwright-core").Page} page
 * @param {string} name
 */
function armOf(page, name) {
  return page.locator(".arm", { has: page.getByRole("heading", { name, exact: true }) });
}

/**
 * @param {import("playwright-core").Page} page
 * @param {string} name
 */
function figure(page, name) {
  return page.locator("dl > div", { has: page.locator("dt", { hasText: name }) });
}

/**
 * Waits until these words of an answer are marked as ones that the other one does not have.
 * @param {import("playwright-core").Page} page
 * @param {string} name
 * @param {string} words
 */
function differs(page, name, words) {
  const marked = armOf(page, name).locator(".answer mark");
  return settles(async () => assert.equal((await marked.allTextContents()).join(" ").trim(), words));
}
