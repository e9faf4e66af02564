import { api, given } from "../api/client";
import type { KnowledgeBase } from "../api/types";

let list = $state.raw<KnowledgeBase[]>([]);
let loaded = $state(false);

/** The knowledge bases of the server, by name. */
export const bases = {
  get list(): KnowledgeBase[] {
    return list;
  },
  get loaded(): boolean {
    return loaded;
  },
  byId(id: string): KnowledgeBase | undefined {
    return list.find((base) => base.id === id);
  },
  async load() {
    const body = await given(api.GET("/api/v1/knowledge-bases"));
    list = body.knowledge_bases;
    loaded = true;
  },
};
