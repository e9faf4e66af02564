// Runs from the form over several knowledge bases and with what other systems rank, on a phone.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { call, fill } from "./support/api.js";
import { launch, open } from "./support/browser.js";
import { importHouse } from "./support/evaluations.js";
import { startServer } from "./support/server.js";
import { HARBOUR } from "./support/sources.js";
import { counts, says } from "./support/wait.js";

const PHONE = { width: 390, height: 844 };
const THEIRS = "our old search";

/** @type {import("./support/server.js").Server} */
let server;
/** @type {import("playwright-core").Browser} */
let browser;
/** A run file of TREC that ranks what is relevant first. */
let ranked = "";

before(async () => {
  server = await startServer();
  browser = await launch();
  const set = await importHouse(server.address, "House");
  await fill(server.address, "Harbour", [HARBOUR]);
  const { questions } = await call(server.address, "GET", `/evaluations/sets/${set.id}/questions?limit=100`);
  ranked = questions
    .map((/** @type {any} */ { id, relevant: [{ document }] }) => `${id} Q0 ${document} 1 12.5 old\n`)
    .join("");
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test("a run over several knowledge bases has the run file of another system as an arm", async () => {
  const { page, close } = await open(browser, server.address, {
    at: "#/evaluations",
    viewport: PHONE,
    expected: /status of 400/,
  });
  await page.getByText("Other knowledge bases", { exact: true }).click();
  await page.getByRole("checkbox", { name: /^Harbour/ }).check();
  await page.getByText("Other knowledge bases (1)").waitFor();
  await counts(page.getByRole("checkbox", { name: /^House/ }), 0);

  await page.getByText("Runs of other systems", { exact: true }).click();
  await choose(page, [{ name: "old.run", text: "q1 Q0 watering 1 high old\n" }]);
  await page.getByRole("button", { name: "Start" }).click();
  await says(page.getByRole("alert"), /old\.run.*line 1.*score/);
  await page.getByRole("button", { name: "Remove old.run" }).click();

  await choose(page, [{ name: "old.run", text: ranked }]);
  await page.getByLabel("Name of the arm").fill(THEIRS);
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(width <= PHONE.width, `${width} px wide`);
  await page.getByRole("button", { name: "Start" }).click();
  await page.waitForURL(/#\/evaluations\/runs\//);
  await page.getByText("finished", { exact: true }).waitFor();
  await page
    .getByRole("rowheader", { name: new RegExp(`^${THEIRS}`) })
    .getByText("other system")
    .waitFor();

  const [{ id, manifest }] = (await call(server.address, "GET", "/evaluations/runs")).runs;
  assert.deepEqual(
    manifest.other_knowledge_bases.map((/** @type {{ name: string }} */ { name }) => name),
    ["Harbour"],
  );
  assert.deepEqual([manifest.imported[0].arm, manifest.imported[0].file], [THEIRS, "old.run"]);
  const { arms } = await call(server.address, "GET", `/evaluations/runs/${id}/report`);
  const theirs = arms.find((/** @type {{ name: string }} */ { name }) => name === THEIRS);
  assert.equal(theirs.measures[0].headline.mean, 1);
  await close();
});

test("more run files than the server takes are not sent", async () => {
  const { page, close } = await open(browser, server.address, { at: "#/evaluations", viewport: PHONE });
  await page.getByText("Runs of other systems", { exact: true }).click();
  await choose(
    page,
    Array.from({ length: 11 }, (_, at) => ({ name: `${at}.run`, text: ranked })),
  );
  await says(page.getByRole("alert"), /At most 10 run files/);
  const before = (await call(server.address, "GET", "/evaluations/runs")).runs.length;
  await page.getByRole("button", { name: "Start" }).click();
  await page.getByRole("button", { name: "Remove 10.run" }).click();
  await counts(page.getByText(/At most 10 run files/), 0);
  assert.equal((await call(server.address, "GET", "/evaluations/runs")).runs.length, before);
  await close();
});

/**
 * Chooses run files in the form.
 * @param {import("playwright-core").Page} page
 * @param {{ name: string, text: string }[]} files
 */
async function choose(page, files) {
  const chooser = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Add run files" }).click();
  const chosen = files.map(({ name, text }) => ({ name, mimeType: "text/plain", buffer: Buffer.from(text) }));
  await (await chooser).setFiles(chosen);
  await page.getByText(`Runs of other systems (${files.length})`).waitFor();
}
