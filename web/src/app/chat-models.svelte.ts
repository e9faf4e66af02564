import { api, given } from "../api/client";

let names = $state.raw<string[]>([]);
let usual = $state.raw<string | null>();

/** Asks for quoted answers, in the place of a model's name. */
export const QUOTED = "extractive";

/** The language models that can answer. */
export const chatModels = {
  /** Those whose files are on the server, and those of other servers; empty before they are loaded. */
  get names(): string[] {
    return names;
  },
  /** The one that answers where none is chosen: null where answers are quoted, absent where not known yet. */
  get usual(): string | null | undefined {
    return usual;
  },
  /** Whether a model that was chosen has gone since. */
  isGone(name: string): boolean {
    return usual !== undefined && name !== "" && name !== QUOTED && !names.includes(name);
  },
  async load() {
    const library = await given(api.GET("/api/v1/models"));
    names = library.models.filter((one) => one.role === "chat" && one.state === "installed").map((one) => one.name);
    usual = library.default_chat ?? null;
  },
};
