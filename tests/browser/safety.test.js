// A document that attacks its reader stays words.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { launch, open } from "./support/browser.js";
import { startServer } from "./support/server.js";
import { addFiles, ask, createBase, HOSTILE } from "./support/steps.js";

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

test("nothing of a hostile document runs, loads or becomes markup", async () => {
  const { page, close } = await open(browser, server.address);
  await page.evaluate(() =>
    Reflect.set(window, "attacked", () => {
      throw new Error("the document ran code");
    }),
  );
  await createBase(page, "<img src=x onerror=attacked()>");
  await addFiles(page, [HOSTILE]);
  await page.getByText("Documents", { exact: true }).click();
  const answer = await ask(page, "What does the lighthouse keeper paint? <img src=x onerror=attacked()>");
  for (const citation of await answer.locator(".cite").all()) await citation.click();
  await answer.locator("mark").first().waitFor();

  const passages = (await answer.locator(".passage").allTextContents()).join("\n");
  assert.match(passages, /lighthouse keeper counts the ships/);
  assert.equal(await page.locator("main :is(script, img, iframe, a, object, embed)").count(), 0);
  assert.equal(await page.locator("main svg").count(), 0);
  const handlers = await page
    .locator("*")
    .evaluateAll((nodes) => nodes.flatMap((node) => node.getAttributeNames().filter((name) => name.startsWith("on"))));
  assert.deepEqual(handlers, []);
  await close();
});

test("a server with a key asks for it and keeps it in the tab", async () => {
  const file = `${server.folder}/test-key`;
  await writeFile(file, "correct-horse-battery-staple-0123456789\n", { mode: 0o600 });
  const locked = await startServer(["--api-key-file", file]);
  try {
    const { page, close } = await open(browser, locked.address, {}, /401/);
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("This server needs its API key").fill("correct-horse-battery-staple-0123456789");
    await dialog.getByRole("button", { name: "Unlock" }).click();
    await dialog.waitFor({ state: "hidden" });
    await createBase(page, "locked");
    assert.equal(await page.evaluate(() => JSON.stringify(localStorage).includes("battery")), false);
    await page.reload();
    await page.locator("#base option:checked", { hasText: "locked" }).waitFor({ state: "attached" });
    await close();
  } finally {
    await locked.stop();
  }
});
