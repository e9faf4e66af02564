import type { Span } from "../../api/types";
import type { Turn } from "./turn";

/** Parts of a source that an answer cites, in characters of the document; one alone where a place in the answer is meant. */
export function citedSpans(turn: Turn, number: number, occurrence?: number): Span[] {
  const spans = turn.citations.filter((citation) => citation.number === number).map((citation) => citation.source_span);
  const one = occurrence === undefined ? undefined : spans[occurrence];
  return one ? [one] : spans;
}
