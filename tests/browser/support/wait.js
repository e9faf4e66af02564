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
 * @param {number} [longest] in milliseconds
 * @returns {Promise<T>}
 */
export async function settles(assertion, longest = WAIT_MS) {
  const until = Date.now() + longest;
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

/**
 * Waits until a part of the page says this.
 * @param {import("playwright-core").Locator} part
 * @param {RegExp} pattern
 */
export function says(part, pattern) {
  return settles(async () => assert.match((await part.textContent()) ?? "", pattern));
}

/**
 * Waits until there are just so many.
 * @param {import("playwright-core").Locator} parts
 * @param {number} number
 */
export function counts(parts, number) {
  return settles(async () => assert.equal(await parts.count(), number));
}

/**
 * Waits until parts say just this, in this order.
 * @param {import("playwright-core").Locator} parts
 * @param {string[]} texts
 */
export function list(parts, texts) {
  return settles(async () => assert.deepEqual(await parts.allTextContents(), texts));
}

/**
 * Waits until an attribute has this value.
 * @param {import("playwright-core").Locator} part
 * @param {string} name
 * @param {string} value
 */
export function has(part, name, value) {
  return settles(async () => assert.equal(await part.getAttribute(name), value));
}

/**
 * Waits until a part has the focus.
 * @param {import("playwright-core").Locator} part
 */
export function focused(part) {
  return settles(async () =>
    assert.ok(await part.evaluate((node) => node === node.ownerDocument.activeElement), "has the focus"),
  );
}

/**
 * Waits until nothing on the page fades or moves any more, besides what does so for ever.
 * @param {import("playwright-core").Page} page
 */
export async function still(page) {
  await page.evaluate(async () => {
    const ending = document.getAnimations().filter((one) => one.effect?.getComputedTiming().endTime !== Infinity);
    await Promise.allSettled(ending.map((one) => one.finished));
  });
}
