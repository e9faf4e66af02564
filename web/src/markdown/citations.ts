/** A piece of text, or the number of a source that it cites. */
export type Piece = { text: string } | { number: number };

/** Cuts `[1]` out of a text where 1 is a source that the answer cites. */
export function cutCitations(text: string, cited: ReadonlySet<number>): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of text.matchAll(/\[(\d{1,3})\]/g)) {
    const number = Number(match[1]);
    if (!cited.has(number)) continue;
    if (match.index > from) pieces.push({ text: text.slice(from, match.index) });
    pieces.push({ number });
    from = match.index + match[0].length;
  }
  if (from < text.length) pieces.push({ text: text.slice(from) });
  return pieces;
}
