/** The languages of the app. */
export type Language = "en" | "zh";

const KEPT = "riddle-language";

function first(): Language {
  const kept = localStorage.getItem(KEPT);
  if (kept === "en" || kept === "zh") return kept;
  return navigator.languages.some((language) => language.toLowerCase().startsWith("zh")) ? "zh" : "en";
}

let current = $state<Language>("en");

export const language = {
  get current(): Language {
    return current;
  },
  /** Changes the language and remembers it in this browser. */
  set(next: Language) {
    localStorage.setItem(KEPT, next);
    use(next);
  },
};

function use(next: Language) {
  current = next;
  document.documentElement.lang = next === "zh" ? "zh-Hans" : "en";
}

if (typeof document !== "undefined") use(first());
