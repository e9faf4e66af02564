// Pictures of every screen of the app: wide and narrow, light and dark.
// Usage: node screenshots.js FOLDER      RIDDLE_BINARY names the server, RIDDLE_PICTURE_DOCS a folder of Markdown files
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { call, documentNamed, fill } from "./support/api.js";
import { launch, open } from "./support/browser.js";
import { ask, complete } from "./support/chat.js";
import { startServer } from "./support/server.js";

const QUESTION = "Why did my PDF fail with no_text?";
const FOLLOW_UP = "And what can I do about it?";
const SIZES = [
  { size: "wide", viewport: { width: 1280, height: 900 } },
  { size: "narrow", viewport: { width: 390, height: 844 } },
];

/**
 * A picture: the address of its screen, and what to do there first.
 * @typedef {object} Picture
 * @property {string} name
 * @property {string} at
 * @property {(page: import("playwright-core").Page, size: string) => Promise<unknown>} [prepare]
 */

const [folder] = process.argv.slice(2);
const docs = process.env.RIDDLE_PICTURE_DOCS;
if (!folder || !docs) throw new Error("usage: RIDDLE_PICTURE_DOCS=DOCUMENTS node screenshots.js FOLDER");
mkdirSync(folder, { recursive: true });

const server = await startServer();
const browser = await launch();
try {
  await take([{ name: "start", at: "#/start" }]);
  await take(await screens(await fill(server.address, "Handbook", markdownIn(docs))));
} finally {
  await browser.close();
  await server.stop();
}

/**
 * @param {string} base
 * @returns {Promise<Picture[]>}
 */
async function screens(base) {
  const sources = markdownIn(String(docs));
  const document = await documentNamed(server.address, base, sources[0]?.name ?? "");
  const chat = await answered(base);
  const comparison = await compared(base);
  const query = new URLSearchParams({ kb: base, q: QUESTION });
  return [
    { name: "chat-new", at: "#/chat", prepare: (page) => page.getByRole("heading", { level: 1 }).waitFor() },
    {
      name: "chat",
      at: chat,
      async prepare(page, size) {
        const turn = await complete(page, FOLLOW_UP);
        if (size === "wide") await turn.locator(".cite").first().click();
      },
    },
    {
      name: "source",
      at: chat,
      async prepare(page) {
        const turn = await complete(page, QUESTION);
        await turn.locator(".cite").first().click();
        await page
          .getByRole("complementary", { name: /^Source/ })
          .locator("mark")
          .first()
          .waitFor();
      },
    },
    { name: "knowledge", at: "#/knowledge" },
    {
      name: "documents",
      at: `#/knowledge/${base}?sort=name`,
      prepare: (page) => page.getByRole("link", { name: document.name }).waitFor(),
    },
    { name: "settings", at: `#/knowledge/${base}?tab=settings` },
    {
      name: "document",
      at: `#/documents/${document.id}`,
      prepare: (page) => page.getByRole("article", { name: "Passage 1", exact: true }).waitFor(),
    },
    {
      name: "lab",
      at: `#/lab?${query}`,
      async prepare(page, size) {
        await page.locator("[data-chunk]").first().waitFor();
        if (size === "wide") await page.locator('[data-cell="4-0"]').hover();
      },
    },
    {
      name: "compare",
      at: comparison,
      prepare: (page) => page.getByText("Both answers are there.").waitFor(),
    },
    {
      name: "system",
      at: "#/system",
      prepare: (page) => page.getByRole("heading", { name: "Rerankers" }).waitFor({ state: "attached" }),
    },
  ];
}

/**
 * A chat with a question and a follow-up. Gives the address of its screen.
 * @param {string} base
 */
async function answered(base) {
  const chat = await call(server.address, "POST", "/chats", { knowledge_bases: [base] });
  const at = `#/chat/${chat.id}`;
  const { page, close } = await open(browser, server.address, { at });
  await ask(page, QUESTION);
  await ask(page, FOLLOW_UP);
  await close();
  return at;
}

/**
 * A comparison that was judged. Gives the address of its screen.
 * @param {string} base
 */
async function compared(base) {
  const comparison = await call(server.address, "POST", `/knowledge-bases/${base}/compare`, { question: QUESTION });
  await call(server.address, "PUT", `/comparisons/${comparison.id}/preference`, { preference: "with_rerank" });
  return `#/compare/${comparison.id}`;
}

/** @param {Picture[]} pictures */
async function take(pictures) {
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    for (const { size, viewport } of SIZES) {
      for (const { name, at, prepare } of pictures) {
        const { page, close } = await open(browser, server.address, { at, colorScheme, viewport });
        await prepare?.(page, size);
        // What fades or scrolls smoothly has ended then.
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
