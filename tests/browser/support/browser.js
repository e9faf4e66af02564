// A browser that keeps to itself, and pages that remember what went wrong on them.
import assert from "node:assert/strict";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { WAIT_MS } from "./wait.js";

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

/** The page, and what it loads. */
const APP_FILE = /^$|^icon|^assets\//;

/** What the console says of a request whose server is away: which error it is depends on when it went away. */
export const SERVER_AWAY = /net::ERR_|Failed to fetch/;

/** The browser of the system; `RIDDLE_CHROMIUM` names another. */
export function launch() {
  return chromium.launch({ executablePath: process.env.RIDDLE_CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
}

/**
 * With `RIDDLE_WEB`, a folder with the built app, the app comes from there under the server's own policy, so that a
 * change of it needs no build of the server.
 * @param {string} folder
 * @param {URL} root where the app lies
 * @param {import("playwright-core").Route} route
 */
async function serveFrom(folder, root, route) {
  const own = await route.fetch({ url: root.href }).catch(() => null);
  if (!own) return route.abort();
  const policy = own.headers()["content-security-policy"];
  const path = join(folder, behind(root, new URL(route.request().url())) || "index.html");
  await route.fulfill({ path, headers: own.ok() && policy ? { "content-security-policy": policy } : {} });
}

/**
 * @param {URL} root
 * @param {URL} address below it
 */
function behind(root, address) {
  return address.pathname.slice(root.pathname.length);
}

/**
 * A page and everything that it did besides what was asked of it.
 * @typedef {object} Watched
 * @property {import("playwright-core").Page} page
 * @property {() => void} assertClean fails on errors, dialogs and requests to elsewhere
 * @property {() => Promise<void>} close asserts and closes
 */

/**
 * Opens the app at one of its screens. With `RIDDLE_BROWSER_SLOWER=6` the page gets a sixth of the processor, which shows
 * tests that depend on speed.
 * @param {import("playwright-core").Browser} browser
 * @param {string} address of the server, or of the proxy before it
 * @param {{ at?: string, expected?: RegExp } & import("playwright-core").BrowserContextOptions} [options]
 *   `at`: the address of the screen, such as `#/lab`; `expected`: errors of the console that belong to the test
 * @returns {Promise<Watched>}
 */
export async function open(browser, address, { at = "", expected, ...options } = {}) {
  const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(WAIT_MS);
  const page = await context.newPage();
  const slower = Number(process.env.RIDDLE_BROWSER_SLOWER);
  if (slower > 1) {
    const session = await context.newCDPSession(page);
    await session.send("Emulation.setCPUThrottlingRate", { rate: slower });
  }
  /** @type {string[]} */
  const errors = [];
  /** @type {string[]} */
  const addresses = [];
  page.on("console", (message) => {
    if (!["error", "warning"].includes(message.type()) || expected?.test(message.text())) return;
    errors.push(`console: ${message.text()} (${message.location().url})`);
  });
  page.on("pageerror", (error) => errors.push(`script: ${error.message}`));
  page.on("dialog", (dialog) => {
    errors.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  context.on("request", (request) => addresses.push(request.url()));
  context.on("page", (other) => errors.push(`another page: ${other.url()}`));

  const own = [`${address}/`, `blob:${new URL(address).origin}/`];
  const assertClean = () => {
    assert.deepEqual(errors, []);
    assert.deepEqual(
      addresses.filter((one) => !own.some((start) => one.startsWith(start))),
      [],
    );
    assert.ok(addresses.includes(`${address}/`), "requests were seen");
  };
  const close = async () => {
    try {
      assertClean();
    } finally {
      await context.close();
    }
  };
  const web = process.env.RIDDLE_WEB;
  const root = new URL(`${address}/`);
  const isOfApp = (/** @type {URL} */ url) => url.href.startsWith(root.href) && APP_FILE.test(behind(root, url));
  if (web) await page.route(isOfApp, (route) => serveFrom(web, root, route));
  await page.goto(`${address}/${at}`);
  await page.locator("main h1").first().waitFor();
  return { page, assertClean, close };
}
