import { chatModels } from "./chat-models.svelte";
import { words } from "./words";

/** What answers in place of a chosen model that has gone; absent where it has not. `usual`: what answers otherwise. */
export function goneText(name: string): string | undefined {
  if (!chatModels.isGone(name)) return undefined;
  const { usual } = chatModels;
  return usual ? words("chatModelInstead", { name, other: usual }) : words("chatModelQuotedInstead", { name });
}
