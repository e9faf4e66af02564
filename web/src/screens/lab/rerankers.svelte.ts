import { api, given } from "../../api/client";
import type { components } from "../../api/schema";
import type { Layers } from "./settings";

type Model = components["schemas"]["ModelDto"];

let usable = $state.raw<Model[]>([]);
let names = $derived(usable.map((model) => model.name));

/** Names of the rerankers that a search may ask for: those whose files are on the server's machine. */
export const rerankers = {
  get names(): string[] {
    return names;
  },
  /** The layers that a reranker can stop at; without a name, where there is only one to choose. */
  layersOf(name: string | null | undefined): Layers | undefined {
    const only = usable.length === 1 ? usable[0] : undefined;
    const model = name == null ? only : usable.find((one) => one.name === name);
    return model?.layers ?? undefined;
  },
  async load() {
    const { models } = await given(api.GET("/api/v1/models"));
    usable = models.filter((model) => model.role === "reranker" && model.state === "installed");
  },
};
