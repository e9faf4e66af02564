// What a user does in the app, step by step.
/** @typedef {import("playwright-core").Page} Page */

/**
 * Goes to a screen by its address, such as `#/lab`, without loading the page anew.
 * @param {Page} page
 * @param {string} at
 */
export async function goTo(page, at) {
  await page.evaluate((hash) => {
    location.hash = hash;
  }, at);
  await page.waitForFunction((hash) => location.hash === hash, at);
  await page.locator("main h1").first().waitFor();
}

/**
 * Creates a knowledge base on the start screen, where an empty server leads.
 * @param {Page} page
 * @param {string} name
 */
export async function createFirstBase(page, name) {
  await page.getByRole("textbox", { name: "Name" }).fill(name);
  await page.getByRole("button", { name: "Create" }).click();
  await page.getByRole("link", { name, exact: true }).waitFor();
}

/**
 * Chooses files with the button of the open screen.
 * @param {Page} page
 * @param {{ name: string, mimeType: string, buffer: Buffer }[]} files
 */
export async function chooseFiles(page, files) {
  const chooser = page.waitForEvent("filechooser");
  await page.locator("main").getByRole("button", { name: "Add files" }).click();
  await (await chooser).setFiles(files);
}

/**
 * A file's line in the list of uploads.
 * @param {Page} page
 * @param {string} name
 */
export function uploadOf(page, name) {
  return page.getByRole("region", { name: "Uploads" }).locator("li", { hasText: name });
}
