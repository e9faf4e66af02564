// The lab: what each stage of a search found, and what another setting changes.
import assert from "node:assert/strict";
import { cp, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { call, fill } from "./support/api.js";
import { launch, open } from "./support/browser.js";
import { startServer } from "./support/server.js";
import { GARDEN, GARDEN_QUESTION, HARBOUR } from "./support/sources.js";
import { counts, focused, has, list, says, settles } from "./support/wait.js";

const STAGES = ["BM25", "Dense", "Fused", "Reranked", "Kept"];

/** @type {import("./support/server.js").Server} */
let server;
/** @type {import("playwright-core").Browser} */
let browser;
let base = "";

before(async () => {
  server = await startServer();
  browser = await launch();
  const chunking = { max_tokens: 48, overlap_tokens: 0 };
  base = await fill(server.address, "House and harbour", [GARDEN, HARBOUR], { chunking });
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test("a query is shown in five columns, with its tokens and highlighted terms", async () => {
  const { page, close } = await open(browser, server.address, { at: "#/lab" });
  await search(page, GARDEN_QUESTION);
  for (const stage of STAGES) {
    const card = column(page, stage).getByRole("listitem").first();
    await says(card, /1[\s\S]*\.md[\s\S]*\d\.\d{4}/);
  }
  const tokens = await page.getByRole("region", { name: "Results" }).locator("dd code").allTextContents();
  assert.ok(tokens.includes("greenhous") || tokens.includes("greenhouse"), tokens.join());
  const marked = await column(page, "BM25").locator("mark").allTextContents();
  assert.ok(
    marked.some((term) => /^keys$/i.test(term)),
    marked.join(),
  );
  await says(column(page, "Kept").getByRole("listitem").first(), /garden\.md/);
  const api = await call(server.address, "POST", `/knowledge-bases/${base}/search`, {
    query: GARDEN_QUESTION,
    explain: true,
  });
  assert.deepEqual(tokens, api.explain.query_tokens);
  await counts(column(page, "Kept").getByRole("listitem"), api.hits.length);
  await close();
});

test("a passage is lit in all columns, joined by lines, and opened with its scores", async () => {
  const { page, close } = await open(browser, server.address, { at: `#/lab?kb=${base}&q=keys%20of%20the%20boathouse` });
  const card = column(page, "Kept").getByRole("button").first();
  await card.waitFor();
  const chunk = await card.getAttribute("data-chunk");
  await card.hover();
  await counts(page.locator(`button.lit[data-chunk="${chunk}"]`), STAGES.length);
  await page.locator("main svg:not(button svg) :is(path, line, polyline)").first().waitFor({ state: "attached" });

  await card.click();
  const panel = page.getByRole("complementary", { name: /harbour\.md/ });
  await panel.waitFor();
  await counts(panel.getByRole("row"), STAGES.length + 1);
  const rows = await panel.getByRole("row").allTextContents();
  assert.match(rows.join("\n"), /Reranked\s*\d+\s*\d\.\d{4}raw -?\d+\.\d+ \(similarity\)/);
  await panel.getByText("The keys of the boathouse are kept by the harbour master").waitFor();
  await page.keyboard.press("Escape");
  await panel.waitFor({ state: "detached" });
  await close();
});

test("the arrow keys walk through the columns", async () => {
  const { page, close } = await open(browser, server.address, { at: `#/lab?kb=${base}&q=keys` });
  await column(page, "Kept").getByRole("button").first().focus();
  await page.keyboard.press("ArrowLeft");
  await focused(page.locator('[data-cell="3-0"]'));
  await page.keyboard.press("ArrowDown");
  await focused(page.locator('[data-cell="3-1"]'));
  await page.keyboard.press("Enter");
  await page.getByRole("complementary", { name: /\.md/ }).waitFor();
  await close();
});

test("a changed setting shows its difference to the saved one, and is saved with one button", async () => {
  const { page, close } = await open(browser, server.address, { at: "#/lab" });
  await search(page, "Which keys are kept by whom, and where?");
  await page.getByRole("button", { name: /^Settings/ }).click();
  await page.getByRole("switch", { name: "Rerank" }).uncheck();
  await page.getByLabel("Kept", { exact: true }).fill("2");
  await page.getByText("2 changed").waitFor();
  await page.getByText("saved: on").waitFor();
  await page.getByRole("button", { name: "Run" }).click();
  const difference = page.getByRole("region", { name: "What the changes do" });
  await difference.waitFor();
  await difference.getByText(/^gone/).first().waitFor();
  await says(difference.getByRole("row", { name: /^Total/ }), /ms.*\d\.\d\d×/);
  await column(page, "Reranked")
    .getByText(/^Not reranked[:.]/)
    .waitFor();
  await counts(column(page, "Kept").getByRole("listitem"), 2);
  await page.getByRole("button", { name: "Saved settings" }).click();
  await column(page, "Reranked").getByRole("listitem").first().waitFor();

  await page.getByRole("button", { name: "Save to the knowledge base" }).click();
  await page.getByText("Saved. Chats search this way from now on.").waitFor();
  await page.getByText("2 changed").waitFor({ state: "detached" });
  const { retrieval } = await call(server.address, "GET", `/knowledge-bases/${base}`);
  assert.equal(retrieval.rerank, false);
  assert.equal(retrieval.top_n, 2);
  await close();
});

test("a saved weight, deadline and reranker are tried as if they were not set", async () => {
  const rerank = { enabled: true, weight: 0.2, deadline_ms: 900 };
  const path = `/knowledge-bases/${base}`;
  await call(server.address, "PATCH", path, { retrieval: { rerank } });
  const { page, close } = await open(browser, server.address, { at: "#/lab" });
  await page.getByRole("button", { name: /^Settings/ }).click();
  await page.getByLabel("Weight of the reranker").fill("");
  await page.getByLabel("Time limit in ms").fill("");
  await page.getByText("2 changed").waitFor();
  await page.getByText("saved: 0.2").waitFor();
  const asked = page.waitForRequest((request) => request.postDataJSON()?.rerank !== undefined);
  await search(page, GARDEN_QUESTION);
  assert.deepEqual((await asked).postDataJSON().rerank, { weight: null, deadline_ms: null });
  await page.getByRole("region", { name: "What the changes do" }).waitFor();
  const { retrieval } = await call(server.address, "GET", path);
  assert.deepEqual([retrieval.rerank_weight.toFixed(1), retrieval.rerank_deadline_ms], ["0.2", 900]);
  await call(server.address, "PATCH", path, { retrieval: { rerank: { weight: null, deadline_ms: null } } });
  await close();
});

test("a layerwise reranker has a layer to stop at, within its range, and others have none", async () => {
  const { config, models } = await layeredConfig();
  const layered = await startServer({ config, more: ["--models-dir", models] });
  await fill(layered.address, "House", [GARDEN, HARBOUR], { embedder: null });
  const { page, close } = await open(browser, layered.address, { at: "#/lab" });
  await page.getByRole("button", { name: /^Settings/ }).click();
  const layer = page.getByLabel("Layer to stop at");
  await page.getByLabel("Reranker", { exact: true }).selectOption("layered");
  await layer.fill("9");
  await page.getByText("A whole number from 2 to 4, or nothing.").waitFor();
  await layer.fill("3");
  const asked = page.waitForRequest((request) => request.postDataJSON()?.rerank !== undefined);
  await search(page, GARDEN_QUESTION);
  const { model, cutoff_layer } = (await asked).postDataJSON().rerank;
  assert.deepEqual([model, cutoff_layer], ["layered", 3]);
  await page.getByLabel("Reranker", { exact: true }).selectOption("plain");
  await layer.waitFor({ state: "detached" });
  await close();
  await layered.stop();
  await rm(layeredFolder, { recursive: true, force: true });
});

test("a setting that cannot be is said at its field, and nothing runs with it", async () => {
  const { page, close } = await open(browser, server.address, { at: "#/lab" });
  await page.getByRole("button", { name: /^Settings/ }).click();
  await page.getByLabel("Candidates", { exact: true }).fill("0");
  await page.getByText("A whole number from 1 to 1000.").waitFor();
  await has(page.getByLabel("Candidates", { exact: true }), "aria-invalid", "true");
  await page.getByRole("button", { name: "Save to the knowledge base", disabled: true }).waitFor();
  await page.getByRole("button", { name: "Back to saved" }).click();
  await settles(async () => assert.notEqual(await page.getByLabel("Candidates", { exact: true }).inputValue(), "0"));
  await close();
});

test("a narrow screen shows one column at a time", async () => {
  const { page, close } = await open(browser, server.address, {
    at: `#/lab?kb=${base}&q=keys`,
    viewport: { width: 390, height: 844 },
  });
  const tabs = page.getByRole("tab");
  await tabs.first().waitFor();
  await list(tabs, STAGES);
  await page.getByRole("tab", { name: "BM25" }).click();
  await page.getByRole("tabpanel").getByRole("listitem").first().waitFor();
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  await close();
});

let layeredFolder = "";

/** The configuration of a server that has a small layerwise reranker, and one that the layers of cannot be known. */
async function layeredConfig() {
  layeredFolder = await mkdtemp(join(tmpdir(), "riddle-layers-"));
  const source = new URL("../../crates/riddle-models/tests/data/tiny/minicpm-layerwise/", import.meta.url);
  const names = (await readdir(source)).filter((name) => /\.(json|safetensors)$/.test(name));
  const files = names.map((name) => `{ path = "${name}" }`).join(", ");
  const entry = (/** @type {string} */ name, /** @type {string} */ kind, /** @type {string} */ architecture) => `
    [[model]]
    name = "${name}"
    role = "reranker"
    kind = "${kind}"
    default_weight = 1.0
    format = "safetensors"
    architecture = "${architecture}"
    weights = "${kind === "layerwise" ? "model.safetensors.index.json" : "model-00001-of-00003.safetensors"}"
    scale = "logit"
    files = [${files}]
    parameters = 1
    memory_mb = 1
    max_tokens = 64
    languages = ["multilingual"]
    licence = "Apache-2.0"
  `;
  for (const name of ["layered", "plain"]) {
    await cp(source, join(layeredFolder, "models", name), { recursive: true });
  }
  const catalogue = join(layeredFolder, "models.toml");
  await writeFile(catalogue, entry("layered", "layerwise", "minicpm") + entry("plain", "cross_encoder", "xlm_roberta"));
  return { config: `[models]\ncatalogue = ${JSON.stringify(catalogue)}\n`, models: join(layeredFolder, "models") };
}

/**
 * @param {import("playwright-core").Page} page
 * @param {string} query
 */
async function search(page, query) {
  await page.getByRole("searchbox", { name: "Query" }).fill(query);
  await page.locator("form[role=search] button[type=submit]:enabled").waitFor();
  await page.keyboard.press("Enter");
  await column(page, "Kept").getByRole("listitem").first().waitFor();
}

/**
 * @param {import("playwright-core").Page} page
 * @param {string} stage
 */
function column(page, stage) {
  const heading = page.getByRole("heading", { name: stage, exact: true, level: 2 });
  return page.getByRole("region", { name: "Passages by stage" }).locator("section", { has: heading });
}
