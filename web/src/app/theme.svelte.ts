/** What the reader has chosen; `system` follows the device. */
export type Theme = "system" | "light" | "dark";

const KEPT = "riddle-theme";
const dark = matchMedia("(prefers-color-scheme: dark)");

function kept(): Theme {
  const theme = localStorage.getItem(KEPT);
  return theme === "light" || theme === "dark" ? theme : "system";
}

let current = $state<Theme>(kept());

function show() {
  const isDark = current === "dark" || (current === "system" && dark.matches);
  document.documentElement.dataset.theme = isDark ? "dark" : "light";
}

export const theme = {
  get current(): Theme {
    return current;
  },
  set(next: Theme) {
    current = next;
    localStorage.setItem(KEPT, next);
    show();
  },
};

dark.addEventListener("change", show);
show();
