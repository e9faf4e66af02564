import type { Span } from "../api/types";

/** A part of a text, marked or not. */
export interface TextPiece {
  text: string;
  marked: boolean;
}

/**
 * Cuts a text at spans, which may overlap and lie partly outside. They are in Unicode characters, as the server counts,
 * where JavaScript counts UTF-16 units; `offset` is the place of the text's first character in what the spans count.
 */
export function cutAt(text: string, spans: Span[], offset = 0): TextPiece[] {
  const characters = Array.from(text);
  const marked = new Uint8Array(characters.length);
  for (const span of spans) {
    marked.fill(1, Math.max(0, span.start - offset), Math.max(0, span.end - offset));
  }
  const pieces: TextPiece[] = [];
  let from = 0;
  for (let at = 1; at <= characters.length; at += 1) {
    if (at < characters.length && marked[at] === marked[from]) continue;
    pieces.push({ text: characters.slice(from, at).join(""), marked: marked[from] === 1 });
    from = at;
  }
  return pieces;
}
