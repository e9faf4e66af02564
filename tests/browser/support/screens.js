// Every screen of the app with something on it, for pictures and for what must hold on all of them.
import { call, documentNamed } from "./api.js";
import { open } from "./browser.js";
import { ask, complete } from "./chat.js";
import { evaluate } from "./evaluations.js";

const QUESTION = "Why did my PDF fail with no_text?";
const FOLLOW_UP = "And what can I do about it?";

/**
 * A screen: its address, and what to do there first.
 * @typedef {object} Screen
 * @property {string} name
 * @property {string} at
 * @property {string} shown a selector of what is there once the screen is, in any language
 * @property {(page: import("playwright-core").Page, size: string) => Promise<unknown>} [prepare]
 */

/**
 * Where an empty server leads.
 * @type {Screen}
 */
export const START = { name: "start", shown: "main ol > li", at: "#/start" };

/**
 * The screens of a server on which a knowledge base holds the handbook.
 * @param {import("playwright-core").Browser} browser
 * @param {string} address of the server
 * @param {string} base id of the knowledge base
 * @param {string} name of one of its documents
 * @returns {Promise<Screen[]>}
 */
export async function screens(browser, address, base, name) {
  const document = await documentNamed(address, base, name);
  const chat = await answered(browser, address, base);
  const comparison = await compared(address, base);
  const { set, run } = await evaluated(address, base, name);
  const query = new URLSearchParams({ kb: base, q: QUESTION });
  return [
    {
      name: "chat-new",
      shown: "form.composer",
      at: "#/chat",
      prepare: (page) => page.getByRole("heading", { level: 1 }).waitFor(),
    },
    {
      name: "chat",
      shown: "article .facts",
      at: chat,
      async prepare(page, size) {
        const turn = await complete(page, FOLLOW_UP);
        if (size === "wide") await turn.locator(".cite").first().click();
      },
    },
    {
      name: "source",
      shown: "article .facts",
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
    { name: "live", shown: "main h2", at: "#/evaluations/live" },
    { name: "knowledge", shown: "main li", at: "#/knowledge" },
    {
      name: "documents",
      shown: "[role=rowgroup] [role=cell] a",
      at: `#/knowledge/${base}?sort=name`,
      prepare: (page) => page.getByRole("link", { name: document.name }).waitFor(),
    },
    { name: "settings", shown: "main form label", at: `#/knowledge/${base}?tab=settings` },
    {
      name: "document",
      shown: "main article",
      at: `#/documents/${document.id}`,
      prepare: (page) => page.getByRole("article", { name: "Passage 1", exact: true }).waitFor(),
    },
    {
      name: "lab",
      shown: "[data-chunk]",
      at: `#/lab?${query}`,
      async prepare(page, size) {
        await page.locator("[data-chunk]").first().waitFor();
        if (size === "wide") await page.locator('[data-cell="4-0"]').hover();
      },
    },
    {
      name: "compare",
      shown: ".arm .answer",
      at: comparison,
      prepare: (page) => page.getByText("Both answers are there.").waitFor(),
    },
    {
      name: "evaluations",
      shown: "main li p",
      at: "#/evaluations",
      async prepare(page) {
        for (const summary of await page.locator("form summary").all()) await summary.click();
      },
    },
    {
      name: "evaluation",
      shown: "figure [data-drawn]",
      at: `#/evaluations/runs/${run}`,
      async prepare(page) {
        await page.waitForFunction(() => document.querySelector("figure .host:not([data-drawn])") === null);
        await page.locator("figure details").first().locator("summary").click();
      },
    },
    { name: "evaluation-questions", shown: "main tbody a", at: `#/evaluations/runs/${run}?tab=questions` },
    { name: "evaluation-question", shown: "main ol li", at: `#/evaluations/runs/${run}?tab=questions&place=0` },
    {
      name: "evaluation-judge",
      shown: "main nav ~ article, main nav ~ p:not(.soft):not(.visually-hidden)",
      at: `#/evaluations/runs/${run}?tab=judge`,
    },
    { name: "evaluation-diff", shown: "main nav ~ section h2", at: `#/evaluations/runs/${run}?tab=diff` },
    { name: "evaluation-settings", shown: "main dl", at: `#/evaluations/runs/${run}?tab=tune` },
    { name: "review", shown: "main article blockquote", at: `#/evaluations/sets/${set}` },
    {
      name: "system",
      shown: "main h3",
      at: "#/system",
      prepare: (page) => page.getByRole("heading", { name: "Rerankers" }).waitFor({ state: "attached" }),
    },
  ];
}

/**
 * A chat with a question and a follow-up. Gives the address of its screen.
 * @param {import("playwright-core").Browser} browser
 * @param {string} address
 * @param {string} base
 */
async function answered(browser, address, base) {
  const chat = await call(address, "POST", "/chats", { knowledge_bases: [base] });
  const at = `#/chat/${chat.id}`;
  const { page, close } = await open(browser, address, { at });
  await ask(page, QUESTION);
  await ask(page, FOLLOW_UP);
  await close();
  return at;
}

/**
 * A comparison that was judged. Gives the address of its screen.
 * @param {string} address
 * @param {string} base
 */
async function compared(address, base) {
  const comparison = await call(address, "POST", `/knowledge-bases/${base}/compare`, { question: QUESTION });
  await call(address, "PUT", `/comparisons/${comparison.id}/preference`, { preference: "with_rerank" });
  return `#/compare/${comparison.id}`;
}

/**
 * A set about one of the documents, and a run of it. Gives both ids.
 * @param {string} address
 * @param {string} base
 * @param {string} document
 */
async function evaluated(address, base, document) {
  const content = [QUESTION, FOLLOW_UP, "How is it?", "What is there to do?"]
    .map((question) => JSON.stringify({ question, relevant: [{ document }] }))
    .join("\n");
  const files = [{ name: "questions.jsonl", content }];
  const { id } = await call(address, "POST", "/evaluations/sets", { name: "Garden", knowledge_base: base, files });
  // Of two runs, so that there is something to compare.
  await evaluate(address, id);
  return { set: id, run: await evaluate(address, id) };
}
