import { raw } from "./client";

/** Saves what an address gives as a file. A plain link would not carry the API key. */
export async function download(path: string, name: string): Promise<void> {
  save(await (await raw("GET", path)).blob(), name);
}

/** Saves what the page holds as a file. */
export function save(blob: Blob, name: string) {
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
