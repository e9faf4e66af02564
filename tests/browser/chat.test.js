// Asking, reading, following up, and what becomes of chats.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { call, fill } from "./support/api.js";
import { launch, open, SERVER_AWAY } from "./support/browser.js";
import { ask, complete, newChat, readyToAsk } from "./support/chat.js";
import { HOLD, startChatServer } from "./support/chat-server.js";
import { startServer } from "./support/server.js";
import { GARDEN, GARDEN_QUESTION } from "./support/sources.js";
import { counts, focused, has, holds, list, says, settles } from "./support/wait.js";

/** @type {import("./support/server.js").Server} */
let server;
/** @type {import("playwright-core").Browser} */
let browser;
let garden = "";
let harbour = "";

const HARBOUR = { name: "harbour.md", text: "# Pier\n\nThe ferry to the island leaves at seven from pier nine.\n" };

/** There is nothing to rerank in a knowledge base of one passage. */
const KITCHEN = {
  name: "kitchen.md",
  text: "# Kitchen\n\nThe kitchen door is painted green. Knives are sharpened on Mondays.\n",
};

before(async () => {
  server = await startServer();
  browser = await launch();
  garden = await fill(server.address, "Garden", [GARDEN, KITCHEN]);
  harbour = await fill(server.address, "Harbour", [HARBOUR]);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test("a question is answered with sources, timings and what there is to know about it", async () => {
  const { page, close } = await open(browser, server.address, { at: "#/chat" });
  await page.evaluate(recordStream);
  const turn = await ask(page, GARDEN_QUESTION);
  const stream = await page.evaluate(() => Reflect.get(window, "stream"));
  const events = [...stream.matchAll(/^event: (\w+)$/gm)].map((match) => match[1]);
  assert.deepEqual([...new Set(events)], ["question", "retrieval", "token", "citation", "done"]);

  await says(turn.locator(".text"), /behind the kitchen door/);
  await turn.getByText("Quoted, not written: no language model that answers well is installed").waitFor();
  await turn.getByText("stands in for a cross-encoder").waitFor();
  for (const stage of ["embed", "BM25", "dense", "rerank", "extract", "total"]) {
    await says(turn.locator("figcaption"), new RegExp(`${stage} [\\d.]+ m?s`));
  }
  await says(page.locator(".chat [role=status]"), /^The answer is complete\.$/);
  await close();
});

test("of a source in many folders the name of the file is in sight", async () => {
  const file = "rent.md";
  const name = `${"contracts of the northern branch/".repeat(3)}${file}`;
  const base = await fill(server.address, "Contracts", [
    { name, text: "# Rent\n\nThe rent is due on the third of May.\n" },
  ]);
  const { page, close } = await open(browser, server.address, { at: await newChat(server.address, base) });
  const turn = await ask(page, "When is the rent due?");
  const shown = turn.getByTitle(name, { exact: true });
  await says(shown, new RegExp(`^${name}$`));
  const isCut = await shown.getByText(file, { exact: true }).evaluate((part) => part.scrollWidth > part.clientWidth);
  assert.equal(isCut, false);
  await close();
  await call(server.address, "DELETE", `/knowledge-bases/${base}`);
});

test("a page that nobody touches leaves the server alone", async () => {
  const { page, close } = await open(browser, server.address, { at: "#/chat" });
  await page.getByRole("button", { name: /Search in/ }).waitFor();
  let requests = 0;
  // Parts of the page itself may still come on a busy machine.
  page.on("request", (request) => {
    if (new URL(request.url()).pathname.startsWith("/api/")) requests += 1;
  });
  await page.waitForTimeout(2_000);
  assert.ok(requests < 5, `${requests} requests in two seconds`);
  await close();
});

test("a new chat offers questions of the chosen knowledge base, and a click asks one", async () => {
  const { page, close } = await open(browser, server.address, { at: "#/chat" });
  const choose = page.getByRole("button", { name: /Search in/ });
  const offered = page.getByRole("list", { name: "Example questions" }).getByRole("button");
  await choose.click();
  await page.getByRole("checkbox", { name: /Garden/ }).check();
  await page.getByRole("checkbox", { name: /Harbour/ }).uncheck();
  await page.keyboard.press("Escape");
  const own = ["When are tomatoes watered?", "Who sharpens the lawn mower?", "厨房的门是什么颜色？"];
  await call(server.address, "PATCH", `/knowledge-bases/${garden}`, { examples: own });
  await page.reload();
  await settles(async () => assert.deepEqual(await offered.allTextContents(), own));
  const composer = page.locator("form.composer");
  const before = await composer.boundingBox();

  // Another knowledge base has other questions, here none, and nothing moves.
  await choose.click();
  await page.getByRole("checkbox", { name: /Harbour/ }).check();
  await page.getByRole("checkbox", { name: /Garden/ }).uncheck();
  await page.keyboard.press("Escape");
  await counts(offered, 0);
  assert.deepEqual(await composer.boundingBox(), before);
  await choose.click();
  await page.getByRole("checkbox", { name: /Garden/ }).check();
  await page.getByRole("checkbox", { name: /Harbour/ }).uncheck();
  await page.keyboard.press("Escape");
  await counts(offered, 3);

  const second = offered.nth(1);
  await second.focus();
  await page.keyboard.press("Enter");
  const turn = await complete(page, own[1] ?? "");
  await says(turn.locator(".text"), /sharpened every spring by the caretaker/);
  await call(server.address, "PATCH", `/knowledge-bases/${garden}`, { examples: [] });
  await close();
});

test("a citation opens its source at the cited words, and the document from there", async () => {
  const { page, close } = await open(browser, server.address, { at: await newChat(server.address, garden) });
  const turn = await ask(page, GARDEN_QUESTION);
  const citation = turn.locator(".cite", { hasText: "[1]" }).first();
  await citation.click();
  const source = page.getByRole("complementary", { name: "Source 1" });
  const mark = source.locator("mark").first();
  await mark.waitFor();
  await says(mark, /keys of the greenhouse hang behind the kitchen door/);
  // The passage is shown as Markdown, and as it was written on demand.
  const asText = source.getByRole("button", { name: "As plain text" });
  await source.locator(".markdown").waitFor();
  await asText.click();
  await source.locator(".passage mark", { hasText: "kitchen door" }).waitFor();
  await asText.click();
  await source.locator(".markdown").waitFor();
  await source.getByText(GARDEN.name).waitFor();
  await source
    .getByText(/Greenhouse/)
    .first()
    .waitFor();
  await page.keyboard.press("Escape");
  await source.waitFor({ state: "detached" });
  await focused(citation);

  await citation.click();
  await source.getByRole("link", { name: "Open in the document" }).click();
  const inDocument = page.locator("main mark", { hasText: "kitchen door" }).first();
  await inDocument.waitFor();
  await settles(async () => {
    const box = await inDocument.boundingBox();
    assert.ok(box && box.y >= 0 && box.y + box.height <= 900, "the cited words are on the screen");
  });
  await close();
});

test("several knowledge bases are searched together", async () => {
  const { page, close } = await open(browser, server.address, { at: "#/chat" });
  await page.getByRole("button", { name: /Search in/ }).click();
  await page.getByRole("checkbox", { name: /Garden/ }).check();
  await page.getByRole("checkbox", { name: /Harbour/ }).check();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "2 knowledge bases" }).waitFor();
  const turn = await ask(page, "When does the ferry leave, and where do the keys hang?");
  await settles(async () => {
    const names = await turn.locator("section[aria-label=Sources] .name").allTextContents();
    assert.ok(names.includes(GARDEN.name) && names.includes(HARBOUR.name), names.join());
  });
  await close();
});

