// Knowledge bases: made, described, set, filled, sorted and emptied.
import assert from "node:assert/strict";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { call, createBase, fill } from "./support/api.js";
import { launch, open } from "./support/browser.js";
import { drop } from "./support/drag.js";
import { startHub } from "./support/hub.js";
import { pdf } from "./support/pdf.js";
import { record } from "./support/record.js";
import { startServer } from "./support/server.js";
import { fileOf, GARDEN, HARBOUR } from "./support/sources.js";
import { chooseFiles, uploadOf } from "./support/steps.js";
import { counts, holds, says, settles } from "./support/wait.js";

/** @type {import("./support/api.js").Source} */
const CHINESE = {
  name: "出差.md",
  text: "# 出差\n\n员工出差之前须由部门主管批准，费用在返回之后七天内报销，超过期限的不予受理。\n",
};

/** The embedder of the tests under the name of the one that is suggested, from a hub alone. */
const MULTILINGUAL = `
[[model]]
name = "multilingual-e5-small"
role = "embedder"
format = "safetensors"
architecture = "bert"
weights = "model.safetensors"
parameters = 22_700_000
memory_mb = 200
max_tokens = 256
languages = ["multilingual"]
licence = "Apache-2.0"
dimensions = 384
pooling = "mean"
files = [{ path = "config.json" }, { path = "tokenizer.json" }, { path = "model.safetensors" }]
sources = [{ kind = "hub", repo = "riddle/multilingual", revision = "main" }]
`;

const SCAN = { name: "scan.pdf", text: pdf("") };

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

test("a knowledge base is created, described and renamed", async () => {
  const { page, close } = await open(browser, server.address, { at: "#/knowledge" });
  await page.getByRole("button", { name: "New knowledge base" }).first().click();
  const dialog = page.getByRole("dialog", { name: "New knowledge base" });
  await dialog.getByLabel("Name").fill("Rules");
  await dialog.getByLabel("Description").fill("What holds at home");
  await dialog.getByRole("button", { name: "Create" }).click();
  await page.getByRole("heading", { name: "Rules", level: 1 }).waitFor();
  await page.getByText("searched by words and meaning (all-minilm-l6-v2)").waitFor();

  await page.getByRole("button", { name: "What to do with this knowledge base" }).click();
  await page.getByRole("menuitem", { name: "Edit name and description" }).click();
  const edit = page.getByRole("dialog", { name: "Name and description" });
  await edit.getByLabel("Name").fill("House rules");
  await edit.getByRole("button", { name: "Save" }).click();
  await page.getByRole("heading", { name: "House rules", level: 1 }).waitFor();
  await page.getByRole("link", { name: "All knowledge bases" }).click();
  const entry = page.getByRole("listitem").filter({ has: page.getByRole("link", { name: "House rules" }) });
  await says(entry, /What holds at home.*0 documents/s);
  await close();
});

test("settings are saved, and what cannot be is said at its field", async () => {
  const base = await createBase(server.address, "Settings");
  const { page, close } = await open(browser, server.address, { at: `#/knowledge/${base}?tab=settings` });
  await page.getByLabel("Passages for the answer").fill("0");
  await page.getByText("A number from 1 up to the candidates.").waitFor();
  await page.getByRole("button", { name: "Save", disabled: true }).waitFor();
  await page.getByLabel("Passages for the answer").fill("4");
  await page.getByLabel("By words (BM25)").check();
  await page.getByLabel("Longest passage, in tokens").fill("128");
  await page.getByText("3 changes are not saved.").waitFor();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved.", { exact: true }).waitFor();

  await page.reload();
  await page.getByText("Everything is saved.").waitFor();
  await holds(page.getByLabel("Passages for the answer"), "4");
  const kept = await call(server.address, "GET", `/knowledge-bases/${base}`);
  assert.equal(kept.retrieval.mode, "bm25");
  assert.equal(kept.retrieval.top_n, 4);
  assert.equal(kept.chunking.max_tokens, 128);
  await close();
});

test("how both searches are merged is a setting of its own", async () => {
  const base = await createBase(server.address, "Merged");
  const { page, close } = await open(browser, server.address, { at: `#/knowledge/${base}?tab=settings` });
  await page.getByLabel("Weight of the search by meaning: 0.50").fill("0.7");
  await page.getByText("1 change is not saved.").waitFor();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved.", { exact: true }).waitFor();
  const weighted = await call(server.address, "GET", `/knowledge-bases/${base}`);
  assert.equal(weighted.retrieval.fusion.method, "weighted");
  assert.equal(weighted.retrieval.fusion.dense_weight.toFixed(4), "0.7000");

  await page.reload();
  await page.getByLabel("Weight of the search by meaning: 0.70").waitFor();
  await page.getByLabel("How both results are merged").selectOption("reciprocal_rank");
  await page.getByLabel("Weight of the search by meaning").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved.", { exact: true }).waitFor();
  const ranks = await call(server.address, "GET", `/knowledge-bases/${base}`);
  assert.deepEqual(ranks.retrieval.fusion, { method: "reciprocal_rank" });

  await page.getByLabel("By words (BM25)").check();
  await page.getByLabel("How both results are merged").waitFor({ state: "detached" });
  await close();
});

