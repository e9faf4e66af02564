import { Marked, type Token } from "marked";

const parser = new Marked({ gfm: true, breaks: false });

/**
 * Markdown as a tree of tokens, of which components make elements one by one. No HTML is ever made of it as text, so
 * that what a document or a model writes stays words.
 */
export function tokensOf(markdown: string): Token[] {
  return parser.lexer(markdown);
}
