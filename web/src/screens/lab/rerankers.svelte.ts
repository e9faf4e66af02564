import { api, given } from "../../api/client";

let names = $state.raw<string[]>([]);

/** Names of the rerankers that a search may ask for: those whose files are on the server's machine. */
export const rerankers = {
  get names(): string[] {
    return names;
  },
  async load() {
    const { models } = await given(api.GET("/api/v1/models"));
    const usable = models.filter((model) => model.role === "reranker" && model.state === "installed");
    names = usable.map((model) => model.name);
  },
};
