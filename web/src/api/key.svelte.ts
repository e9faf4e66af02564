const KEPT = "riddle-api-key";

let current = $state(typeof sessionStorage === "undefined" ? "" : (sessionStorage.getItem(KEPT) ?? ""));
let wanted = $state(false);

/** The server's API key, kept in this tab alone. */
export const apiKey = {
  get current(): string {
    return current;
  },
  /** Whether the server has refused a request for want of a key. */
  get wanted(): boolean {
    return wanted;
  },
  ask() {
    wanted = true;
  },
  set(key: string) {
    sessionStorage.setItem(KEPT, key);
    current = key;
    wanted = false;
  },
  headers(): Record<string, string> {
    return current ? { authorization: `Bearer ${current}` } : {};
  },
};
