// The page for those without a mouse, with a small screen, or with other eyes.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { launch, open } from "./support/browser.js";
import { startServer } from "./support/server.js";
import { addFiles, ask, complete, createBase, GARDEN } from "./support/steps.js";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const QUESTION = "Where do the keys of the greenhouse hang?";

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

for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
  test(`no known barrier on the empty page, ${colorScheme}`, async () => {
    const { page, close } = await open(browser, server.address, { colorScheme });
    assert.deepEqual(await barriers(page), []);
    await close();
  });
}

test("a question is asked and its source opened with the keyboard alone", async () => {
  const { page, close } = await open(browser, server.address);
  await tabTo(page, "#create-name");
  await page.keyboard.type("Home");
  await page.keyboard.press("Enter");
  await page.locator("#base option:checked", { hasText: "Home" }).waitFor({ state: "attached" });
  await addFiles(page, [GARDEN]);

  await page.reload();
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Skip to the question");
  await page.keyboard.press("Enter");
  await tabTo(page, "#question");
  await page.keyboard.type(QUESTION);
  await page.keyboard.press("Enter");
  const answer = await complete(page, QUESTION);
  await tabTo(page, ".cite");
  await page.keyboard.press("Enter");
  await answer.locator(".source[open] mark").first().waitFor();

  await page.keyboard.press("/");
  assert.equal(await page.evaluate(() => document.activeElement?.id), "question");
  await page.keyboard.press("Control+Enter");
  await answer.locator(".ratios").waitFor();
  await close();
});

for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
  for (const width of [1280, 390]) {
    test(`no known barrier and no sideways scroll, ${colorScheme}, ${width} px wide`, async () => {
      const { page, close } = await open(browser, server.address, { colorScheme, viewport: { width, height: 844 } });
      await page.getByText("Documents", { exact: true }).click();
      await page.getByText("What runs here").click();
      const answer = await ask(page, QUESTION);
      await answer.locator(".cite").first().click();
      await page.locator("#compare").click();
      await page.locator(".ratios").waitFor();
      await page.locator(".arms .badges").nth(1).waitFor();
      assert.deepEqual(await barriers(page), []);
      const [content, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok(content <= screen, `${content} px of content on ${screen} px`);
      await close();
    });
  }
}

test("a narrow page in Chinese has no sideways scroll", async () => {
  const { page, close } = await open(browser, server.address, {
    locale: "zh-CN",
    viewport: { width: 390, height: 844 },
  });
  assert.ok(await page.getByRole("button", { name: "提问" }).isVisible());
  await ask(page, QUESTION);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  assert.deepEqual(await barriers(page), []);
  await close();
});

test("files without end wrap instead of widening a narrow page", async () => {
  const { page, close } = await open(browser, server.address, { viewport: { width: 390, height: 844 } });
  await createBase(page, "x".repeat(100));
  const word = "Donaudampfschiff".repeat(12);
  await addFiles(page, [
    { name: `${word}.md`, text: `# ${word}\n\nThe ${word} sails at noon from the old harbour.\n` },
  ]);
  await page.getByText("Documents", { exact: true }).click();
  const answer = await ask(page, `When does the ${word} sail?`);
  await answer.locator("summary").first().click();
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  await close();
});

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
 * @param {import("playwright-core").Page} page
 * @param {string} selector
 */
async function tabTo(page, selector) {
  for (let press = 0; press < 40; press += 1) {
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`Tab never reached ${selector}`);
}
