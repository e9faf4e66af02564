/** Names of formats as people know them, the same in every language. */
const NAMES: Record<string, string> = {
  "application/epub+zip": "EPUB",
  "application/json": "JSON",
  "application/msword": "Word (DOC)",
  "application/pdf": "PDF",
  "application/rtf": "RTF",
  "application/vnd.ms-excel": "Excel (XLS)",
  "application/vnd.ms-outlook": "Outlook (MSG)",
  "application/vnd.oasis.opendocument.presentation": "OpenDocument (ODP)",
  "application/vnd.oasis.opendocument.spreadsheet": "OpenDocument (ODS)",
  "application/vnd.oasis.opendocument.text": "OpenDocument (ODT)",
  "application/vnd.openxmlformats-officedocument.presentationml.presentation": "PowerPoint (PPTX)",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "Excel (XLSX)",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "Word (DOCX)",
  "application/x-ipynb+json": "Jupyter",
  "application/x-ndjson": "JSON lines",
  "application/xhtml+xml": "XHTML",
  "application/xml": "XML",
  "message/rfc822": "EML",
  "text/csv": "CSV",
  "text/html": "HTML",
  "text/markdown": "Markdown",
  "text/tab-separated-values": "TSV",
};

/** What a media type is called; a picture by its format, and what has no name here by the type itself. */
export function formatName(mediaType: string): string {
  const [kind, format = ""] = mediaType.split("/");
  return NAMES[mediaType] ?? (kind === "image" ? format.toUpperCase() : mediaType);
}
