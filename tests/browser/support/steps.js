// What a user does on the page, step by step.

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {{ name: string, text: string }} Source */

/** @type {Source} */
export const GARDEN = {
  name: "garden.md",
  text: `# Garden rules

## Watering

Tomatoes are watered every morning at six. In August they are watered twice a day, and never on the leaves.

## Greenhouse

The greenhouse is locked at eight in the evening. The keys of the greenhouse hang behind the kitchen door, on the brass
hook.

## Tools

Spades and rakes are cleaned before they are put away. The lawn mower is sharpened every spring by the caretaker.
`,
};

/** Every way that a document could try to run code or to call out. */
export const HOSTILE = {
  name: "<img src=x onerror=attacked()>.md",
  text: `# Lighthouse <script>attacked()</script>

The lighthouse keeper counts the ships at noon. <script>attacked()</script> <img src="x" onerror="attacked()">
The keeper writes [the lighthouse log](javascript:attacked()) and paints ![the lighthouse](https://example.com/pixel.png)
every second spring. The lighthouse also has ![a picture of the lamp][lamp] and <svg onload=attacked()></svg>
<iframe src="https://example.com/frame"></iframe> a lamp of the keeper.

[lamp]: https://example.com/lamp.png "lamp"
`,
};

/**
 * @param {Page} page
 * @param {string} name
 */
export async function createBase(page, name) {
  // Until the list has come, the page does not know whether to offer the form.
  await page.locator("#base-empty:not([hidden]), #base:has(option)").first().waitFor();
  const field = page.getByLabel("Name of the knowledge base");
  if (!(await field.isVisible())) await page.getByRole("button", { name: "New…" }).click();
  await field.fill(name);
  await page.getByRole("button", { name: "Create" }).click();
  await page.locator("#base option:checked", { hasText: name }).waitFor({ state: "attached" });
}

/**
 * Adds files and waits until each is ready.
 * @param {Page} page
 * @param {Source[]} sources
 */
export async function addFiles(page, sources) {
  await page
    .getByLabel("Add files")
    .setInputFiles(sources.map(({ name, text }) => ({ name, mimeType: "text/markdown", buffer: Buffer.from(text) })));
  for (const { name } of sources) {
    await page.locator("#uploads .item", { hasText: name }).locator(".state.ready").waitFor();
  }
}

/**
 * Asks and waits for the whole answer.
 * @param {Page} page
 * @param {string} question
 * @returns the newest answer
 */
export async function ask(page, question) {
  await page.locator("#question").fill(question);
  await page.locator("#submit").click();
  return complete(page, question);
}

/**
 * @param {Page} page
 * @param {string} question
 */
export async function complete(page, question) {
  const answer = page.locator(".answer").first();
  await answer.locator("h3", { hasText: question }).waitFor();
  await answer.locator(".badges").first().waitFor();
  return answer;
}