test("a follow-up is searched as a question of its own, which is shown", async () => {
  const { page, close } = await open(browser, server.address, { at: await newChat(server.address, harbour) });
  await ask(page, "When does the ferry to the island leave?");
  const turn = await ask(page, "And from which pier does it?");
  await says(turn.locator(".rewritten"), /Searched for: .*ferry island/);
  await says(turn.locator(".text"), /pier nine/);
  await close();
});

test("a question is edited and asked again, and what followed it is replaced", async () => {
  const { page, close } = await open(browser, server.address, { at: await newChat(server.address, garden) });
  await ask(page, "When is the greenhouse locked?");
  await ask(page, "Who sharpens the lawn mower?");
  await counts(page.locator("article"), 2);
  await page.locator("article").first().getByRole("button", { name: "Edit the question" }).click();
  await page.getByRole("textbox", { name: "Edit the question" }).fill(GARDEN_QUESTION);
  await page.keyboard.press("Enter");
  await complete(page, GARDEN_QUESTION);
  await counts(page.locator("article"), 1);
  await page.getByRole("button", { name: "Ask again" }).click();
  const turn = await complete(page, GARDEN_QUESTION);
  await says(turn.locator(".text"), /kitchen door/);
  await page.reload();
  await complete(page, GARDEN_QUESTION);
  await counts(page.locator("article"), 1);
  await close();
});

