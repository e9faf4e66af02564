/** Where the app lies, without a slash at its end: a proxy may put it below a path of its own. */
export const ROOT = new URL(".", location.href).href.slice(0, -1);

/** Where the server has a path of its API. */
export function addressOf(path: string): string {
  return `${ROOT}${path}`;
}
