import { api, given } from "../../api/client";
import { streamed } from "../../api/events";
import { asProblem } from "../../api/problem";
import { toasts } from "../../app/toasts.svelte";
import { RateMeter, timeLeft } from "./rate";
import type { AddModel, Download, Found, Library, Model, Verified } from "./types";
import { words } from "./words";

/** A download as it goes on. */
export interface Progress {
  download: Download;
  perSecond?: number | undefined;
  leftMs?: number | undefined;
}

let current = $state.raw<Library>();
let live = $state<Record<string, Progress>>({});
const followed = new Set<string>();

/** The models that the server knows by name, and their downloads. It outlives the screen, as downloads do. */
export const library = {
  get current(): Library | undefined {
    return current;
  },
  progress(model: Model): Progress | undefined {
    return live[model.name] ?? (model.download ? { download: model.download } : undefined);
  },
  async load() {
    const loaded = await given(api.GET("/api/v1/models"));
    current = loaded;
    for (const model of loaded.models) if (model.download?.state === "running") follow(model.name);
  },
  async pull(name: string) {
    const download = await given(api.POST("/api/v1/models/{name}/pull", { params: { path: { name } } }));
    live[name] = { download };
    follow(name);
  },
  /** What a model is that the catalogue does not have. Nothing of it is kept. */
  async look(body: AddModel, signal: AbortSignal): Promise<Found> {
    return given(api.POST("/api/v1/models/look", { body, signal }));
  },
  /** Begins to add it; from then on it is one of the models, with its download. */
  async add(body: AddModel) {
    const { name, download } = await given(api.POST("/api/v1/models", { body }));
    live[name] = { download };
    follow(name);
    await library.load();
  },
  /** What has come stays, and the next download goes on from there. */
  async cancel(name: string) {
    await given(api.DELETE("/api/v1/models/{name}/pull", { params: { path: { name } } }));
  },
  async verify(name: string, signal: AbortSignal): Promise<Verified> {
    return given(api.POST("/api/v1/models/{name}/verify", { params: { path: { name } }, signal }));
  },
};

/** Follows a download to its end. A lost connection ends the following; the next `load` takes it up again. */
async function follow(name: string) {
  if (followed.has(name)) return;
  followed.add(name);
  const meter = new RateMeter();
  try {
    const events = `/api/v1/models/${encodeURIComponent(name)}/events`;
    for await (const event of streamed("GET", events, undefined, new AbortController().signal)) {
      if (event.name === "progress") live[name] = measured(meter, event.data as Download);
    }
    await ended(name);
  } catch (thrown) {
    if (!asProblem(thrown).lost) toasts.error(thrown);
  } finally {
    followed.delete(name);
    delete live[name];
  }
}

function measured(meter: RateMeter, download: Download): Progress {
  meter.take(download.file ?? undefined, download.done_bytes, Date.now());
  const perSecond = meter.perSecond;
  return { download, perSecond, leftMs: timeLeft(download.done_bytes, download.total_bytes ?? undefined, perSecond) };
}

async function ended(name: string) {
  if (live[name]?.download.state === "done") toasts.note(words("fetched", { model: name }));
  await library.load();
}
