import type { Component } from "svelte";

/** A screen of the app, loaded when it is first opened. */
export interface Screen {
  name: "chat" | "knowledge" | "documents" | "lab" | "compare" | "evaluations" | "system" | "start";
  load: () => Promise<{ default: Component }>;
}

const SCREENS: Screen[] = [
  { name: "chat", load: () => import("../screens/chat/Chat.svelte") },
  { name: "knowledge", load: () => import("../screens/knowledge/Knowledge.svelte") },
  { name: "documents", load: () => import("../screens/document/Document.svelte") },
  { name: "lab", load: () => import("../screens/lab/Lab.svelte") },
  { name: "compare", load: () => import("../screens/compare/Compare.svelte") },
  { name: "evaluations", load: () => import("../screens/evaluations/Evaluations.svelte") },
  { name: "system", load: () => import("../screens/system/System.svelte") },
  { name: "start", load: () => import("../screens/first-run/FirstRun.svelte") },
];

/** Loads all screens when the browser has nothing else to do, so that they are there when the server is not. */
export function loadAhead(): void {
  const all = () => {
    for (const screen of SCREENS) screen.load().catch(() => undefined);
  };
  // Safari has no way to tell when it is idle.
  if ("requestIdleCallback" in window) requestIdleCallback(all);
  else setTimeout(all, 1000);
}

/** The screen that an address names; the chat where it names none. */
export function screenOf(path: string[]): Screen {
  return SCREENS.find((screen) => screen.name === path[0]) ?? (SCREENS[0] as Screen);
}
