/** The name of a document or folder below a folder; the outermost one is empty. */
export function nameBelow(folder: string, name: string): string {
  return folder && name.startsWith(`${folder}/`) ? name.slice(folder.length + 1) : name;
}

/** The folders on the way to a folder, with their whole names, the outermost first and itself last. */
export function wayTo(folder: string): { name: string; label: string }[] {
  if (!folder) return [];
  const parts = folder.split("/");
  return parts.map((label, index) => ({ name: parts.slice(0, index + 1).join("/"), label }));
}
