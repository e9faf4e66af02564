// Models, health, queue and storage.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { call, fill } from "./support/api.js";
import { launch, open } from "./support/browser.js";
import { startHub } from "./support/hub.js";
import { startServer } from "./support/server.js";
import { GARDEN } from "./support/sources.js";
import { counts, says, settles } from "./support/wait.js";

const EMBEDDER = "all-minilm-l6-v2";
const ABSENT = "ms-marco-tinybert-l2-v2";

/** The embedder of the tests by another name, from a hub alone. */
const OWN_MODEL = `
[[model]]
name = "own-embedder"
role = "embedder"
format = "safetensors"
architecture = "bert"
weights = "model.safetensors"
parameters = 22_700_000
memory_mb = 200
max_tokens = 256
languages = ["en"]
licence = "Apache-2.0"
dimensions = 384
pooling = "mean"
files = [{ path = "config.json" }, { path = "tokenizer.json" }, { path = "model.safetensors" }]
sources = [{ kind = "hub", repo = "riddle/own-embedder", revision = "main" }]
`;

/** @type {import("./support/server.js").Server} */
let server;
/** @type {import("playwright-core").Browser} */
let browser;

before(async () => {
  server = await startServer({ engine: "fastest" });
  browser = await launch();
  await fill(server.address, "Garden", [GARDEN]);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test("an offline server says so once, with the remedy, and on its buttons", async () => {
  const { page, close } = await open(browser, server.address, { at: "#/system" });
  const note = page.getByRole("region", { name: "This server is offline" });
  await note.waitFor();
  await says(note, /restart it without --offline/);
  await says(note, /riddle models pull/);
  const download = page.getByRole("button", { name: `Download ${ABSENT}` });
  await page.getByRole("button", { name: `Download ${ABSENT}`, disabled: true }).waitFor();
  await settles(async () => assert.match((await download.getAttribute("title")) ?? "", /offline/));
  await close();
});

test("models are grouped by role and say in words how they stand", async () => {
  const { page, close } = await open(browser, server.address, { at: "#/system" });
  const used = modelRow(page, "Embedders", EMBEDDER);
  await used.getByText("In memory").waitFor();
  await used.getByText("In use", { exact: true }).waitFor();
  await used.getByText("Stands in for a cross-encoder").waitFor();
  for (const fact of [/Runs on .*cpu/, /On disk \d+(\.\d)? MB/, /Languages English/, /Licence Apache-2\.0/]) {
    await settles(async () =>
      assert.match(((await used.locator("dl").textContent()) ?? "").replace(/\s+/g, " "), fact),
    );
  }
  const absent = modelRow(page, "Rerankers", ABSENT);
  await absent.getByText("Not on this machine").waitFor();
  await page.getByRole("region", { name: "Language models" }).getByRole("listitem").first().waitFor();
  await close();
});

test("a model is verified, and the verdict is a sentence", async () => {
  const { page, close } = await open(browser, server.address, { at: "#/system" });
  await page.getByRole("button", { name: `Verify ${EMBEDDER}` }).click();
  const dialog = page.getByRole("dialog", { name: `Verify ${EMBEDDER}` });
  await dialog.getByText(/^All files are sound/).waitFor({ timeout: 60_000 });
  await dialog.getByRole("button", { name: "Close" }).last().click();
  await dialog.waitFor({ state: "hidden" });
  await close();
});

test("health, queue, storage and the machine are told, and kept up", async () => {
  const { page, close } = await open(browser, server.address, { at: "#/system" });
  const health = page.getByRole("region", { name: "Health" });
  await health.getByText("Embedders and rerankers run on").waitFor();
  const notices = health.getByRole("listitem");
  await settles(async () =>
    assert.match((await notices.allTextContents()).join(), /no language model that answers well is installed/),
  );
  await counts(notices.first().locator("[lang=en]"), 1);
  const storage = page.getByRole("region", { name: "Storage" });
  for (const part of ["Database", "Documents", "Indexes", "Models", "Free on this disk"]) {
    await says(storage, new RegExp(`${part}\\s*[\\d.]+ (B|kB|MB|GB|TB)`));
  }
  const machine = page.getByRole("region", { name: "Server", exact: true });
  await says(machine, new RegExp(server.folder));
  const uptime = machine.locator("div", { hasText: "Running for" }).locator("dd");
  const before = await uptime.textContent();
  await page.waitForFunction(
    (was) => ![...document.querySelectorAll("dd")].some((value) => value.textContent === was),
    before,
  );
  await close();
});

test("the page says which engine rerankers use, and by what measurement", async (t) => {
  const { compute } = await call(server.address, "GET", "/health");
  const choice = compute?.engine;
  if (!choice) {
    t.skip("this processor leaves no choice");
    return;
  }
  assert.ok(choice.native_ms > 0 && choice.onnxruntime_ms > 0, JSON.stringify(choice));
  assert.equal(choice.used, choice.onnxruntime_ms < 0.9 * choice.native_ms ? "onnxruntime" : "native");
  const { page, close } = await open(browser, server.address, { at: "#/system" });
  const said = page.getByText(/^Rerankers that both engines can run use /);
  await said.waitFor();
  await settles(async () => assert.ok((await said.textContent())?.includes(`(${choice.instructions})`)));
  await close();
});

test("the Chinese page says in Chinese what is missing, and what is wrong", async () => {
  const { page, close } = await open(browser, server.address, { at: "#/system", locale: "zh-CN", expected: /409/ });
  const notice = page.getByRole("region", { name: "健康状况" }).getByRole("listitem").first();
  await notice.waitFor();
  await says(notice, /没有安装交叉编码器，由 all-minilm-l6-v2 .*riddle models pull/);
  await counts(notice.locator("[lang=en]"), 0);
  await page.getByText("此服务器处于离线模式", { exact: true }).waitFor();
  await modelRow(page, "向量模型", EMBEDDER).getByText("已载入内存").waitFor();
  await page.goto(`${server.address}/#/knowledge`);
  await page.getByRole("button", { name: "新建知识库" }).first().click();
  const dialog = page.getByRole("dialog", { name: "新建知识库" });
  await dialog.getByLabel("名称").fill("Garden");
  await dialog.getByRole("button", { name: "创建" }).click();
  await dialog.getByText("这个名称已被使用，请换一个名称。").waitFor();
  await close();
});

test("a download that fails says why; another is followed, cancelled, resumed and ready", async () => {
  const hub = await startHub(join(String(process.env.RIDDLE_MODELS_DIR), EMBEDDER));
  const folder = await mkdtemp(join(tmpdir(), "riddle-models-"));
  await writeFile(join(folder, "catalogue.toml"), OWN_MODEL);
  const config = `[models]\nhub_endpoint = "${hub.address}"\ncatalogue = "${join(folder, "catalogue.toml")}"\n`;
  const online = await startServer({ offline: false, config, more: ["--models-dir", folder] });
  try {
    const { page, close } = await open(browser, online.address, { at: "#/system" });
    const row = modelRow(page, "Embedders", "own-embedder");
    hub.refuse(404);
    await row.getByRole("button", { name: "Download own-embedder" }).click();
    await row
      .getByRole("alert")
      .getByText(/own-embedder.*404|404.*own-embedder/s)
      .waitFor();

    hub.refuse(undefined);
    hub.pace(1_000_000);
    await row.getByRole("button", { name: "Try again" }).click();
    await row.getByText("Downloading", { exact: true }).waitFor();
    await row.getByText(/^model\.safetensors · \d+\.\d MB of 90\.\d MB · \d\.\d MB a second · .+ left$/).waitFor();
    const bar = row.getByRole("progressbar", { name: "Download of own-embedder" });
    await settles(async () => assert.ok(Number(await bar.getAttribute("value")) > 0));
    await row.getByRole("button", { name: "Cancel the download of own-embedder" }).click();
    await row.getByText("Cancelled. What has come is kept").waitFor();
    await row.getByText("Incomplete", { exact: true }).waitFor();

    hub.pace(Number.POSITIVE_INFINITY);
    await row.getByRole("button", { name: "Go on downloading own-embedder" }).click();
    await page.getByText("own-embedder is here and can be used.").waitFor();
    await row.getByText(/^(Loads on first use|In memory)$/).waitFor();
    assert.deepEqual(hub.resumed, ["model.safetensors"]);
    await close();
  } finally {
    await online.stop();
    hub.stop();
    await rm(folder, { recursive: true });
  }
});

test("a model is looked at, refused with the reason, and added with its download", async () => {
  const hub = await startHub(join(String(process.env.RIDDLE_MODELS_DIR), EMBEDDER));
  const folder = await mkdtemp(join(tmpdir(), "riddle-models-"));
  const config = `[models]\nhub_endpoint = "${hub.address}"\n`;
  const online = await startServer({ offline: false, config, more: ["--models-dir", folder] });
  try {
    const { page, close } = await open(browser, online.address, { at: "#/system", expected: /422|503/ });
    await page.getByRole("button", { name: "Add a model" }).click();
    const dialog = page.getByRole("dialog", { name: "Add a model" });
    const what = dialog.getByLabel("Repository");
    const look = dialog.getByRole("button", { name: "See what it is" });
    await what.fill("/etc");
    await look.click();
    await dialog.getByText(/a folder of the server's machine is added there/).waitFor();
    hub.refuse(404);
    await what.fill("owner/none");
    await look.click();
    await dialog.getByText(/there is no such repository/).waitFor();

    hub.refuse(undefined);
    await what.fill("owner/my-embedder");
    await look.click();
    const found = dialog.getByRole("region", { name: "What it is" });
    await found.getByRole("heading", { name: "my-embedder" }).waitFor();
    await says(found, /Role\s*Embedder/);
    await says(found, /To download\s*9\d(\.\d)? MB/);
    await says(found, /Memory when loaded\s*about/);
    await says(found, /an embedder: /);
    await what.fill("owner/other");
    await counts(dialog.getByRole("button", { name: "Download and add" }), 0);
    await what.fill("owner/my-embedder");
    hub.pace(2_000_000);
    await dialog.getByRole("button", { name: "Download and add" }).click();
    await dialog.waitFor({ state: "hidden" });
    const row = modelRow(page, "Embedders", "my-embedder");
    await row.getByText("Downloading", { exact: true }).waitFor();
    await row.getByRole("button", { name: "Cancel the download of my-embedder" }).click();
    await row.getByText("Cancelled. What has come is kept").waitFor();
    hub.pace(Number.POSITIVE_INFINITY);
    await row.getByRole("button", { name: "Go on downloading my-embedder" }).click();
    await page.getByText("my-embedder is here and can be used.").waitFor();
    await row.getByText(/^(Loads on first use|In memory)$/).waitFor();
    await close();
  } finally {
    await online.stop();
    hub.stop();
    await rm(folder, { recursive: true });
  }
});

/**
 * @param {import("playwright-core").Page} page
 * @param {string} role
 * @param {string} name
 */
function modelRow(page, role, name) {
  const heading = page.getByRole("heading", { name, exact: true, level: 3 });
  return page.getByRole("region", { name: role }).locator("li", { has: heading });
}
