/** Where the app is: the parts of the address after `#/`, and its query. */
export interface Route {
  path: string[];
  query: URLSearchParams;
}

function read(): Route {
  const [path = "", query = ""] = location.hash.replace(/^#\/?/, "").split("?");
  return { path: path.split("/").filter(Boolean).map(decode), query: new URLSearchParams(query) };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

let current = $state.raw<Route>(read());
addEventListener("hashchange", () => {
  current = read();
});

export const router = {
  get current(): Route {
    return current;
  },
  go(address: string) {
    location.hash = address;
  },
  /** Changes the address without a step in the browser's history. */
  replace(address: string) {
    history.replaceState(null, "", address);
    current = read();
  },
};

/** The address of a screen: `link(["knowledge", id], { chunk })` is `#/knowledge/ID?chunk=…`. */
export function link(path: string[], query: Record<string, string | undefined> = {}): string {
  const set = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const search = new URLSearchParams(set).toString();
  return `#/${path.map(encodeURIComponent).join("/")}${search ? `?${search}` : ""}`;
}
