import type { Download, Model } from "./types";

/** How a model stands, for its badge. */
export type Standing = "inMemory" | "firstUse" | "absent" | "downloading" | "incomplete";

export function standingOf(model: Model, download: Download | undefined): Standing {
  if (download?.state === "running" || model.state === "downloading") return "downloading";
  if (model.loaded) return "inMemory";
  if (model.state === "installed") return "firstUse";
  return model.state === "incomplete" ? "incomplete" : "absent";
}

/** The roles in the order in which a question meets them, and behind them what documents alone meet. */
export const ROLES = ["embedder", "reranker", "chat", "ocr"] as const;

/** The models of a role: those that are here first, in the catalogue's order. */
export function ofRole(models: Model[], role: string): Model[] {
  const ours = models.filter((model) => model.role === role);
  const isHere = (model: Model) => model.loaded || model.state !== "absent";
  return [...ours.filter(isHere), ...ours.filter((model) => !isHere(model))];
}
