import { api, given } from "../../api/client";

let names = $state.raw<string[]>([]);

/** Names of the rerankers that a search may ask for. */
export const rerankers = {
  get names(): string[] {
    return names;
  },
  async load() {
    const health = await given(api.GET("/api/v1/health"));
    const models = health && "models" in health ? health.models : [];
    names = models.filter((model) => model.role === "reranker" && !model.stand_in).map((model) => model.name);
  },
};
