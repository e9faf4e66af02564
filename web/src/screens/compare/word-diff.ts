import { diffArrays } from "diff";

/** A part of a text; one that the other text does not have is changed. */
export interface DiffPiece {
  text: string;
  changed: boolean;
}

const segmenter = new Intl.Segmenter(undefined, { granularity: "word" });

/** What two texts do not share, word by word. Citations are left alone: their numbers mean each text's own sources. */
export function diffWords(one: string, other: string): { one: DiffPiece[]; other: DiffPiece[] } {
  const ones = wordsOf(one);
  const others = wordsOf(other);
  const pieces = { one: [] as DiffPiece[], other: [] as DiffPiece[] };
  let at = 0;
  let atOther = 0;
  for (const change of diffArrays(ones, others, { comparator: alike })) {
    if (!change.added) {
      add(pieces.one, ones.slice(at, at + change.count), Boolean(change.removed));
      at += change.count;
    }
    if (!change.removed) {
      add(pieces.other, others.slice(atOther, atOther + change.count), Boolean(change.added));
      atOther += change.count;
    }
  }
  return pieces;
}

/** Words, the characters between them, and whole citations. The segmenter knows the words of Chinese. */
export function wordsOf(text: string): string[] {
  return text
    .split(/(\[\d{1,3}\])/)
    .flatMap((part) => (isCitation(part) ? [part] : Array.from(segmenter.segment(part), ({ segment }) => segment)));
}

function isCitation(word: string): boolean {
  return /^\[\d{1,3}\]$/.test(word);
}

function alike(one: string, other: string): boolean {
  if (isCitation(one) && isCitation(other)) return true;
  return one === other || (one.trim() === "" && other.trim() === "");
}

function add(pieces: DiffPiece[], segments: string[], changed: boolean) {
  for (const text of segments) {
    // A citation that the other text does not have is left alone too.
    const marked = changed && !isCitation(text);
    const last = pieces.at(-1);
    if (last?.changed === marked) last.text += text;
    else pieces.push({ text, changed: marked });
  }
}
