import { createSubscriber } from "svelte/reactivity";

/** Colours for what is drawn rather than styled. */
export interface Palette {
  text: string;
  textSoft: string;
  line: string;
  lineStrong: string;
  surface: string;
  hover: string;
  accent: string;
  good: string;
  danger: string;
  warn: string;
  font: string;
  /** One for each arm, told apart in both appearances. */
  series: string[];
}

const subscribe = createSubscriber((update) => {
  const observer = new MutationObserver(update);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  return () => observer.disconnect();
});

export const palette = {
  /** The colours of the page as it looks now. */
  get current(): Palette {
    subscribe();
    return read();
  },
};

function read(): Palette {
  const style = getComputedStyle(document.documentElement);
  const of = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    text: of("text"),
    textSoft: of("text-soft"),
    line: of("line"),
    lineStrong: of("line-strong"),
    surface: of("surface"),
    hover: of("hover"),
    accent: of("accent"),
    good: of("good"),
    danger: of("danger"),
    warn: of("warn"),
    font: of("font"),
    series: ["accent", "stage-write", "stage-search", "stage-embed", "danger", "good", "warn", "line-strong"].map(of),
  };
}
