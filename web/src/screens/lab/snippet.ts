import type { Span } from "../../api/types";

/** Characters before the first highlight that a line begins with. */
const LEAD = 12;

/** A line of a passage that begins near its first highlight, with the highlights counted in the line. */
export interface Snippet {
  text: string;
  spans: Span[];
}

/** Spans are in Unicode characters, as the server counts. */
export function snippetOf(text: string, highlights: Span[], length = 160): Snippet {
  const characters = Array.from(text);
  const first = Math.min(...highlights.map((span) => span.start), characters.length);
  const wanted = highlights.length > 0 ? Math.max(0, first - LEAD) : 0;
  const start = wordStart(characters, wanted);
  const cut = characters.slice(start, start + length).join("");
  const lead = start > 0 ? "…" : "";
  const offset = start - lead.length;
  const spans = highlights
    .filter((span) => span.end > start && span.start < start + length)
    .map((span) => ({ start: span.start - offset, end: span.end - offset }));
  // Each break is one character for another, so that the spans stay where they are.
  return { text: lead + cut.replace(/\s/gu, " "), spans };
}

/** The start of the word after a cut, if there is one soon; Chinese has no spaces to look for. */
function wordStart(characters: string[], at: number): number {
  if (at === 0) return 0;
  for (let next = at; next < at + LEAD - 4; next += 1) {
    if (/\s/u.test(characters[next] ?? "")) return next + 1;
  }
  return at;
}