test("which language model answers is a setting, and is taken back", async () => {
  const base = await createBase(server.address, "Quoted");
  const { page, close } = await open(browser, server.address, { at: `#/knowledge/${base}?tab=settings` });
  await page.getByLabel("Language model").selectOption("extractive");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved.", { exact: true }).waitFor();
  assert.equal((await call(server.address, "GET", `/knowledge-bases/${base}`)).chat_model, "extractive");
  await page.reload();
  await holds(page.getByLabel("Language model"), "extractive");
  await page.getByLabel("Language model").selectOption("");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved.", { exact: true }).waitFor();
  assert.equal((await call(server.address, "GET", `/knowledge-bases/${base}`)).chat_model, null);
  await close();
});

test("a file that fails says what to do, and is retried, replaced and deleted", async () => {
  const base = await createBase(server.address, "Failures");
  const { page, close } = await open(browser, server.address, { at: `#/knowledge/${base}` });
  await page.getByRole("heading", { name: "No documents yet" }).waitFor();
  await chooseFiles(page, [fileOf(GARDEN), fileOf(SCAN), fileOf(HARBOUR)]);
  await uploadOf(page, GARDEN.name).locator(".stage.ready").waitFor();
  await uploadOf(page, HARBOUR.name).locator(".stage.ready").waitFor();
  const upload = uploadOf(page, SCAN.name);
  await upload.locator(".stage.failed").waitFor();
  await says(upload.locator("p"), /no text was found/i);

  const row = documentRow(page, SCAN.name);
  await row.getByText("failed").waitFor();
  await says(row.locator(".failure"), /no text was found/i);
  const shown = await record(page, "[role=row] .status");
  await act(page, SCAN.name, "Try again");
  await settles(async () => assert.match((await shown()).join(), /queued|reading/));
  await row.getByText("failed").waitFor();

  const chooser = page.waitForEvent("filechooser");
  await act(page, SCAN.name, "Replace…");
  await (await chooser).setFiles(fileOf({ name: "other.pdf", text: pdf("The shed is painted red in May.") }));
  await row.getByText("ready").waitFor();
  await counts(documentRow(page, "other.pdf"), 0);

  await act(page, SCAN.name, "Delete");
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await row.waitFor({ state: "detached" });
  await page.getByText("1 document deleted.").waitFor();
  const left = await call(server.address, "GET", `/knowledge-bases/${base}/documents`);
  assert.equal(left.total, 2);
  await close();
});

test("the list is filtered by name and status, and sorted", async () => {
  const base = await fill(server.address, "Shelves", [
    { name: "b-long.txt", text: "The long shelf holds atlases. ".repeat(30) },
    { name: "a-short.txt", text: "The short shelf holds stamps." },
    { name: "c-middle.txt", text: "The middle shelf holds novels. ".repeat(5) },
  ]);
  const { page, close } = await open(browser, server.address, { at: `#/knowledge/${base}` });
  const names = page.locator("[role=rowgroup] [role=cell] a");
  await names.nth(2).waitFor();
  await page.getByRole("combobox", { name: "Order" }).selectOption("name");
  await shows(page, ["a-short.txt", "b-long.txt", "c-middle.txt"]);
  await page.getByRole("combobox", { name: "Order" }).selectOption("size");
  await shows(page, ["b-long.txt", "c-middle.txt", "a-short.txt"]);
  await page.getByLabel("Search names").fill("MIDDLE");
  await shows(page, ["c-middle.txt"]);
  await page.getByLabel("Search names").fill("");
  await page.getByRole("combobox", { name: "Status" }).selectOption("failed");
  await page.getByRole("heading", { name: "No document matches" }).waitFor();
  await page.getByRole("button", { name: "Show all" }).click();
  await shows(page, ["b-long.txt", "c-middle.txt", "a-short.txt"]);
  await close();
});

test("several documents are chosen and deleted together", async () => {
  const sources = ["one", "two", "three"].map((name) => ({ name: `${name}.txt`, text: `This is ${name}.` }));
  const base = await fill(server.address, "Several", sources);
  const { page, close } = await open(browser, server.address, { at: `#/knowledge/${base}` });
  await page.getByLabel("Select one.txt").check();
  await page.getByLabel("Select three.txt").check();
  await page.getByText("2 selected").waitFor();
  await page.locator(".selection").getByRole("button", { name: "Delete" }).click();
  await page
    .getByRole("dialog")
    .getByText(/This deletes 2 documents with all their passages/)
    .waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await shows(page, ["two.txt"]);
  await close();
});