test("an answer is copied and judged, and both outlive the page", async () => {
  const at = await newChat(server.address, garden);
  const { page, close } = await open(browser, server.address, {
    at,
    permissions: ["clipboard-read", "clipboard-write"],
  });
  const turn = await ask(page, GARDEN_QUESTION);
  await turn.getByRole("button", { name: "Copy the answer" }).click();
  await settles(async () =>
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /kitchen door.*\[1\]/s),
  );
  await turn.getByRole("button", { name: "Bad answer" }).click();
  await turn.getByLabel(/What was good or bad/).fill("It left out the hook.");
  await turn.getByRole("button", { name: "Keep the comment" }).click();
  await turn.getByText("“It left out the hook.”").waitFor();
  const { feedback } = await call(server.address, "GET", "/feedback");
  assert.equal(feedback[0].comment, "It left out the hook.");
  await page.reload();
  const again = await complete(page, GARDEN_QUESTION);
  await has(again.getByRole("button", { name: "Bad answer" }), "aria-pressed", "true");
  await again.getByRole("button", { name: "Bad answer" }).click();
  await again.getByText("“It left out the hook.”").waitFor({ state: "detached" });
  await close();
});

test("chats are found, renamed, exported and deleted", async () => {
  const { page, close } = await open(browser, server.address, { at: await newChat(server.address, harbour) });
  await ask(page, "What leaves from pier nine at seven?");
  const list = page.getByRole("region", { name: "Chats" });
  const search = list.getByLabel("Search chats");
  await search.fill("NINE pier leave");
  const entry = list.getByRole("link", { name: "What leaves from pier nine at seven?" });
  await list.getByRole("link", { name: GARDEN_QUESTION }).first().waitFor({ state: "detached" });
  await entry.waitFor();

  const options = page.locator("main").getByRole("button", { name: /Options of the chat/ });
  await options.click();
  await page.getByRole("menuitem", { name: "Rename" }).click();
  await page.getByLabel("Title").fill("The ferry");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "The ferry", level: 1 }).waitFor();

  await options.click();
  const download = page.waitForEvent("download");
  await page.getByRole("menuitem", { name: "Export as Markdown" }).click();
  const saved = await download;
  assert.equal(saved.suggestedFilename(), "The ferry.md");
  assert.match(await readFile(await saved.path(), "utf8"), /# The ferry[\s\S]*pier nine/);

  await options.click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByRole("heading", { name: "What would you like to know?" }).waitFor();
  await list.getByRole("link", { name: "The ferry", exact: true }).waitFor({ state: "detached" });
  await close();
});

