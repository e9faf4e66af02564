// What the server says of things that went wrong, on the Chinese page.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { call, createBase, fill } from "./support/api.js";
import { launch, open } from "./support/browser.js";
import { startServer } from "./support/server.js";
import { GARDEN, GARDEN_QUESTION } from "./support/sources.js";
import { settles } from "./support/wait.js";

/** In Shift_JIS: the shop is open from eight in the morning to six in the afternoon. */
const OPEN_FROM_EIGHT = "9484935882cd8cdf914f94aa8e9e82a982e78cdf8ce3985a8e9e82dc82c58a4a82a282c482a282dc82b78142";

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

test("why a document failed and what to know of another is told in Chinese", async () => {
  const base = await createBase(server.address, "Pages");
  await upload(base, "photos.html", new TextEncoder().encode("<title>Photos</title><img src=a.jpg>"));
  const head = new TextEncoder().encode("<html><head><meta charset=shift_jis></head><body><p>");
  await upload(base, "hours.html", Uint8Array.from([...head, ...Buffer.from(OPEN_FROM_EIGHT, "hex"), 0xff]));
  let hours = "";
  await settles(async () => {
    const { documents } = await call(server.address, "GET", `/knowledge-bases/${base}/documents`);
    const ended = documents.filter((/** @type {any} */ one) => ["ready", "failed"].includes(one.status));
    assert.equal(ended.length, 2);
    hours = documents.find((/** @type {any} */ one) => one.name === "hours.html").id;
  });
  const list = await open(browser, server.address, { at: `#/knowledge/${base}`, locale: "zh-CN" });
  await list.page.getByText("文件中没有可读的文字。").waitFor();
  await list.close();
  const document = await open(browser, server.address, { at: `#/documents/${hours}`, locale: "zh-CN" });
  await document.page.getByText("有 1 个字符无法解码").waitFor();
  await document.close();
});

test("why nothing was reranked, and what is wrong with a value, is told in Chinese", async () => {
  const one = await fill(server.address, "Garden", [GARDEN]);
  const at = `#/lab?kb=${one}&q=${encodeURIComponent(GARDEN_QUESTION)}`;
  const { page, close } = await open(browser, server.address, { at, locale: "zh-CN", expected: /400/ });
  await page.getByText("未重排：候选不足两个。").waitFor();
  await page.getByRole("searchbox").fill("key ".repeat(3000));
  await page.locator("form[role=search] button[type=submit]:enabled").click();
  await page
    .getByRole("alert")
    .getByText(/请求中有不可接受的值：“查询”过长，最多 \d+ 个字符。/)
    .waitFor();
  await close();
});

/**
 * @param {string} base
 * @param {string} name
 * @param {Uint8Array<ArrayBuffer>} bytes
 */
async function upload(base, name, bytes) {
  const form = new FormData();
  form.append("file", new Blob([bytes], { type: "text/html" }), name);
  const path = `${server.address}/api/v1/knowledge-bases/${base}/documents`;
  const response = await fetch(path, { method: "POST", body: form });
  assert.equal(response.status, 202, await response.text());
}
