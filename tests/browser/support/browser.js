// A browser that keeps to itself, and pages that remember what went wrong on them.
import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { chromium } from "playwright-core";

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const WAIT_MS = 10_000;

/** The browser of the system; `RIDDLE_CHROMIUM` names another. */
export function launch() {
  return chromium.launch({ executablePath: process.env.RIDDLE_CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
}

/**
 * With `RIDDLE_ASSETS` the page's files come from that folder, so that a change of them needs no build.
 * @param {string} folder
 * @param {import("playwright-core").Route} route
 */
function serveFrom(folder, route) {
  return route.fulfill({ path: join(folder, basename(new URL(route.request().url()).pathname)) });
}

/**
 * A page and everything that it did besides what was asked of it.
 * @typedef {object} Watched
 * @property {import("playwright-core").Page} page
 * @property {() => void} assertClean fails on errors, dialogs and requests to elsewhere
 * @property {() => Promise<void>} close asserts and closes
 */

/**
 * Opens the start page.
 * @param {import("playwright-core").Browser} browser
 * @param {string} address of the server
 * @param {import("playwright-core").BrowserContextOptions} options such as the viewport
 * @param {RegExp} [expected] errors of the console that belong to the test
 * @returns {Promise<Watched>}
 */
export async function open(browser, address, options = {}, expected) {
  const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(WAIT_MS);
  const page = await context.newPage();
  /** @type {string[]} */
  const errors = [];
  /** @type {string[]} */
  const addresses = [];
  page.on("console", (message) => {
    if (!["error", "warning"].includes(message.type()) || expected?.test(message.text())) return;
    errors.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => errors.push(`script: ${error.message}`));
  page.on("dialog", (dialog) => {
    errors.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  context.on("request", (request) => addresses.push(request.url()));
  context.on("page", (other) => errors.push(`another page: ${other.url()}`));

  const assertClean = () => {
    assert.deepEqual(errors, []);
    const elsewhere = addresses.filter((one) => !one.startsWith(`${address}/`) && one !== "data:,");
    assert.deepEqual(elsewhere, []);
    assert.ok(addresses.includes(`${address}/`), "requests were seen");
  };
  const close = async () => {
    try {
      assertClean();
    } finally {
      await context.close();
    }
  };
  const assets = process.env.RIDDLE_ASSETS;
  if (assets) await page.route(/\/assets\//, (route) => serveFrom(assets, route));
  await page.goto(`${address}/`);
  await page.locator("#health-dot.ok, #key-dialog[open]").first().waitFor({ state: "attached" });
  return { page, assertClean, close };
}
