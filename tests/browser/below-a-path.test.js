// The app behind a proxy that puts it below a path, beside other programs under one name.
import { after, before, test } from "node:test";
import { launch, open } from "./support/browser.js";
import { complete } from "./support/chat.js";
import { startProxy } from "./support/proxy.js";
import { startServer } from "./support/server.js";
import { fileOf, GARDEN, GARDEN_QUESTION } from "./support/sources.js";
import { chooseFiles, createFirstBase } from "./support/steps.js";
import { says } from "./support/wait.js";

/** @type {import("./support/server.js").Server} */
let server;
/** @type {import("./support/proxy.js").Proxy} */
let proxy;
/** @type {import("playwright-core").Browser} */
let browser;

before(async () => {
  server = await startServer();
  proxy = await startProxy(server.address, "/tools/riddle");
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await proxy?.stop();
  await server?.stop();
});

test("below a path the app uploads, asks, opens the source and gives the original back", async () => {
  // The page watches that nothing is asked of an address outside the path.
  const { page, close } = await open(browser, proxy.address);
  await createFirstBase(page, "Home rules");
  await chooseFiles(page, [fileOf(GARDEN)]);
  await page.getByRole("textbox", { name: "Your question" }).fill(GARDEN_QUESTION);
  await page.keyboard.press("Enter");
  const turn = await complete(page, GARDEN_QUESTION);
  await says(turn.locator(".text"), /behind the kitchen door/);
  await turn.locator(".cite").first().click();
  await page.getByRole("link", { name: "Open in the document" }).click();
  await page.getByRole("heading", { name: GARDEN.name, level: 1 }).waitFor();
  const original = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download the original" }).click();
  await (await original).path();
  await close();
});
