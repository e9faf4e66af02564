import { diffWordsWithSpace } from "diff";

/** A part of two texts, in both of them or in one. */
export interface Difference {
  text: string;
  kind: "same" | "added" | "removed";
}

const TIMEOUT_MS = 1500;
const WITHOUT_SPACES = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;

/** What has to be taken out of a text and put into it so that it becomes another one. */
export function differences(from: string, to: string): Difference[] {
  const language = WITHOUT_SPACES.test(from + to) ? "zh" : undefined;
  const intlSegmenter = language ? new Intl.Segmenter(language, { granularity: "word" }) : undefined;
  const options = { timeout: TIMEOUT_MS, ...(intlSegmenter ? { intlSegmenter } : {}) };
  const parts = diffWordsWithSpace(from, to, options);
  // Texts that have too little in common are shown one after the other.
  if (!parts) {
    return [
      { text: from, kind: "removed" },
      { text: to, kind: "added" },
    ];
  }
  return parts.map(({ value, added, removed }) => ({
    text: value,
    kind: added ? "added" : removed ? "removed" : "same",
  }));
}
