// A document's page: its text, cut into passages that are read, edited, disabled and brought back.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { addTexts, call, createBase } from "./support/api.js";
import { launch, open } from "./support/browser.js";
import { startServer } from "./support/server.js";
import { GARDEN } from "./support/sources.js";
import { focused, holds, list, says, settles } from "./support/wait.js";

/** @type {import("./support/server.js").Server} */
let server;
/** @type {import("playwright-core").Browser} */
let browser;
let base = "";
let garden = "";

before(async () => {
  server = await startServer();
  browser = await launch();
  base = await createBase(server.address, "Garden", { chunking: { max_tokens: 48, overlap_tokens: 8 } });
  garden = (await addTexts(server.address, base, [GARDEN])).get(GARDEN.name) ?? "";
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test("the page shows the text with the boundaries of its passages", async () => {
  const { page, close } = await open(browser, server.address, { at: `#/documents/${garden}` });
  await page.getByRole("heading", { name: GARDEN.name, level: 1 }).waitFor();
  const { chunks } = await call(server.address, "GET", `/documents/${garden}/chunks`);
  assert.ok(chunks.length >= 3, "the document has several passages");
  await passage(page, chunks.length).waitFor();
  for (const chunk of chunks) {
    const card = passage(page, chunk.ordinal + 1);
    await list(card.locator(".text"), [chunk.text]);
    await says(card.locator("header"), new RegExp(`${chunk.token_count} tokens`));
  }
  await passage(page, 2).getByText(chunks[1].heading_path.join(" › ")).waitFor();
  await page.getByRole("link", { name: "Back to Garden" }).click();
  await page.getByRole("heading", { name: "Garden", level: 1 }).waitFor();
  await close();
});

test("the page shows the metadata that a document has in its front matter", async () => {
  const text = "---\nauthor: Ada\ntags: [net, ops]\nnested:\n  inner: 1\n---\n\nThe gate is closed at ten.";
  const gates = await createBase(server.address, "Gates");
  const added = await addTexts(server.address, gates, [{ name: "gate.md", text }]);
  const { page, close } = await open(browser, server.address, { at: `#/documents/${added.get("gate.md")}` });
  await page.getByText("1 field of the front matter is no metadata").waitFor();
  const details = page.locator("details").filter({ hasText: "Metadata" });
  await details.locator("summary").click();
  await list(details.locator("dt"), ["author", "tags"]);
  await list(details.locator("dd"), ["Ada", "net, ops"]);
  await close();
});

test("a passage is edited, found by its new words, and brought back from its history", async () => {
  const { page, close } = await open(browser, server.address, { at: `#/documents/${garden}` });
  const card = page.getByRole("article").filter({ hasText: "brass" });
  const number = Number(((await card.getAttribute("aria-label")) ?? "").replace(/\D/g, ""));
  await page.getByRole("button", { name: `Edit passage ${number}` }).click();
  const editor = page.getByLabel(`Text of passage ${number}`);
  await focused(editor);
  const before = await editor.inputValue();
  await editor.fill("The keys hang in the periscope.");
  await page.keyboard.press("Control+Enter");
  await passage(page, number).getByText("edited", { exact: true }).waitFor();
  await finds("periscope", true);

  await choose(page, number, "History…");
  const history = page.getByRole("dialog", { name: `History of passage ${number}` });
  await history.getByText("original").waitFor();
  await settles(async () => assert.match((await history.locator("del").allTextContents()).join(), /periscope/));
  await history.getByRole("button", { name: "Bring this one back" }).click();
  await page.getByText("Brought back as a new revision.").waitFor();
  await list(passage(page, number).locator(".text"), [before]);
  await finds("periscope", false);
  await close();
});

test("a disabled passage is found by no search until it is enabled again", async () => {
  const { page, close } = await open(browser, server.address, { at: `#/documents/${garden}` });
  const card = page.getByRole("article").filter({ hasText: "lawn mower" });
  const number = Number(((await card.getAttribute("aria-label")) ?? "").replace(/\D/g, ""));
  await choose(page, number, "Disable: no search finds it");
  await passage(page, number).getByText("disabled", { exact: true }).waitFor();
  await finds("mower", false);
  await choose(page, number, "Enable: searches find it again");
  await passage(page, number).getByText("disabled", { exact: true }).waitFor({ state: "detached" });
  await finds("mower", true);
  await close();
});

test("two people who edit the same passage lose nothing", async () => {
  const { page, close } = await open(browser, server.address, { at: `#/documents/${garden}`, expected: /409/ });
  await page.getByRole("button", { name: "Edit passage 1", exact: true }).click();
  const editor = page.getByLabel("Text of passage 1", { exact: true });
  await editor.fill("Mine: tomatoes like the sun.");
  const { chunks } = await call(server.address, "GET", `/documents/${garden}/chunks`);
  await call(server.address, "PATCH", `/chunks/${chunks[0].id}`, { text: "Theirs: tomatoes like the rain." });
  await page.getByRole("button", { name: "Save" }).click();
  const conflict = page.getByRole("alert");
  await conflict.getByText("Somebody else has changed this passage meanwhile.").waitFor();
  await holds(editor, "Mine: tomatoes like the sun.");
  await settles(async () => assert.match((await conflict.locator("del").allTextContents()).join(), /Theirs|rain/));
  await conflict.getByRole("button", { name: "Save mine over theirs" }).click();
  await passage(page, 1).locator(".text", { hasText: "Mine: tomatoes like the sun." }).waitFor();
  await close();
});

/**
 * @param {import("playwright-core").Page} page
 * @param {number} number
 */
function passage(page, number) {
  return page.getByRole("article", { name: `Passage ${number}`, exact: true });
}

/**
 * @param {import("playwright-core").Page} page
 * @param {number} number
 * @param {string} action
 */
async function choose(page, number, action) {
  await page.getByRole("button", { name: `What to do with passage ${number}`, exact: true }).click();
  await page.getByRole("menuitem", { name: action }).click();
}

/**
 * Waits until a search by words finds a word in the knowledge base, or does not: indexes follow in a moment.
 * @param {string} word
 * @param {boolean} expected
 */
function finds(word, expected) {
  return settles(async () => {
    const body = { query: word, mode: "bm25", rerank: false };
    const { hits } = await call(server.address, "POST", `/knowledge-bases/${base}/search`, body);
    const found = hits.some((/** @type {{ text: string }} */ hit) => hit.text.includes(word));
    assert.equal(found, expected, `a search for ${word} ${expected ? "finds nothing" : "still finds it"}`);
  });
}
