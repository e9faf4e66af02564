import type { Component } from "svelte";

/** A screen of the app, loaded when it is first opened. */
export interface Screen {
  name: "chat" | "knowledge" | "documents" | "lab" | "compare" | "system" | "start";
  load: () => Promise<{ default: Component }>;
}

const SCREENS: Screen[] = [
  { name: "chat", load: () => import("../screens/chat/Chat.svelte") },
  { name: "knowledge", load: () => import("../screens/knowledge/Knowledge.svelte") },
  { name: "documents", load: () => import("../screens/document/Document.svelte") },
  { name: "lab", load: () => import("../screens/lab/Lab.svelte") },
  { name: "compare", load: () => import("../screens/compare/Compare.svelte") },
  { name: "system", load: () => import("../screens/system/System.svelte") },
  { name: "start", load: () => import("../screens/first-run/FirstRun.svelte") },
];

/** The screen that an address names; the chat where it names none. */
export function screenOf(path: string[]): Screen {
  return SCREENS.find((screen) => screen.name === path[0]) ?? (SCREENS[0] as Screen);
}
