import { chatModels, QUOTED } from "./chat-models.svelte";
import { words } from "./words";

type Answering = string | null | undefined;

/** What answers where no model is asked for: that of the knowledge base while it is here, else the usual one.
 * Null where answers are quoted, absent where not known yet. */
export function unasked(ofBase: string | null | undefined): Answering {
  if (!ofBase || chatModels.isGone(ofBase)) return chatModels.usual;
  return ofBase === QUOTED ? null : ofBase;
}

/** What answers in place of a chosen model that has gone; absent where it has not. `instead`: what answers then. */
export function goneText(name: string, instead: Answering = chatModels.usual): string | undefined {
  if (!chatModels.isGone(name)) return undefined;
  return instead ? words("chatModelInstead", { name, other: instead }) : words("chatModelQuotedInstead", { name });
}
