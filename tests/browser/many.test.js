// Ten thousand documents in a knowledge base.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fill } from "./support/api.js";
import { launch, open } from "./support/browser.js";
import { startServer } from "./support/server.js";

const DOCUMENTS = 10_000;
/** Rows in sight and some around them, of a few elements each. */
const MOST_ELEMENTS = 2500;

/** @type {import("./support/server.js").Server} */
let server;
/** @type {import("playwright-core").Browser} */
let browser;
let base = "";

before(async () => {
  server = await startServer();
  browser = await launch();
  const sources = Array.from({ length: DOCUMENTS }, (_, index) => ({
    name: `note-${String(index).padStart(5, "0")}.txt`,
    text: `Note ${index} lies on shelf ${index % 97} of hall ${index % 13}.`,
  }));
  base = await fill(server.address, "Archive", sources, { embedder: "none" });
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test("the list scrolls to its end with few elements", async (context) => {
  const { page, close } = await open(browser, server.address, { at: `#/knowledge/${base}?sort=name` });
  await page.getByText("10,000 documents").first().waitFor();
  await page.getByRole("link", { name: "note-00000.txt" }).waitFor();
  const rows = page.locator("[role=rowgroup].rows");
  await rows.focus();

  await page.evaluate(() => {
    const seen = { frames: [0], elements: 0 };
    Reflect.set(window, "seen", seen);
    let last = performance.now();
    const frame = (/** @type {number} */ now) => {
      seen.frames.push(now - last);
      seen.elements = Math.max(seen.elements, document.querySelectorAll("main *").length);
      last = now;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  await rows.evaluate(async (node) => {
    for (let part = 1; part <= 60; part += 1) {
      node.scrollTop = (node.scrollHeight * part) / 60;
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    }
  });
  await page.getByRole("link", { name: "note-09999.txt" }).waitFor();
  const seen = await page.evaluate(() => Reflect.get(window, "seen"));
  assert.ok(seen.elements < MOST_ELEMENTS, `${seen.elements} elements at once`);
  // How long frames took is said and not asserted: it is the machine's time as much as ours.
  const frames = seen.frames.toSorted((/** @type {number} */ a, /** @type {number} */ b) => a - b).map(Math.round);
  context.diagnostic(`frames of ${frames[frames.length >> 1]} ms at the median and ${frames.at(-1)} ms at most`);

  await page.keyboard.press("Home");
  await page.getByRole("link", { name: "note-00000.txt" }).waitFor();
  await close();
});

test("one of them is found by its name, and opened", async () => {
  const { page, close } = await open(browser, server.address, { at: `#/knowledge/${base}` });
  await page.getByLabel("Search names").fill("note-04321");
  const link = page.getByRole("link", { name: "note-04321.txt" });
  await page.getByText("1 document", { exact: true }).waitFor();
  await link.click();
  await page.getByRole("article", { name: "Passage 1" }).getByText("Note 4321 lies on shelf 53 of hall 5.").waitFor();
  await close();
});
