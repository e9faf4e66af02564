/** Whether a key press belongs to somebody else: a field, an open dialog, or a chord of the browser. */
export function takesKeys(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return true;
  const { target } = event;
  if (!(target instanceof Element)) return false;
  const field = target.closest("input:not([type=checkbox]), textarea, select, [contenteditable], [role=menu]");
  return field !== null || document.querySelector("dialog[open]") !== null;
}