test("a lost connection is shown, loses no question, and comes back by itself", async () => {
  const lonely = await startServer();
  const base = await fill(lonely.address, "Garden", [GARDEN]);
  const at = await newChat(lonely.address, base);
  const { page, close } = await open(browser, lonely.address, {
    at,
    expected: SERVER_AWAY,
  });
  const field = page.getByLabel("Question", { exact: true });
  const lost = page.getByText("The server cannot be reached.");
  await field.fill(GARDEN_QUESTION);
  await readyToAsk(page);
  await lonely.pause();
  await field.press("Enter");
  await lost.waitFor();
  // Another request of the page may have failed first.
  await holds(field, GARDEN_QUESTION);
  await page.reload().catch(() => undefined);
  await lonely.resume();
  await page.goto(`${lonely.address}/${at}`);
  await holds(field, GARDEN_QUESTION);
  await readyToAsk(page);
  await lonely.pause();
  await page.evaluate(() => fetch("/api/v1/chats").catch(() => undefined));
  await field.press("Enter");
  await lost.waitFor();
  await holds(field, GARDEN_QUESTION);
  await lonely.resume();
  await lost.waitFor({ state: "detached" });
  await readyToAsk(page);
  await field.press("Enter");
  await complete(page, GARDEN_QUESTION);
  await close();
  await lonely.stop();
});

test("a question whose request hangs outlives a reload, and comes before what was typed since", async () => {
  const at = await newChat(server.address, garden);
  const { page, close } = await open(browser, server.address, { at, expected: SERVER_AWAY });
  const field = page.getByLabel("Question", { exact: true });
  const messages = "**/api/v1/chats/*/messages";
  /** @type {import("playwright-core").Route[]} */
  const hanging = [];
  await page.route(messages, (route) => void hanging.push(route));
  const hang = async () => {
    await readyToAsk(page);
    await field.press("Enter");
    await settles(async () => assert.equal(hanging.length, 1));
    await holds(field, "");
    return hanging.pop();
  };
  await field.fill(GARDEN_QUESTION);
  await hang();
  await page.reload();
  await holds(field, GARDEN_QUESTION);

  const route = await hang();
  await field.fill("And who has them?");
  await route?.abort();
  await holds(field, `${GARDEN_QUESTION}\n\nAnd who has them?`);

  await page.unroute(messages);
  await ask(page, GARDEN_QUESTION);
  await holds(field, "");
  await page.reload();
  await complete(page, GARDEN_QUESTION);
  await holds(field, "");
  await close();
});

test("an answer of a language model streams, and is stopped and kept as far as it came", async () => {
  const model = await startChatServer();
  const written = await startServer({ config: model.config });
  const base = await fill(written.address, "Garden", [GARDEN]);
  model.say(`The **keys** hang ${HOLD}behind the kitchen door [1]. ${HOLD}They are of brass.`);
  const { page, close } = await open(browser, written.address, { at: await newChat(written.address, base) });
  await page.getByLabel("Question", { exact: true }).fill(GARDEN_QUESTION);
  await readyToAsk(page);
  await page.keyboard.press("Enter");
  const answer = page.locator("article .answer");
  await answer.locator("section[aria-label=Sources] button").first().waitFor();
  await answer.locator(".text strong", { hasText: "keys" }).first().waitFor();
  assert.doesNotMatch((await answer.locator(".text").textContent()) ?? "", /kitchen/);
  model.goOn();
  await says(answer.locator(".text"), /kitchen door/);
  await page.keyboard.press("Escape");
  await answer.getByText("Stopped; this is what was written until then.").waitFor();

  await page.reload();
  await answer.getByText("Stopped; this is what was written until then.").waitFor();
  await says(answer.locator(".text"), /kitchen door/);

  model.say("They hang behind the kitchen door [1], not in the shed [7].");
  await page.getByRole("button", { name: "Ask again" }).click();
  const turn = await complete(page, GARDEN_QUESTION);
  await turn.getByText("answered by scripted").waitFor();
  await counts(turn.locator(".cite"), 1);
  await turn.getByText(/1 citation of sources that do not exist removed/).waitFor();
  await close();
  await written.stop();
  await model.stop();
});

