// The app for those without a mouse, with a small screen, with other eyes or another language, and in a hurry.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { fill } from "./support/api.js";
import { launch, open } from "./support/browser.js";
import { ask, complete, newChat, readyToAsk } from "./support/chat.js";
import { START, screens } from "./support/screens.js";
import { startServer } from "./support/server.js";
import { GARDEN, GARDEN_QUESTION, HARBOUR } from "./support/sources.js";
import { focused, has, still } from "./support/wait.js";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
/** Most that the chat may load as JavaScript, compressed. */
const CHAT_SCRIPT_BYTES = 250_000;
const WIDTHS = [1280, 390];

/** @type {import("./support/server.js").Server} */
let server;
/** @type {import("playwright-core").Browser} */
let browser;
/** @type {import("./support/screens.js").Screen[]} */
let all;
let base = "";

before(async () => {
  server = await startServer();
  browser = await launch();
  base = await fill(server.address, "Garden", [GARDEN, HARBOUR, ...handbook()]);
  all = await screens(browser, server.address, base, GARDEN.name);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
  for (const width of WIDTHS) {
    test(`no known barrier and no sideways scroll on any screen, ${colorScheme}, ${width} px wide`, async () => {
      const found = [];
      for (const { name, at, shown, prepare } of [...all, START]) {
        const { page, close } = await open(browser, server.address, {
          at,
          colorScheme,
          viewport: { width, height: 844 },
        });
        await page.locator(shown).first().waitFor();
        await prepare?.(page, width > 1000 ? "wide" : "narrow");
        await still(page);
        found.push(...(await barriers(page)).map((barrier) => `${name}: ${barrier}`));
        const sideways = await sidewaysScroll(page);
        if (sideways) found.push(`${name}: ${sideways}`);
        await close();
      }
      assert.deepEqual(found, []);
    });
  }
}

test("every screen speaks Chinese, chosen by the browser, and English when asked", async () => {
  for (const { name, at, shown } of all) {
    const { page, close } = await open(browser, server.address, {
      at,
      locale: "zh-CN",
      viewport: { width: 390, height: 844 },
    });
    await has(page.locator("html"), "lang", "zh-Hans");
    await page.locator(shown).first().waitFor();
    const words = page.locator("main :is(button, h1, h2, h3, label, th, legend):not(.room button):visible");
    await words.first().waitFor();
    const english = (await words.evaluateAll(textsWithoutChinese)).filter((text) => !FROM_THE_DATA.test(text));
    assert.deepEqual(english, [], `${name} is not all Chinese`);
    assert.equal(await sidewaysScroll(page), "", name);
    await close();
  }
  const { page, close } = await open(browser, server.address, { at: "#/knowledge", locale: "zh-CN" });
  await page.getByRole("heading", { name: "知识库", level: 1 }).waitFor();
  await page.getByRole("button", { name: "English" }).click();
  await page.getByRole("heading", { name: /Knowledge/, level: 1 }).waitFor();
  await page.reload();
  await page.getByRole("heading", { name: /Knowledge/, level: 1 }).waitFor();
  await close();
});

test("a question is asked, its source opened and left, with the keyboard alone", async () => {
  const { page, close } = await open(browser, server.address, { at: await newChat(server.address, base) });
  await page.keyboard.press("Tab");
  await focused(page.getByText("Skip to the content"));
  await page.keyboard.press("Enter");
  await focused(page.locator("#content"));
  await tabTo(page, "textarea");
  await page.keyboard.type(GARDEN_QUESTION);
  await readyToAsk(page);
  await page.keyboard.press("Enter");
  const turn = await complete(page, GARDEN_QUESTION);
  await page.locator("main h1").evaluate((heading) => {
    heading.setAttribute("tabindex", "-1");
    heading.focus();
  });
  await tabTo(page, ".cite");
  await page.keyboard.press("Enter");
  await page.getByRole("complementary", { name: "Source 1" }).locator("mark").first().waitFor();
  await page.keyboard.press("Escape");
  await focused(turn.locator(".cite").first());
  await tabTo(page, "[aria-label='Good answer']");
  await page.keyboard.press("Enter");
  await turn.getByLabel(/What was good or bad/).waitFor();

  await page.keyboard.press("/");
  await focused(page.getByLabel("Question", { exact: true }));
  await close();
});

test("every screen, its menu and its dialogs are reached with the keyboard", async () => {
  const { page, close } = await open(browser, server.address, { at: "#/chat" });
  for (const name of ["knowledge", "lab", "compare", "evaluations", "system"]) {
    await tabTo(page, `nav a[href="#/${name}"]`);
    await page.keyboard.press("Enter");
    await page.waitForFunction((hash) => location.hash === hash, `#/${name}`);
    await page.locator(`nav a[aria-current=page][href="#/${name}"]`).waitFor();
  }
  const options = page
    .getByRole("region", { name: "Chats" })
    .getByRole("button", { name: /Options/ })
    .first();
  await options.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("menuitem", { name: "Rename" }).waitFor();
  await focused(page.getByRole("menuitem", { name: "Rename" }));
  await page.keyboard.press("ArrowUp");
  await focused(page.getByRole("menuitem", { name: "Delete" }));
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  await still(page);
  assert.deepEqual(await barriers(page), []);
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
  await close();
});

test("words without end wrap instead of widening a narrow page", async () => {
  const word = "Donaudampfschiff".repeat(12);
  const text = `# ${word}\n\nThe ${word} sails at noon from the old harbour.\n`;
  const long = await fill(server.address, "x".repeat(100), [{ name: `${word}.md`, text }, HARBOUR]);
  const viewport = { width: 390, height: 844 };
  const { page, close } = await open(browser, server.address, { at: await newChat(server.address, long), viewport });
  const turn = await ask(page, `When does the ${word} sail?`);
  await turn.locator(".cite").first().click();
  await page.getByRole("complementary", { name: "Source 1" }).locator("mark").first().waitFor();
  assert.equal(await sidewaysScroll(page), "");
  await close();
  for (const [at, shown] of /** @type {const} */ ([
    ["#/knowledge", "main li"],
    [`#/knowledge/${long}`, "[role=rowgroup] [role=cell] a"],
    [`#/knowledge/${long}?tab=settings`, "main form label"],
    [`#/lab?kb=${long}&q=${word}`, "[data-chunk]"],
  ])) {
    const { page, close } = await open(browser, server.address, { at, viewport });
    await page.locator(shown).first().waitFor();
    assert.equal(await sidewaysScroll(page), "", at);
    await close();
  }
});

// From a folder the app comes uncompressed.
const fromFolder = process.env.RIDDLE_WEB !== undefined;
test("the chat loads little, compressed and once", { skip: fromFolder }, async (context) => {
  const { page, close } = await open(browser, server.address, { at: "#/chat" });
  // A script that is fetched ahead and then run can be listed twice.
  const scripts = await page.evaluate(() => {
    const entries = /** @type {PerformanceResourceTiming[]} */ (performance.getEntriesByType("resource"));
    const sizes = entries.map(({ name, encodedBodySize, decodedBodySize }) => ({
      name,
      encodedBodySize,
      decodedBodySize,
    }));
    return [...new Map(sizes.map((size) => [size.name, size])).values()].filter((size) => size.name.endsWith(".js"));
  });
  const bytes = scripts.reduce((sum, script) => sum + script.encodedBodySize, 0);
  assert.ok(bytes > 0 && bytes < CHAT_SCRIPT_BYTES, `${bytes} bytes of JavaScript`);
  assert.ok(scripts.every((script) => script.encodedBodySize < script.decodedBodySize));
  const paint = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? -1);
  // How long it took is said and not asserted: it is the machine's time as much as ours.
  context.diagnostic(
    `JavaScript of the chat: ${bytes} bytes compressed; first contentful paint after ${Math.round(paint)} ms`,
  );
  // What is still on its way is not kept yet.
  await page.waitForLoadState("networkidle");
  await page.reload();
  await page.waitForLoadState("networkidle");
  await page.reload();
  const again = await page.evaluate(
    () =>
      performance.getEntriesByType("resource").filter((entry) => {
        const { name, transferSize } = /** @type {PerformanceResourceTiming} */ (entry);
        return name.endsWith(".js") && transferSize > 0;
      }).length,
  );
  assert.equal(again, 0, "scripts are kept by the browser");
  await close();
});

