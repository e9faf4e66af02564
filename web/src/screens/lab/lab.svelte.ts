import { api, given } from "../../api/client";
import type { KnowledgeBase, Search } from "../../api/types";
import { bases } from "../../app/bases.svelte";
import { chosenBase } from "../../app/chosen-base.svelte";
import { link, router } from "../../app/router.svelte";
import { rerankers } from "./rerankers.svelte";
import {
  type Changes,
  changedSettings,
  type Layers,
  mistakesIn,
  patchOf,
  type Setting,
  type Settings,
  searchBody,
  withChange,
  withChanges,
} from "./settings";

/** What a run gave: the search with the saved settings, and where some differed the one with the panel's. */
export interface Outcome {
  base: string;
  query: string;
  saved: Search;
  changed?: Search;
}

let query = $state("");
let changes = $state.raw<Changes>({});
let outcome = $state.raw<Outcome>();
let thrown = $state.raw<unknown>();
let step = $state<"idle" | "saved" | "changed">("idle");
let selected = $state<string>();
let asked: { base: string; query: string } | undefined;
let abort: AbortController | undefined;

let settings = $derived(chosenBase.current && withChanges(chosenBase.current.retrieval, changes));
let changed = $derived(chosenBase.current ? changedSettings(chosenBase.current.retrieval, changes) : []);
let layers = $derived(rerankers.layersOf(settings?.reranker));
let mistakes = $derived(settings ? mistakesIn(settings, layers) : {});

/** What the lab holds; it stays when another screen is looked at. */
export const lab = {
  get query(): string {
    return query;
  },
  set query(next: string) {
    query = next;
  },
  get settings(): Settings | undefined {
    return settings;
  },
  /** Settings that differ from the saved ones. */
  get changed(): Setting[] {
    return changed;
  },
  get mistakes() {
    return mistakes;
  },
  /** The layers that the chosen reranker can stop at, if it has any. */
  get layers(): Layers | undefined {
    return layers;
  },
  get outcome(): Outcome | undefined {
    return outcome;
  },
  get thrown(): unknown {
    return thrown;
  },
  /** Which of the searches is running. */
  get step() {
    return step;
  },
  get selected(): string | undefined {
    return selected;
  },
  set selected(id: string | undefined) {
    selected = id;
  },
  chooseBase(id: string) {
    if (id === chosenBase.current?.id) return;
    chosenBase.choose(id);
    changes = {};
    forget();
  },
  change<Name extends Setting>(setting: Name, value: Settings[Name]) {
    changes = withChange(changes, setting, value);
  },
  backToSaved() {
    changes = {};
  },
  /** Does what an address asks for, unless that is what was done last. */
  open(base: string, asks: string) {
    if (asked?.base === base && asked.query === asks) return;
    lab.chooseBase(base);
    query = asks;
    return lab.run();
  },
  /** Searches with the saved settings, and after that with the panel's where some differ. */
  async run() {
    const base = chosenBase.current;
    const text = query.trim();
    if (!base || text === "" || Object.keys(mistakes).length > 0) return;
    asked = { base: base.id, query: text };
    router.replace(link(["lab"], { kb: base.id, q: text }));
    abort?.abort();
    const mine = new AbortController();
    abort = mine;
    thrown = undefined;
    try {
      const found = await searches(base, text, mine.signal);
      outcome = found;
      keepSelection(found);
    } catch (failed) {
      if (mine.signal.aborted) return;
      thrown = failed;
      outcome = undefined;
    }
    if (abort === mine) step = "idle";
  },
  stop() {
    abort?.abort();
    step = "idle";
  },
  /** Makes the panel's settings those of the knowledge base. */
  async save() {
    const base = chosenBase.current;
    if (!base) return;
    const retrieval = patchOf(base.retrieval, changes);
    await given(api.PATCH("/api/v1/knowledge-bases/{kb}", { params: { path: { kb: base.id } }, body: { retrieval } }));
    await bases.load();
    changes = {};
  },
};

/** One after the other, since searches at the same time would slow each other down. */
async function searches(base: KnowledgeBase, text: string, signal: AbortSignal): Promise<Outcome> {
  const differs = changed.length > 0;
  const bodies = [searchBody(text, base.retrieval, {}), searchBody(text, base.retrieval, changes)] as const;
  const search = (body: (typeof bodies)[number]) =>
    given(
      api.POST("/api/v1/knowledge-bases/{kb}/search", { params: { path: { kb: base.id } }, body, signal }),
    ) as Promise<Search>;
  step = "saved";
  const saved = await search(bodies[0]);
  if (!differs) return { base: base.id, query: text, saved };
  step = "changed";
  return { base: base.id, query: text, saved, changed: await search(bodies[1]) };
}

/** A passage that is still there stays selected. */
function keepSelection(found: Outcome) {
  const candidates = [found.saved, found.changed].flatMap((search) => search?.explain?.candidates ?? []);
  if (!candidates.some((candidate) => candidate.chunk_id === selected)) selected = undefined;
}

function forget() {
  abort?.abort();
  step = "idle";
  asked = undefined;
  outcome = undefined;
  thrown = undefined;
  selected = undefined;
}
