const MOST = 300;

/** The words that a passage is known by: its first sentence of at least 40 characters, without headings above it. */
export function quoteOf(text: string): string {
  const own = text.replace(/^(\s*#{1,6}\s[^\n]*\n+)+/, "").trim() || text.trim();
  const sentence = /^[\s\S]{40,}?(?:[.!?](?=\s|$)|[。！？]|\n\s*\n)/.exec(own)?.[0].trim();
  if (sentence && sentence.length <= MOST) return sentence;
  if (own.length <= MOST) return own;
  // Never half a word.
  return own.slice(0, MOST).replace(/\s\S*$/, "");
}
