// What a page has shown, however short.

/**
 * Keeps every text that the matching elements show from now on, one after the other, without percentages.
 * @param {import("playwright-core").Page} page
 * @param {string} selector
 * @returns {Promise<() => Promise<string[]>>} gives what has been shown until then
 */
export async function record(page, selector) {
  await page.evaluate((wanted) => {
    /** @type {string[]} */
    const texts = [];
    Reflect.set(window, "recorded", texts);
    new MutationObserver(() => {
      for (const node of document.querySelectorAll(wanted)) {
        const text = (node.textContent ?? "").replace(/\d+ %/, "").trim();
        if (texts.at(-1) !== text) texts.push(text);
      }
    }).observe(document.body, { childList: true, subtree: true, characterData: true });
  }, selector);
  return () => page.evaluate(() => Reflect.get(window, "recorded"));
}