test("an answer that a crash has cut keeps its sources, says so and is asked again", async () => {
  const model = await startChatServer();
  const written = await startServer({ config: model.config });
  const base = await fill(written.address, "Garden", [GARDEN]);
  model.say(`The keys hang behind the kitchen door [1]. ${HOLD}They are of brass.`);
  const at = await newChat(written.address, base);
  const first = await open(browser, written.address, { at, expected: SERVER_AWAY });
  await first.page.getByLabel("Question", { exact: true }).fill(GARDEN_QUESTION);
  await readyToAsk(first.page);
  await first.page.keyboard.press("Enter");
  await says(first.page.locator("article .answer .text"), /kitchen door/);
  await written.kill();
  await first.page.locator("article .answer").getByRole("alert").waitFor();
  model.goOn();
  await written.resume();

  const { page, close } = await open(browser, written.address, { at });
  const answer = page.locator("article .answer");
  const cut = answer.getByRole("note");
  await says(cut, /The server ended/);
  await answer.locator("section[aria-label=Sources] button").first().click();
  await page.getByRole("complementary", { name: "Source 1" }).getByText("kitchen door").first().waitFor();
  await page.keyboard.press("Escape");
  model.say("They hang behind the kitchen door [1].");
  await cut.getByRole("button", { name: "Ask again" }).click();
  await complete(page, GARDEN_QUESTION);
  await cut.waitFor({ state: "detached" });
  await close();
  await first.page.context().close();
  await written.stop();
  await model.stop();
});

/** Keeps what the server sends as the answer to the next question. */
function recordStream() {
  const original = window.fetch;
  window.fetch = async (...request) => {
    const response = await original(...request);
    if (response.headers.get("content-type")?.startsWith("text/event-stream")) {
      window.fetch = original;
      Reflect.set(window, "stream", response.clone().text());
    }
    return response;
  };
}

test("the language model is chosen for a chat, and one that has gone says so and what answers instead", async () => {
  const model = await startChatServer();
  model.say("The spare key hangs behind the kitchen door [1].");
  const written = await startServer({ config: model.configOf(["larger"]) });
  try {
    const base = await fill(written.address, "Garden", [GARDEN]);
    const { page, close } = await open(browser, written.address, { at: "#/chat" });
    const choice = page.getByLabel("Language model");
    await list(choice.locator("option"), [
      "The server's default (scripted)",
      "None: quote the sources",
      "scripted",
      "larger",
    ]);
    await choice.selectOption("larger");
    await ask(page, GARDEN_QUESTION);
    assert.equal(model.asked.at(-1).model, "larger");
    await page.getByLabel("Language model").selectOption("scripted");
    await ask(page, "Where are the knives?");
    assert.equal(model.asked.at(-1).model, "scripted");
    await page.getByLabel("Language model").selectOption("extractive");
    const quoted = await ask(page, "Where is the spare key?");
    await quoted
      .getByText(/Quoted/)
      .first()
      .waitFor();
    await close();

    const chat = await call(written.address, "POST", "/chats", { knowledge_bases: [base], chat_model: "larger" });
    await call(written.address, "PATCH", `/knowledge-bases/${base}`, { chat_model: "larger" });
    await written.pause();
    await writeFile(join(written.folder, "riddle.toml"), model.config);
    await written.resume();
    const after = await open(browser, written.address, { at: `#/chat/${chat.id}` });
    const gone = /larger is not on the server any more.*scripted answers/;
    await says(after.page.locator(".ask [role=status]"), gone);
    const turn = await ask(after.page, GARDEN_QUESTION);
    await turn.getByText(/`?larger`?.* is not available, so `?scripted`? answers/).waitFor();
    await after.page.goto(`${written.address}/#/knowledge/${base}?tab=settings`);
    await after.page.getByText(gone).waitFor();
    await after.close();
  } finally {
    await written.stop();
    await model.stop();
  }
});
