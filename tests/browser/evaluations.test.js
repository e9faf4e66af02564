// Evaluations: import a set, run it, read the report, look into questions, judge, take settings over and back, review.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { allReady, call, fill } from "./support/api.js";
import { launch, open } from "./support/browser.js";
import { HOLD, startChatServer } from "./support/chat-server.js";
import { evaluate, HOUSE, importHouse } from "./support/evaluations.js";
import { startServer } from "./support/server.js";
import { GARDEN, HARBOUR } from "./support/sources.js";
import { counts, focused, says, settles } from "./support/wait.js";

/** Longer than the page waits before it asks again. */
const IDLE_MS = 5000;
const ARM = "words alone";
const BY_RANKS = "by ranks";

/** @type {import("./support/server.js").Server} */
let server;
/** @type {import("playwright-core").Browser} */
let browser;
/** @type {any} */
let set;
let run = "";

before(async () => {
  server = await startServer();
  browser = await launch();
  set = await importHouse(server.address, "House");
  const arms = [
    { name: ARM, mode: "bm25", top_k: 10, top_n: 2 },
    { name: BY_RANKS, mode: "hybrid", fusion: { method: "reciprocal_rank" }, top_k: 10, top_n: 2 },
  ];
  run = await evaluate(server.address, set.id, { arms });
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test("a set is imported from a folder, run with one click, and its report opens by itself", async () => {
  const fresh = await startServer();
  try {
    const { page, close } = await open(browser, fresh.address, { at: "#/evaluations" });
    await page.getByRole("heading", { name: "No evaluation set yet" }).waitFor();
    await page.getByRole("button", { name: "Import a set" }).click();
    const dialog = page.getByRole("dialog");
    const chooser = page.waitForEvent("filechooser");
    await dialog.getByRole("button", { name: "Choose a folder" }).click();
    await (await chooser).setFiles(HOUSE);
    await dialog.getByText("3 files chosen").waitFor();
    assert.equal(await dialog.getByLabel("Name").inputValue(), "house");
    await dialog.getByRole("button", { name: "Import", exact: true }).click();
    await dialog.getByText("“house” has 22 questions.").waitFor();
    await dialog.getByRole("button", { name: "Close" }).last().click();
    await page.getByRole("link", { name: "asked of house" }).waitFor();

    const [base] = (await call(fresh.address, "GET", "/knowledge-bases")).knowledge_bases;
    await allReady(fresh.address, base.id);
    await page.getByRole("button", { name: "Start" }).click();
    await page.waitForURL(/#\/evaluations\/runs\/[0-9a-f-]{36}$/);
    await page.getByText("finished", { exact: true }).waitFor();
    const [{ id }] = (await call(fresh.address, "GET", "/evaluations/runs")).runs;
    const { headline } = await call(fresh.address, "GET", `/evaluations/runs/${id}/report`);
    await page.getByText(headline.en, { exact: true }).waitFor();

    await page.getByRole("link", { name: "All evaluations" }).click();
    await page.getByText(headline.en, { exact: true }).waitFor();
    await page.getByText(/1 look at the test half/).waitFor();
    await page.getByRole("link", { name: "Review", exact: true }).click();
    await page.getByText("1 look at the test half", { exact: true }).click();
    const looks = page.getByRole("region", { name: "Looks at the test half" });
    await looks.getByRole("cell", { name: "the run finished" }).waitFor();
    await looks.getByRole("link", { name: "house", exact: true }).click();
    await page.getByText(headline.en, { exact: true }).waitFor();
    await close();
  } finally {
    await fresh.stop();
  }
});

test("what is wrong with a set is said where it is imported, and nothing is kept", async () => {
  const { page, close } = await open(browser, server.address, { at: "#/evaluations", expected: /status of 400/ });
  await page.getByRole("button", { name: "Import a set" }).click();
  const dialog = page.getByRole("dialog");
  const chooser = page.waitForEvent("filechooser");
  await dialog.getByRole("button", { name: "Choose files" }).click();
  const buffer = Buffer.from('{"question": "When?", "relevant": [{"document": "bees"}]}\n{"question": 7}\n');
  await (await chooser).setFiles([{ name: "broken.jsonl", mimeType: "application/jsonl", buffer }]);
  await dialog.getByLabel("Ask of").selectOption({ label: "House" });
  await dialog.getByRole("button", { name: "Import", exact: true }).click();
  await says(dialog.getByRole("alert"), /broken\.jsonl.*line 2/);
  await page.keyboard.press("Escape");
  const { sets } = await call(server.address, "GET", "/evaluations/sets");
  assert.deepEqual(
    sets.map((/** @type {{ name: string }} */ { name }) => name),
    ["House"],
  );
  await close();
});

test("a set is exported as a file that can be imported again", async () => {
  const { page, close } = await open(browser, server.address, { at: "#/evaluations" });
  await page.getByRole("button", { name: "More for House" }).click();
  const download = page.waitForEvent("download");
  await page.getByRole("menuitem", { name: "Export as JSON lines" }).click();
  const file = await download;
  assert.equal(file.suggestedFilename(), "House.jsonl");
  const content = readFileSync(await file.path(), "utf8");
  const body = { name: "Again", knowledge_base: set.knowledge_base.id, files: [{ name: "again.jsonl", content }] };
  const again = await call(server.address, "POST", "/evaluations/sets", body);
  assert.equal(again.questions, 22);

  await page.reload();
  // What is asked about the set has been answered before it goes.
  await page
    .getByText(/questions? to report by/)
    .first()
    .waitFor();
  await page.getByRole("button", { name: "More for Again" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByText("The set is deleted.").waitFor();
  await counts(page.getByRole("button", { name: "More for Again" }), 0);
  await close();
});

test("a set says how good it is, what a run can see, and takes in what people thought of answers", async () => {
  const { page, close } = await open(browser, server.address, { at: "#/evaluations" });
  await page.getByText(/questions? to report by find a difference of \.?0?\.\d{3} in nDCG@10/).waitFor();
  await page.getByRole("button", { name: "More for House" }).click();
  await page.getByRole("menuitem", { name: "How good is it?" }).click();
  const dialog = page.getByRole("dialog", { name: "How good is “House”?" });
  await dialog.getByText(/^\d+ of 100$/).waitFor();
  await dialog.getByText(/22 of 22 written or confirmed by a person/).waitFor();
  await dialog.getByText("Add questions.").waitFor();
  await dialog.getByRole("button", { name: "Close" }).last().click();

  await page.getByRole("button", { name: "More for House" }).click();
  await page.getByRole("menuitem", { name: "Take from chats and comparisons" }).click();
  await page.getByText(/Nothing new/).waitFor();
  await close();
});

test("what nobody has judged is judged by keys, and the run is recounted", async () => {
  const own = await importHouse(server.address, "Judged");
  const judged = await evaluate(server.address, own.id, {});
  const judgments = async () => {
    const { questions } = await call(server.address, "GET", `/evaluations/sets/${own.id}/questions?limit=100`);
    return questions.flatMap((/** @type {{ relevant: unknown[] }} */ { relevant }) => relevant).length;
  };
  const before = await judgments();
  const { page, close } = await open(browser, server.address, { at: `#/evaluations/runs/${judged}?tab=judge` });
  const article = page.getByRole("article");
  await article.waitFor();
  const first = await article.textContent();
  await page.keyboard.press("s");
  await page.waitForFunction((text) => document.querySelector("article")?.textContent !== text, first);
  await page.keyboard.press("3");
  await page.getByText("1 passage judged").waitFor();
  await page.getByRole("button", { name: "0 · Not relevant" }).click();
  await page.getByText("2 passages judged").waitFor();
  const whole = page.waitForResponse(/to-judge\?.*order=question/);
  await page.getByLabel("Whole questions, drawn at random").check();
  await whole;
  await article.waitFor();
  const drawn = await article.textContent();
  await page.keyboard.press("s");
  await page.waitForFunction((text) => document.querySelector("article")?.textContent !== text, drawn);
  assert.equal(await judgments(), before + 2);
  await page.getByRole("button", { name: "Recount the run" }).click();
  await page.getByText("The run is recounted with your judgments.").waitFor();
  await call(server.address, "DELETE", `/evaluations/runs/${judged}`);
  await call(server.address, "DELETE", `/evaluations/sets/${own.id}`);
  await close();
});

test("a run gets a note, which the list and the history show, and is compared with another one", async () => {
  const later = await evaluate(server.address, set.id, { name: "Later", limit: 12 });
  const note = "Before the hedges were cut";
  const { page, close } = await open(browser, server.address, { at: `#/evaluations/runs/${run}` });
  await page.getByRole("button", { name: "Add a note" }).click();
  await page.getByLabel("Note").fill(note);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByRole("button", { name: "Edit the note" }).waitFor();
  const chart = page.getByRole("figure", { name: "Earlier runs of this set" });
  await chart.getByText("As a table").click();
  await chart.getByRole("cell", { name: note }).waitFor();

  await page.goto(`${server.address}/#/evaluations/runs/${later}`);
  await page.getByRole("link", { name: "Compare runs" }).click();
  await page.getByText(/^nDCG@10 .* over 12 questions that both have asked/).waitFor();
  await page.getByRole("rowheader", { name: "limit" }).waitFor();
  await page.getByLabel("Arm of the other run").selectOption({ label: ARM });
  for (const title of [/^Worse \(\d+\)$/, /^Better \(\d+\)$/])
    await page.getByRole("heading", { name: title }).waitFor();

  await page.goto(`${server.address}/#/evaluations`);
  await page.getByText(note, { exact: true }).waitFor();
  await call(server.address, "DELETE", `/evaluations/runs/${later}`);
  await close();
});

test("a run is paused, resumed and cancelled, and a page on which nothing runs asks nothing", async () => {
  const model = await startChatServer();
  const written = await startServer({ config: model.config });
  try {
    model.say(HOLD);
    const held = await importHouse(written.address, "Held");
    const { page, close } = await open(browser, written.address, { at: "#/evaluations" });
    await page.getByLabel("Write answers too").check();
    await page.getByLabel("Questions", { exact: true }).fill("4");
    await page.getByRole("button", { name: "Start" }).click();
    await page.waitForURL(/#\/evaluations\/runs\//);
    await page.getByText("running", { exact: true }).waitFor();
    await page.getByText("0 of 4 questions").waitFor();
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByText("paused", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Resume" }).click();
    await page.getByText(/^(queued|running)$/).waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Cancel the run" }).click();
    await page.getByText("cancelled", { exact: true }).waitFor();
    await page.getByText("This run has no report.").waitFor();

    let asked = 0;
    page.on("request", (request) => {
      if (request.url().includes("/evaluations/")) asked += 1;
    });
    await page.waitForTimeout(IDLE_MS);
    assert.equal(asked, 0, "a run that has ended is not asked for again");
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.getByText("No run yet.").waitFor();
    await page.getByText(held.name).first().waitFor();
    await close();
  } finally {
    model.goOn();
    await written.stop();
    await model.stop();
  }
});

test("the report has its sentence, its arms, and the numbers of each chart as a table and as files", async () => {
  const report = await call(server.address, "GET", `/evaluations/runs/${run}/report`);
  const { page, close } = await open(browser, server.address, { at: `#/evaluations/runs/${run}` });
  await page.getByText(report.headline.en, { exact: true }).waitFor();
  const arms = page.getByRole("region", { name: "Arms" }).last();
  for (const { name } of report.arms) await arms.getByRole("rowheader", { name }).first().waitFor();
  const row = arms.getByRole("row", { name: new RegExp(`^${ARM}`) });
  const [quality] = report.arms.find((/** @type {{ name: string }} */ { name }) => name === ARM).measures;
  await says(row, new RegExp(quality.headline.mean.toFixed(3).replace(/^0/, "")));

  // Words alone take no model.
  await says(row, /(^|\D)0 B/);
  await counts(page.locator("figure:not(:has([data-drawn]))"), 0);
  const canvases = page.locator("figure canvas");
  assert.ok((await canvases.count()) >= 6, "the charts are drawn");
  const chart = page.getByRole("figure", { name: "Difference from the baseline" });
  await chart.getByText("As a table").click();
  const table = chart.getByRole("table");
  await table.getByRole("rowheader", { name: ARM }).waitFor();

  const times = page.getByRole("figure", { name: "Times of the questions" });
  await times.getByLabel("Stage").selectOption({ label: "search by words" });
  await times.getByText("As a table").click();
  await counts(times.getByRole("row", { name: new RegExp(`^${ARM}`) }), 21);

  const csv = page.waitForEvent("download");
  await chart.getByRole("button", { name: /as CSV/ }).click();
  const text = readFileSync(await (await csv).path(), "utf8");
  assert.match(text, /^\uFEFFArm,Difference,From,To,/);
  assert.match(text, new RegExp(`\n${ARM},`));
  const png = page.waitForEvent("download");
  await chart.getByRole("button", { name: /as PNG/ }).click();
  const picture = readFileSync(await (await png).path());
  assert.equal(picture.subarray(1, 4).toString(), "PNG");
  assert.ok(picture.length > 2000, "something is drawn on it");
  await close();
});

test("the report is Chinese where the page is", async () => {
  const report = await call(server.address, "GET", `/evaluations/runs/${run}/report`);
  const at = `#/evaluations/runs/${run}`;
  const { page, close } = await open(browser, server.address, { at, locale: "zh-CN" });
  await page.getByText(report.headline.zh, { exact: true }).waitFor();
  const chart = page.getByRole("figure", { name: "与基线的差异" });
  await chart.getByText("以表格查看").click();
  await chart.getByRole("columnheader", { name: "结论" }).waitFor();
  await page.getByRole("figure", { name: "各问题所用时间" }).waitFor();
  await close();
});

test("a question shows how candidates move, and what is judged there is in the set", async () => {
  const at = `#/evaluations/runs/${run}?tab=questions`;
  const { page, close } = await open(browser, server.address, { at });
  const { questions } = await call(server.address, "GET", `/evaluations/runs/${run}/questions`);
  const [{ id, text }] = questions;
  await page.getByRole("link", { name: text }).click();
  await page.getByRole("heading", { name: text }).waitFor();
  await page.getByLabel("Right").selectOption({ label: BY_RANKS });
  const list = page.getByRole("list", { name: `Candidates in the order of ${BY_RANKS}` }).last();
  await list.getByText("Kept down to here").waitFor();
  const passage = list.getByRole("listitem").filter({ hasText: "not judged" }).first();
  const place = await passage.locator("strong").textContent();
  const judged = list
    .getByRole("listitem")
    .filter({ has: page.locator("strong", { hasText: new RegExp(`^${place}$`) }) });
  await judged.getByRole("button", { name: "Not relevant" }).click();
  await page.getByText("Judged. It counts from the next run on.").waitFor();
  await says(judged.locator(".foot"), /not relevant/);

  const { relevant } = await known(id);
  assert.equal(relevant.length, 2);
  assert.equal(relevant[1].grade, 0);
  assert.equal(relevant[1].quote, undefined, "documents are judged here, and so is this one");
  await judged.getByRole("button", { name: "Relevant", exact: true }).click();
  await settles(async () => assert.deepEqual((await known(id)).relevant.length, 2));
  await settles(async () => assert.equal((await known(id)).relevant[1].grade, 1));
  await close();
});

test("settings are tried without a model", async () => {
  const { page, close } = await open(browser, server.address, { at: `#/evaluations/runs/${run}?tab=tune` });
  await page.getByLabel("Arm").selectOption({ label: ARM });
  const body = { arm: ARM, top_n: 7 };
  const trial = await call(server.address, "POST", `/evaluations/runs/${run}/trial`, body);
  await page.getByLabel(/Passages kept/).fill("7");
  await page.getByText("Passages kept: 7").waitFor();
  const success = page.locator("dl > div", { hasText: "a right source among those kept" });
  await says(
    success,
    new RegExp(`^\\s*a right source among those kept.*${Math.round(trial.success_top_n * 100)} %`, "s"),
  );
  await close();
});

test("the settings of an arm are taken over, and back", async () => {
  const before = await retrieval();
  const { page, close } = await open(browser, server.address, { at: `#/evaluations/runs/${run}` });
  await page.getByRole("button", { name: `Use it: ${BY_RANKS}` }).click();
  const taken = page.getByText(`“House” searches by the settings taken over from “${BY_RANKS}”.`);
  await taken.waitFor();
  const now = await retrieval();
  assert.deepEqual([now.top_k, now.top_n, now.rerank], [10, 2, false]);
  assert.deepEqual(now.fusion, { method: "reciprocal_rank" });
  // The way back outlives the page.
  await page.reload();
  await taken.waitFor();
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByText("“House” searches as before.").waitFor();
  assert.deepEqual(await retrieval(), before);
  await counts(page.getByRole("button", { name: "Undo" }), 0);
  await close();
});

test("a set is reviewed with the keyboard alone", async () => {
  const { page, close } = await open(browser, server.address, { at: `#/evaluations/sets/${set.id}` });
  const all = (await call(server.address, "GET", `/evaluations/sets/${set.id}/questions`)).questions;
  const shows = (/** @type {number} */ at) => page.getByRole("heading", { name: all[at].text, level: 2 }).waitFor();
  await shows(0);
  await page.getByText("Tomatoes are watered every morning at six.").waitFor();
  await page.keyboard.press("y");
  await shows(1);
  await page.keyboard.press("n");
  await shows(2);
  await page.keyboard.press("Enter");
  await shows(3);
  await page.keyboard.press("Backspace");
  await shows(4);
  await page.getByText("4 of 22 reviewed").waitFor();
  await page.keyboard.press("e");
  const field = page.getByRole("textbox", { name: "Text of the question" });
  await focused(field);
  await field.press("End");
  await page.keyboard.type(" So yes and no?");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: `${all[4].text} So yes and no?` }).waitFor();
  await page.keyboard.press("ArrowLeft");
  await shows(3);
  await page.getByText("thrown away", { exact: true }).waitFor();

  await settles(async () => {
    const now = (await call(server.address, "GET", `/evaluations/sets/${set.id}/questions`)).questions;
    const reviews = now.slice(0, 5).map((/** @type {{ review: string }} */ { review }) => review);
    assert.deepEqual(reviews.slice(0, 4), ["confirmed", "rejected", "confirmed", "rejected"]);
    assert.equal(now[4].text, `${all[4].text} So yes and no?`);
  });
  await page.getByRole("link", { name: "All evaluations" }).click();
  await page.getByText("2 thrown away").waitFor();
  await close();
});

test("of a set without questions nothing is asked that it cannot answer", async () => {
  const fresh = await startServer();
  try {
    const base = await fill(fresh.address, "Garden", [GARDEN]);
    await call(fresh.address, "POST", "/evaluations/sets", { name: "Empty", knowledge_base: base });
    const { page, close } = await open(browser, fresh.address, { at: "#/evaluations" });
    await says(page.getByRole("region", { name: "Start a run" }), /This set has no questions yet/);
    assert.equal(await page.getByRole("button", { name: "Start" }).isDisabled(), true);
    await close();
  } finally {
    await fresh.stop();
  }
});

test("questions are made of the reader's own documents, and reviewed at once", async () => {
  await fill(server.address, "Garden", [GARDEN, HARBOUR], { chunking: { max_tokens: 48, overlap_tokens: 0 } });
  const { page, close } = await open(browser, server.address, { at: "#/evaluations" });
  await page.getByRole("button", { name: "Make a set" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Knowledge base").selectOption({ label: "Garden" });
  await dialog.getByLabel("Name").fill("Made");
  await dialog.getByLabel("Questions").fill("4");
  await dialog.getByLabel("Made by").selectOption({ label: "Headings, without a model" });
  await dialog.getByRole("button", { name: "Make", exact: true }).click();
  await dialog.getByText(/to be reviewed\.$/).waitFor();
  await dialog.getByRole("button", { name: "Review them" }).click();
  await page.getByRole("heading", { name: "Review: Made" }).waitFor();
  const { questions } = await call(server.address, "GET", "/evaluations/sets/Made/questions");
  assert.ok(questions.length > 0, "some were made");
  assert.deepEqual([questions[0].origin, questions[0].review], ["derived", "unreviewed"]);
  await page.getByRole("heading", { name: questions[0].text, level: 2 }).waitFor();
  await page.keyboard.press("y");
  await settles(async () => {
    const now = await call(server.address, "GET", "/evaluations/sets/Made/questions");
    assert.equal(now.questions[0].review, "confirmed");
  });
  await close();
});

/** @returns {Promise<any>} how the knowledge base searches */
async function retrieval() {
  return (await call(server.address, "GET", `/knowledge-bases/${set.knowledge_base.id}`)).retrieval;
}

/**
 * @param {string} id
 * @returns {Promise<any>} the question as the set has it
 */
async function known(id) {
  const { questions } = await call(server.address, "GET", `/evaluations/sets/${set.id}/questions`);
  return questions.find((/** @type {{ id: string }} */ question) => question.id === id);
}
