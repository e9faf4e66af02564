// What a reader does in a chat.
import { call } from "./api.js";

/** @typedef {import("playwright-core").Page} Page */

/**
 * Types a question and asks it with Enter.
 * @param {Page} page
 * @param {string} question
 * @returns {Promise<import("playwright-core").Locator>} its turn, once the answer is whole
 */
export async function ask(page, question) {
  await page
    .getByLabel("Question", { exact: true })
    .or(page.getByLabel("问题", { exact: true }))
    .fill(question);
  await readyToAsk(page);
  await page.keyboard.press("Enter");
  return complete(page, question);
}

/**
 * Waits until what was typed can be asked: the chat is loaded, and no answer is being written.
 * @param {Page} page
 */
export async function readyToAsk(page) {
  await page.locator("form.composer button[type=submit]:enabled").waitFor();
}

/**
 * The last turn with this question, once its answer is whole.
 * @param {Page} page
 * @param {string} question
 */
export async function complete(page, question) {
  const turn = page.locator("article", { hasText: question }).last();
  await turn.locator(".answer[aria-busy=false] .facts").waitFor();
  return turn;
}

/**
 * A chat over one knowledge base, made through the API.
 * @param {string} address
 * @param {string} base
 * @returns {Promise<string>} the address of its screen
 */
export async function newChat(address, base) {
  const chat = await call(address, "POST", "/chats", { knowledge_bases: [base] });
  return `#/chat/${chat.id}`;
}