/** The sample knowledge base, which holds the answers to what is asked on the screens. */
function handbook() {
  const folder = new URL("../../handbook/en/", import.meta.url);
  const names = readdirSync(folder).filter((name) => name.endsWith(".md"));
  return names.map((name) => ({ name, text: readFileSync(new URL(name, folder), "utf8") }));
}

/** Names, numbers and terms that are the same in both languages. */
const FROM_THE_DATA =
  /^[\d\s.,:%×–—·/()[\]+-]*$|garden|harbour|Garden|Rules|rules|Watering|Greenhouse|Tools|minilm|BM25|English|riddle|PDF|can I do|How is it|there to do|present|rerank|nDCG|@\d+$|^PNG$|^CSV$|\.md|^[a-z0-9.]+([-_][a-z0-9.]+)+$/;

/**
 * @param {(HTMLElement | SVGElement)[]} nodes
 * @returns {string[]}
 */
function textsWithoutChinese(nodes) {
  return nodes
    .map((node) => (node.textContent ?? "").trim())
    .filter((text) => text !== "" && !/\p{Script=Han}/u.test(text));
}

/**
 * What axe-core finds against WCAG, levels A and AA.
 * @param {import("playwright-core").Page} page
 * @returns {Promise<string[]>}
 */
async function barriers(page) {
  // Through the debugger, because the page's own policy rightly lets no foreign script in.
  await page.evaluate(AXE);
  return page.evaluate(async (levels) => {
    const axe = Reflect.get(window, "axe");
    const { violations } = await axe.run({ runOnly: { type: "tag", values: levels } });
    return violations.flatMap((/** @type {any} */ rule) =>
      rule.nodes.map((/** @type {any} */ node) => `${rule.id}: ${node.html} ${node.failureSummary}`),
    );
  }, LEVELS);
}

/**
 * What makes the page, or a part of it that scrolls up and down, wider than its place.
 * @param {import("playwright-core").Page} page
 * @returns {Promise<string>}
 */
function sidewaysScroll(page) {
  return page.evaluate(() => {
    if (document.documentElement.scrollWidth > innerWidth) return `${document.documentElement.scrollWidth} px wide`;
    const wide = [...document.querySelectorAll("main, main > *")].find(
      (node) => node.scrollWidth > node.clientWidth + 1,
    );
    return wide ? `${wide.tagName}.${wide.className} is ${wide.scrollWidth} px on ${wide.clientWidth} px` : "";
  });
}

/**
 * @param {import("playwright-core").Page} page
 * @param {string} selector
 */
async function tabTo(page, selector) {
  for (let press = 0; press < 60; press += 1) {
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`Tab never reached ${selector}`);
}
