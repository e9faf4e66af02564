const DRAFT = "riddle-draft:";
const SENT = "riddle-sent:";

/** What was typed in a chat and not asked yet; it outlives the page, not the tab. */
export function draftOf(chat: string): string {
  return sessionStorage.getItem(DRAFT + chat) ?? "";
}

export function keepDraft(chat: string, text: string): void {
  keep(DRAFT + chat, text);
}

/** Keeps a question until the server has it, for the case that the page ends before; with an empty one, forgets it. */
export function keepSent(chat: string, question: string): void {
  keep(SENT + chat, question);
}

/**
 * A question that was sent and did not arrive goes back to the draft, in front of what has been typed since.
 * `arrived` is the last question that the server has of the chat. Gives whether the draft has changed.
 */
export function returnSent(chat: string, arrived?: string): boolean {
  const question = sessionStorage.getItem(SENT + chat) ?? "";
  keepSent(chat, "");
  if (!question || question === arrived) return false;
  keepDraft(chat, [question, draftOf(chat)].filter(Boolean).join("\n\n"));
  return true;
}

function keep(key: string, text: string): void {
  if (text) sessionStorage.setItem(key, text);
  else sessionStorage.removeItem(key);
}
