import { chatModels } from "../../app/chat-models.svelte";

const KEPT = "riddle-chosen-chat-model";

let chosen = $state(localStorage.getItem(KEPT) ?? "");

/** The language model of a new chat: that of the last one, or none, which leaves it to the knowledge base. */
export const chosenModel = {
  get name(): string {
    return chosen;
  },
  /** What a new chat is made with. One that has gone is not asked for. */
  get asked(): string | undefined {
    return chosen && !chatModels.isGone(chosen) ? chosen : undefined;
  },
  set(name: string) {
    chosen = name;
    if (name) localStorage.setItem(KEPT, name);
    else localStorage.removeItem(KEPT);
  },
};
