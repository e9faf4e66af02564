/** Endings of names of files whose text is Markdown: their author's, or made of pages, headings and tables. */
const MARKED_UP = new Set(
  (
    "md markdown mdx mkd qmd rmd html htm xhtml xht xml nxml jats dbk docbook fb2 opml eml mhtml mht msg rst org tex " +
    "latex adoc asciidoc typ typst ipynb bib pdf doc docx docm dot dotx dotm ppt pptx pptm pps ppsx pot potx xls xlsx " +
    "xlsm xlsb xlt xltx odt ods odp epub rtf pages numbers key png jpg jpeg gif webp tif tiff bmp"
  ).split(" "),
);
const RECORD = /^[^|\n]*: .* \| /gm;

/**
 * Whether a passage is read by its lines, which Markdown would join: of code, logs and records, and of prose without
 * headings, in which `#` and `_` are no marks.
 */
export function isReadByLines(name: string, text: string, headings: readonly string[]): boolean {
  if ((text.match(RECORD)?.length ?? 0) > 1) return true;
  const ending = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  return headings.length === 0 && !MARKED_UP.has(ending);
}
