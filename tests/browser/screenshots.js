// Pictures of the start page: empty, with an open citation, and comparing; wide and narrow, light and dark.
// Usage: node screenshots.js FOLDER      RIDDLE_BINARY names the server, RIDDLE_PICTURE_DOCS a folder of Markdown files
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { launch, open } from "./support/browser.js";
import { startServer } from "./support/server.js";
import { addFiles, ask, createBase } from "./support/steps.js";

const QUESTION = "Why did my PDF fail with no_text?";
const SIZES = [
  { size: "wide", viewport: { width: 1280, height: 900 } },
  { size: "narrow", viewport: { width: 390, height: 844 } },
];

const [folder] = process.argv.slice(2);
const docs = process.env.RIDDLE_PICTURE_DOCS;
if (!folder || !docs) throw new Error("usage: RIDDLE_PICTURE_DOCS=DOCUMENTS node screenshots.js FOLDER");
mkdirSync(folder, { recursive: true });

const server = await startServer();
const browser = await launch();
try {
  await eachLook(async (page, name) => picture(page, `empty-${name}`));
  const { page, close } = await open(browser, server.address);
  await createBase(page, "Handbook");
  await addFiles(page, markdownIn(docs));
  await close();
  await eachLook(async (page, name) => {
    const answer = await ask(page, QUESTION);
    await answer.locator(".cite").first().click();
    await page.evaluate(() => scrollTo(0, 0));
    await picture(page, `answer-${name}`);
  });
  await eachLook(async (page, name) => {
    await page.locator("#question").fill(QUESTION);
    await page.locator("#compare").click();
    await page.locator(".arms .badges").nth(1).waitFor();
    await picture(page, `compare-${name}`);
  });
} finally {
  await browser.close();
  await server.stop();
}

/** @param {(page: import("playwright-core").Page, name: string) => Promise<void>} show */
async function eachLook(show) {
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    for (const { size, viewport } of SIZES) {
      const { page, close } = await open(browser, server.address, { colorScheme, viewport });
      await show(page, `${size}-${colorScheme}`);
      await close();
    }
  }
}

/**
 * @param {import("playwright-core").Page} page
 * @param {string} name
 */
async function picture(page, name) {
  await page.screenshot({ path: join(String(folder), `${name}.png`), fullPage: true });
}

/** @param {string} from */
function markdownIn(from) {
  const names = readdirSync(from).filter((name) => name.endsWith(".md"));
  return names.map((name) => ({ name, text: readFileSync(join(from, name), "utf8") }));
}