test("a folder that is dropped on the page goes to the knowledge base that is open", async () => {
  const base = await createBase(server.address, "Dropped");
  const folder = await mkdtemp(join(tmpdir(), "riddle-drop-"));
  await mkdir(join(folder, "house/rooms"), { recursive: true });
  await writeFile(join(folder, "house/rules.md"), GARDEN.text);
  await writeFile(join(folder, "house/rooms/attic.txt"), "The attic is swept in spring.");
  await writeFile(join(folder, "house/.DS_Store"), "x");
  const { page, close } = await open(browser, server.address, { at: `#/knowledge/${base}` });
  await page.getByRole("heading", { name: "No documents yet" }).waitFor();
  await drop(page, [join(folder, "house")], () => page.getByText("Drop to add to Dropped").waitFor());
  await uploadOf(page, "house/rules.md").locator(".stage.ready").waitFor();
  await uploadOf(page, "house/rooms/attic.txt").locator(".stage.ready").waitFor();
  const note = page.getByText("1 hidden or system file left out.");
  await note.waitFor();
  const [said, tray] = await Promise.all([
    note.boundingBox(),
    page.getByRole("region", { name: "Uploads" }).boundingBox(),
  ]);
  assert.ok(said && tray && said.y + said.height <= tray.y, "the note stands above the list of uploads");
  await page.getByRole("link", { name: "house", exact: true }).click();
  await documentRow(page, "rules.md").getByText("ready").waitFor();
  await page.getByRole("link", { name: "rooms", exact: true }).click();
  await documentRow(page, "attic.txt").getByText("ready").waitFor();

  // What is dropped now is dropped into the folder that is open.
  await writeFile(join(folder, "cellar.txt"), "The cellar is aired in autumn.");
  await drop(page, [join(folder, "cellar.txt")]);
  await uploadOf(page, "house/rooms/cellar.txt").locator(".stage.ready").waitFor();
  await documentRow(page, "cellar.txt").getByText("ready").waitFor();
  await close();
  await rm(folder, { recursive: true });
});

test("documents are browsed by folder, and searched in and below the one that is open", async () => {
  const base = await fill(server.address, "Tree", [
    { name: "top.txt", text: "This lies on top." },
    { name: "staff/leave.txt", text: "Leave is asked for in May." },
    { name: "staff/forms/leave form.txt", text: "This form asks for leave." },
    { name: "archive/staff/leave.txt", text: "Leave is asked for in May." },
  ]);
  const { page, close } = await open(browser, server.address, { at: `#/knowledge/${base}?sort=name` });
  await shows(page, ["archive", "staff", "top.txt"]);
  await says(page.getByRole("row").filter({ hasText: "staff" }), /staff\s*2 documents/);
  await page.getByRole("link", { name: "staff", exact: true }).click();
  await shows(page, ["forms", "leave.txt"]);
  const way = page.getByRole("navigation", { name: "Folders" });
  await says(way, /Tree\s*staff/);
  await page.getByLabel("Search names").fill("leave");
  await shows(page, ["forms/leave form.txt", "leave.txt"]);
  await page.getByLabel("Search names").fill("");
  await page.getByRole("link", { name: "forms", exact: true }).click();
  await shows(page, ["leave form.txt"]);
  await page.goBack();
  await shows(page, ["forms", "leave.txt"]);

  // One of two equal files goes; the other one stays.
  await act(page, "staff/leave.txt", "Delete");
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await shows(page, ["forms"]);
  await way.getByRole("link", { name: "Tree" }).click();
  await shows(page, ["archive", "staff", "top.txt"]);
  await page.getByRole("link", { name: "archive", exact: true }).click();
  await page.getByRole("link", { name: "staff", exact: true }).click();
  await shows(page, ["leave.txt"]);
  await close();
});

test("files that are dropped elsewhere ask where to, and offer a new knowledge base", async () => {
  const folder = await mkdtemp(join(tmpdir(), "riddle-drop-"));
  await writeFile(join(folder, "stars.md"), "# Stars\n\nThe pole star stands still.\n");
  const { page, close } = await open(browser, server.address, { at: "#/lab" });
  await drop(page, [join(folder, "stars.md")]);
  const dialog = page.getByRole("dialog", { name: "Where to?" });
  await dialog.getByLabel("A new knowledge base").check();
  await dialog.getByLabel("Name").fill("Sky");
  await dialog.getByRole("button", { name: "Add" }).click();
  await page.getByRole("heading", { name: "Sky", level: 1 }).waitFor();
  await documentRow(page, "stars.md").getByText("ready").waitFor();
  await close();
  await rm(folder, { recursive: true });
});

