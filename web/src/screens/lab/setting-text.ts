import type { Setting } from "./settings";
import { words } from "./words";

/** A setting's value as the panel says it. */
export function valueText(setting: Setting, value: string | number | boolean | null | undefined): string {
  if (value === null || value === undefined) return setting === "reranker" ? words("serversChoice") : words("empty");
  if (typeof value === "boolean") return words(value ? "on" : "off");
  switch (value) {
    case "hybrid":
      return words("hybrid");
    case "bm25":
      return words("bm25Only");
    case "dense":
      return words("denseOnly");
    case "weighted":
      return words("weighted");
    case "reciprocal_rank":
      return words("reciprocalRank");
    case "truncate":
      return words("truncate");
    case "max_slice":
      return words("max_slice");
    default:
      return String(value);
  }
}
