// Files that are dragged from the desktop onto the page.

/**
 * Drops files or folders of this machine at a place of the page, as the desktop does it.
 * @param {import("playwright-core").Page} page
 * @param {string[]} paths
 * @param {() => Promise<void>} [over] what to do while the files are held over the page
 */
export async function drop(page, paths, over = async () => undefined) {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: paths, dragOperationsMask: 1 };
  for (const type of /** @type {const} */ (["dragEnter", "dragOver"])) {
    await session.send("Input.dispatchDragEvent", { type, x: 600, y: 400, data });
  }
  await over();
  await session.send("Input.dispatchDragEvent", { type: "drop", x: 600, y: 400, data });
  await session.detach();
}
