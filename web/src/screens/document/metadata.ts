/** What filters see of a document, as text, by key. */
export function metadataTexts(metadata: Record<string, unknown>): [key: string, text: string][] {
  return Object.entries(metadata).map(([key, value]) => [key, Array.isArray(value) ? value.join(", ") : String(value)]);
}
