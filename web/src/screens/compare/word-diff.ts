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

/**
 * Words with the spaces behind them, the signs between them, and whole citations. The segmenter knows the words of
 * Chinese.
 */
function wordsOf(text: string): string[] {
  const parts: string[] = [];
  for (const part of text.split(/(\[\d{1,3}\])/)) {
    const segments = isCitation(part) ? [part] : Array.from(segmenter.segment(part), ({ segment }) => segment);
    for (const segment of segments) {
      if (segment.trim() === "" && parts.length > 0) parts.push((parts.pop() ?? "") + segment);
      else if (segment !== "") parts.push(segment);
    }
  }
  return parts;
}

function isCitation(word: string): boolean {
  return /^\[\d{1,3}\]\s*$/.test(word);
}

function alike(one: string, other: string): boolean {
  return (isCitation(one) && isCitation(other)) || one.trim() === other.trim();
}

/** A text without the marks of Markdown, between which and the words differences would lie. */
export function plainOf(text: string): string {
  return text.replace(/^ {0,3}#{1,6} +/gm, "").replace(/\*\*|__|`+/g, "");
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
