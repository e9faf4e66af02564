// Assertions about what the page comes to show, however long it takes.
import assert, { AssertionError } from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

/** Longest that a page may take, on a machine that does much else; who waits goes on as soon as it can. */
export const WAIT_MS = 60_000;
const PAUSE_MS = 50;

/**
 * Makes an assertion again and again until it holds, and gives what it gives; fails as it failed last.
 * @template T
 * @param {() => Promise<T>} assertion reads the page anew each time
 * @returns {Promise<T>}
 */
export async function settles(assertion) {
  const until = Date.now() + WAIT_MS;
  for (;;) {
    try {
      return await assertion();
    } catch (thrown) {
      if (!(thrown instanceof AssertionError) || Date.now() >= until) throw thrown;
    }
    await sleep(PAUSE_MS);
  }
}

/**
 * Waits until a field holds this text.
 * @param {import("playwright-core").Locator} field
 * @param {string} text
 */
export function holds(field, text) {
  return settles(async () => assert.equal(await field.inputValue(), text));
}
