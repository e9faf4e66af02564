const KEPT = "riddle-api-key";

let current = $state(typeof sessionStorage === "undefined" ? "" : (sessionStorage.getItem(KEPT) ?? ""));
let wanted = $state(false);
let refused = $state(false);

/** The server's API key, kept in this tab alone. */
export const apiKey = {
  get current(): string {
    return current;
  },
  /** Whether the server has refused a request for want of a key. */
  get wanted(): boolean {
    return wanted;
  },
  /** Whether it has refused the key that was given. */
  get refused(): boolean {
    return refused;
  },
  ask() {
    wanted = true;
    refused = current !== "";
  },
  /** The next request that is refused asks again. */
  notNow() {
    wanted = false;
  },
  set(key: string) {
    sessionStorage.setItem(KEPT, key);
    current = key;
    wanted = false;
    refused = false;
  },
  headers(): Record<string, string> {
    return current ? { authorization: `Bearer ${current}` } : {};
  },
};
