// Uploads outlive the connection.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { call, createBase, READY_MS } from "./support/api.js";
import { launch, open, SERVER_AWAY } from "./support/browser.js";
import { startServer } from "./support/server.js";
import { fileOf } from "./support/sources.js";
import { chooseFiles, goTo } from "./support/steps.js";
import { settles } from "./support/wait.js";

const FILES = 40;

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

test("a server that goes away in the middle of an upload gets the rest when it is back", async () => {
  const id = await createBase(server.address, "Notes");
  const { page, close } = await open(browser, server.address, {
    at: `#/knowledge/${id}`,
    expected: SERVER_AWAY,
  });
  const sources = Array.from({ length: FILES }, (_, index) => ({
    name: `note-${index}.md`,
    text: `# Note ${index}\n\n${`Line of note ${index}. `.repeat(400)}\n`,
  }));
  await chooseFiles(page, sources.map(fileOf));
  await page.getByRole("region", { name: "Uploads" }).waitFor();
  await server.pause();
  await page.getByText("The server cannot be reached.").waitFor();
  // Another screen changes nothing about it, and is there without the server.
  await goTo(page, "#/lab");
  await server.resume();
  await page.getByText("The server cannot be reached.").waitFor({ state: "detached" });

  const path = `/knowledge-bases/${id}/documents?limit=1`;
  await settles(
    async () => assert.equal((await call(server.address, "GET", `${path}&status=ready`)).total, FILES),
    READY_MS,
  );
  assert.equal((await call(server.address, "GET", path)).total, FILES, "none is there twice");
  await page
    .getByRole("region", { name: "Uploads" })
    .getByText(/40|All/)
    .first()
    .waitFor();
  await close();
});
