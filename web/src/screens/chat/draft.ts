const PREFIX = "riddle-draft:";

/** What was typed in a chat and not asked yet; it outlives the page, not the tab. */
export function draftOf(chat: string): string {
  return sessionStorage.getItem(PREFIX + chat) ?? "";
}

export function keepDraft(chat: string, text: string): void {
  if (text) sessionStorage.setItem(PREFIX + chat, text);
  else sessionStorage.removeItem(PREFIX + chat);
}
