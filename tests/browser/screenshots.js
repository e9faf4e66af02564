// Pictures of every screen of the app: wide and narrow, light and dark.
// Usage: node screenshots.js FOLDER      RIDDLE_BINARY names the server, RIDDLE_PICTURE_DOCS a folder of Markdown files
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fill } from "./support/api.js";
import { launch, open } from "./support/browser.js";
import { START, screens } from "./support/screens.js";
import { startServer } from "./support/server.js";
import { still } from "./support/wait.js";

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
  await take([START]);
  const sources = markdownIn(docs);
  const base = await fill(server.address, "Handbook", sources);
  await take(await screens(browser, server.address, base, sources[0]?.name ?? ""));
} finally {
  await browser.close();
  await server.stop();
}

/** @param {import("./support/screens.js").Screen[]} pictures */
async function take(pictures) {
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    for (const { size, viewport } of SIZES) {
      for (const { name, at, shown, prepare } of pictures) {
        const { page, close } = await open(browser, server.address, { at, colorScheme, viewport });
        await page.locator(shown).first().waitFor();
        await prepare?.(page, size);
        await still(page);
        // What scrolls smoothly has ended then.
        await page.waitForTimeout(400);
        await page.screenshot({ path: join(String(folder), `${name}-${size}-${colorScheme}.png`) });
        await close();
      }
    }
  }
}

/** @param {string} from */
function markdownIn(from) {
  const names = readdirSync(from).filter((name) => name.endsWith(".md"));
  return names.map((name) => ({ name, text: readFileSync(join(from, name), "utf8") }));
}