test("a knowledge base is deleted only after a question that says what goes", async () => {
  const base = await fill(server.address, "Going", [GARDEN]);
  const { page, close } = await open(browser, server.address, { at: `#/knowledge/${base}` });
  const options = page.getByRole("button", { name: "What to do with this knowledge base" });
  await options.click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete this knowledge base?" });
  await says(dialog, /This deletes “Going” with 1 document and \d+ passages?/);
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await dialog.waitFor({ state: "hidden" });
  await options.click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await dialog.getByRole("button", { name: "Delete" }).click();
  await page.getByRole("heading", { name: "Knowledge bases", level: 1 }).waitFor();
  await page.getByRole("link", { name: "Going" }).waitFor({ state: "detached" });
  await close();
});

/**
 * @param {import("playwright-core").Page} page
 * @param {string} name
 */
function documentRow(page, name) {
  return page.locator("[role=row]", { has: page.getByRole("link", { name, exact: true }) });
}

/**
 * Chooses from a document's menu.
 * @param {import("playwright-core").Page} page
 * @param {string} name
 * @param {string} action
 */
async function act(page, name, action) {
  await page.getByRole("button", { name: `What to do with ${name}` }).click();
  await page.getByRole("menuitem", { name: action }).click();
}

/**
 * Waits until the list shows just these documents, in this order.
 * @param {import("playwright-core").Page} page
 * @param {string[]} names
 */
async function shows(page, names) {
  await page.waitForFunction((expected) => {
    const shown = [...document.querySelectorAll("[role=rowgroup] [role=cell] a")].map((node) => node.textContent);
    return JSON.stringify(shown) === JSON.stringify(expected);
  }, names);
}

test("a Chinese document brings a multilingual embedder into view, and one press changes to it", async () => {
  const folder = await mkdtemp(join(tmpdir(), "riddle-models-"));
  const own = join(String(process.env.RIDDLE_MODELS_DIR), "all-minilm-l6-v2");
  const models = join(folder, "models");
  await cp(own, join(models, "all-minilm-l6-v2"), { recursive: true });
  const hub = await startHub(own);
  const file = join(folder, "catalogue.toml");
  await writeFile(file, MULTILINGUAL);
  const config = `[models]\nhub_endpoint = "${hub.address}"\ncatalogue = "${file}"\n`;
  const online = await startServer({ offline: false, config, more: ["--models-dir", models] });
  try {
    const english = await fill(online.address, "English", [GARDEN], { embedder: "all-minilm-l6-v2" });
    const base = await fill(online.address, "Mixed", [GARDEN, CHINESE], { embedder: "all-minilm-l6-v2" });
    const { page, close } = await open(browser, online.address, { at: `#/knowledge/${english}` });
    await page.getByRole("heading", { level: 1, name: "English" }).waitFor();
    await page.goto(`${online.address}/#/knowledge/${base}`);
    const banner = page.getByRole("region", { name: "A better embedder for these documents" });
    await says(banner, /Some documents here are in Chinese/);
    await says(banner, /all-minilm-l6-v2 does not know Chinese/);
    await page.goto(`${online.address}/#/knowledge/${english}`);
    await page.getByRole("heading", { level: 1, name: "English" }).waitFor();
    await counts(banner, 0);
    await page.goto(`${online.address}/#/knowledge/${base}`);
    hub.pace(20_000_000);
    await banner.getByRole("button", { name: "Download and use it" }).click();
    const change = page.getByRole("region", { name: "Change of the embedder" });
    await says(change, /Changing to multilingual-e5-small/);
    const { hits } = await call(online.address, "POST", `/knowledge-bases/${base}/search`, { query: "spare key" });
    assert.ok(hits.length > 0, "searches go on");
    await counts(change, 0);
    await says(page.locator(".about .facts"), /multilingual-e5-small/);
    await counts(banner, 0);
    const after = await call(online.address, "GET", `/knowledge-bases/${base}`);
    assert.deepEqual([after.embedder, after.embedder_change], ["multilingual-e5-small", null]);
    await close();
  } finally {
    await online.stop();
    hub.stop();
    await rm(folder, { recursive: true });
  }
});

test("the suggestion of an embedder is dismissed for good", async () => {
  const base = await fill(server.address, "Dismissed", [CHINESE], { embedder: "all-minilm-l6-v2" });
  const { page, close } = await open(browser, server.address, { at: `#/knowledge/${base}`, expected: /409/ });
  const banner = page.getByRole("region", { name: "A better embedder for these documents" });
  await banner.getByRole("button", { name: /^Download and use/ }).click();
  await banner.getByText(/offline/).waitFor();
  await banner.getByRole("button", { name: "Do not suggest this again" }).click();
  await counts(banner, 0);
  await page.reload();
  await page.getByRole("heading", { level: 1, name: "Dismissed" }).waitFor();
  await counts(banner, 0);
  await close();
});
