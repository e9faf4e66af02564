import type { Citation, Hit, Span } from "../../api/types";

/**
 * The cited parts of a passage, counted in the passage's own text. A passage that was edited is not as the document has
 * it, so that a quote that does not stand where the document has it is looked for.
 */
export function quotesIn(hit: Pick<Hit, "chunk_id" | "text" | "span">, citations: Citation[]): Span[] {
  const characters = Array.from(hit.text);
  return citations
    .filter((citation) => citation.chunk_id === hit.chunk_id)
    .flatMap(({ source_span, quote }) => {
      const start = source_span.start - hit.span.start;
      const end = source_span.end - hit.span.start;
      if (characters.slice(Math.max(0, start), end).join("") === quote) return [{ start, end }];
      const at = hit.text.indexOf(quote);
      if (at < 0 || quote === "") return [];
      const from = Array.from(hit.text.slice(0, at)).length;
      return [{ start: from, end: from + Array.from(quote).length }];
    });
}
