// Live comparisons: what another way to search would have changed, under an answer and on a page of its own.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { call, fill } from "./support/api.js";
import { launch, open } from "./support/browser.js";
import { ask, newChat } from "./support/chat.js";
import { startServer } from "./support/server.js";
import { GARDEN, GARDEN_QUESTION, HARBOUR } from "./support/sources.js";
import { counts, settles } from "./support/wait.js";

const CHANGE = /^(Nothing: the same first sources\.|The same first sources, |\d sources? of the first three)/;

/** @type {import("playwright-core").Browser} */
let browser;

before(async () => {
  browser = await launch();
});

after(async () => {
  await browser?.close();
});

test("what another search would have changed stands under an answer and on its page, and can be deleted", async () => {
  const server = await startServer({ config: "[evaluation.live]\nshare = 1.0\nkeep_days = 7\n" });
  try {
    const chunking = { chunking: { max_tokens: 48, overlap_tokens: 0 } };
    const base = await fill(server.address, "Garden", [GARDEN, HARBOUR], chunking);
    const { page, close } = await open(browser, server.address, { at: await newChat(server.address, base) });
    const turn = await ask(page, GARDEN_QUESTION);
    await settles(async () => {
      const { questions } = await call(server.address, "GET", "/evaluations/live/questions");
      assert.equal(questions.length, 1);
    });
    await turn.getByText("What would another search have changed?").click();
    await turn.getByText(CHANGE).waitFor();

    await page.goto(`${server.address}/#/evaluations`);
    await page.getByRole("link", { name: "Live comparison" }).click();
    await page.getByText("100 % of the chat questions", { exact: false }).waitFor();
    await page.getByRole("heading", { name: "Garden: present against without rerank" }).waitFor();
    await page.getByText(/^1 question since/).waitFor();
    await counts(page.locator("figure:not(:has([data-drawn]))"), 0);
    await page.getByText("As a table").click();
    await page.getByRole("columnheader", { name: "Lower bound" }).waitFor();
    await page.getByRole("rowheader", { name: GARDEN_QUESTION }).waitFor();

    await page.getByRole("button", { name: "Delete all" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete all" }).click();
    await page.getByText("No question has been searched in another way yet.").waitFor();
    const { comparisons } = await call(server.address, "GET", "/evaluations/live");
    assert.deepEqual(comparisons, []);
    await close();
  } finally {
    await server.stop();
  }
});

test("it is off by default, says in Chinese how to turn it on, and an answer has nothing to say of it", async () => {
  const server = await startServer();
  try {
    const base = await fill(server.address, "Garden", [GARDEN]);
    const { page, close } = await open(browser, server.address, { at: await newChat(server.address, base) });
    const turn = await ask(page, GARDEN_QUESTION);
    await counts(turn.getByText("What would another search have changed?"), 0);
    await close();
    const chinese = await open(browser, server.address, { at: "#/evaluations/live", locale: "zh-CN" });
    await chinese.page.getByRole("heading", { name: "没有问题用另一种方式检索" }).waitFor();
    await chinese.close();
  } finally {
    await server.stop();
  }
});
