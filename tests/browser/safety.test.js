// What documents and models write stays words; a locked server stays locked.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { call, fill } from "./support/api.js";
import { launch, open } from "./support/browser.js";
import { ask, newChat } from "./support/chat.js";
import { startChatServer } from "./support/chat-server.js";
import { startServer } from "./support/server.js";
import { HOSTILE } from "./support/sources.js";
import { counts, focused, says } from "./support/wait.js";

const NAME = "<img src=x onerror=attacked()>";
const QUESTION = "What does the lighthouse keeper paint? <img src=x onerror=attacked()>";
/** All that Markdown and HTML offer to who wants to run code, to call out or to pass for somebody else. */
const HOSTILE_ANSWER = `<script>attacked()</script> The keeper paints [1] <img src="https://example.com/a.png" onerror="attacked()">
![beacon](https://example.com/b.png?secret) ![by reference][beacon] [run](javascript:attacked()) [data](data:text/html,x)
[the bank](https://example.com/login) <https://example.com/auto> <a href="javascript:attacked()">link</a>
<style>body{display:none}</style> <svg onload="attacked()"><circle /></svg>

<iframe src="https://example.com/frame"></iframe>

| a | b |
|---|---|
| <b onclick="attacked()">x</b> | [y](vbscript:attacked()) |

\`\`\`html
<script>attacked()</script>
\`\`\`

[beacon]: https://example.com/c.png "t"
[1]: https://example.com/instead-of-a-citation
`;

/** @type {import("./support/server.js").Server} */
let server;
/** @type {import("./support/chat-server.js").ChatServer} */
let model;
/** @type {import("playwright-core").Browser} */
let browser;
let base = "";

before(async () => {
  model = await startChatServer();
  model.say(HOSTILE_ANSWER);
  server = await startServer({ config: model.config });
  browser = await launch();
  base = await fill(server.address, NAME, [HOSTILE], { description: "<script>attacked()</script>" });
});

after(async () => {
  await browser?.close();
  await server?.stop();
  await model?.stop();
});

test("nothing of a hostile answer runs, loads or becomes markup", async () => {
  const { page, close } = await open(browser, server.address, { at: await newChat(server.address, base) });
  await arm(page);
  const turn = await ask(page, QUESTION);
  const text = turn.locator(".text");
  await says(text, /<script>attacked\(\)<\/script> The keeper paints/);
  await says(text, /🖼 beacon/);
  await counts(text.locator("a"), 2);
  const links = await text
    .locator("a")
    .evaluateAll((nodes) =>
      nodes.map((node) => [node.getAttribute("href"), node.getAttribute("rel"), node.nextElementSibling?.textContent]),
    );
  const rel = "noopener noreferrer nofollow";
  assert.deepEqual(links[0]?.slice(0, 2), ["https://example.com/login", rel]);
  assert.match(links[0]?.[2] ?? "", /\(example\.com\)/);
  assert.deepEqual(links[1]?.slice(0, 2), ["https://example.com/auto", rel]);
  await counts(text.locator(".cite", { hasText: "[1]" }), 1);
  await onlyOwn(page, text);
  await turn.locator(".cite").first().click();
  await page.getByRole("complementary", { name: "Source 1" }).waitFor();
  await onlyOwn(page, page.getByRole("complementary", { name: "Source 1" }));
  await close();
});

test("nothing of a hostile document runs, loads or becomes markup on any screen", async () => {
  const { documents } = await call(server.address, "GET", `/knowledge-bases/${base}/documents`);
  const screens = /** @type {const} */ ([
    ["#/knowledge", NAME],
    [`#/knowledge/${base}`, HOSTILE.name],
    [`#/documents/${documents[0].id}`, /counts the ships/],
    [`#/lab?kb=${base}&q=lighthouse%20keeper`, /counts the ships/],
    [`#/compare?kb=${base}`, NAME],
    ["#/system", "Rerankers"],
  ]);
  for (const [at, shown] of screens) {
    const { page, close } = await open(browser, server.address, { at });
    await arm(page);
    await page.locator("main").getByText(shown).first().waitFor({ state: "attached" });
    await onlyOwn(page, page.locator("main"));
    await close();
  }
});

test("the page's policy stops what slipped through", async () => {
  const { page, close } = await open(browser, server.address, {
    expected: /Content Security Policy|Trusted/,
  });
  const outcome = await page.evaluate(() => {
    const tried = { html: "", script: "ran" };
    try {
      document.body.insertAdjacentHTML("beforeend", "<p>markup</p>");
      tried.html = "made";
    } catch (thrown) {
      tried.html = String(thrown);
    }
    try {
      window.setTimeout(/** @type {any} */ ("attacked()"));
    } catch {
      tried.script = "refused";
    }
    return tried;
  });
  assert.match(outcome.html, /TypeError/);
  assert.equal(outcome.script, "refused");
  await close();
});

test("a server with a key asks for it and keeps it in the tab", async () => {
  const file = `${server.folder}/test-key`;
  await writeFile(file, "correct-horse-battery-staple-0123456789\n", { mode: 0o600 });
  const locked = await startServer({ more: ["--api-key-file", file] });
  try {
    const { page, close } = await open(browser, locked.address, { expected: /401/, at: "#/start" });
    const dialog = page.getByRole("dialog", { name: "This server needs its API key" });
    await focused(dialog.getByLabel("API key"));
    await page.keyboard.type("wrong-wrong-wrong-wrong-wrong-wrong");
    await page.keyboard.press("Enter");
    await dialog.getByText("The server refuses this key.").waitFor();
    await focused(dialog.getByLabel("API key"));

    // Who puts it off is asked again by what wants the key next.
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });
    await page.getByRole("link", { name: "Evaluations" }).click();
    await dialog.getByLabel("API key").fill("correct-horse-battery-staple-0123456789");
    await dialog.getByRole("button", { name: "Unlock" }).click();
    await dialog.waitFor({ state: "hidden" });
    await page.goto(`${locked.address}/#/knowledge`);
    await page.locator("main h1").waitFor();
    assert.equal(await page.evaluate(() => JSON.stringify(localStorage).includes("battery")), false);
    await page.reload();
    await page.locator("main").getByText("There is no knowledge base yet").waitFor();
    assert.equal(await dialog.isVisible(), false);
    await close();
  } finally {
    await locked.stop();
  }
});

/** @param {import("playwright-core").Page} page */
async function arm(page) {
  await page.evaluate(() =>
    Reflect.set(window, "attacked", () => {
      throw new Error("foreign code ran");
    }),
  );
}

/**
 * Fails on elements that the app itself never makes there, and on any handler in an attribute.
 * @param {import("playwright-core").Page} page
 * @param {import("playwright-core").Locator} part
 */
async function onlyOwn(page, part) {
  const foreign = "script, iframe, object, embed, style, link, form[action], base, meta, img, circle, b";
  await counts(part.locator(`:is(${foreign})`), 0);
  const handlers = await page
    .locator("*")
    .evaluateAll((nodes) => nodes.flatMap((node) => node.getAttributeNames().filter((name) => name.startsWith("on"))));
  assert.deepEqual(handlers, []);
}
