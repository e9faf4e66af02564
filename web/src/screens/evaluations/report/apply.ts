import { api, given } from "../../../api/client";
import type { RetrievalPatch } from "../../../api/types";
import { bases } from "../../../app/bases.svelte";
import { toasts } from "../../../app/toasts.svelte";
import type { ArmReport, Run } from "../types";
import { undo } from "./undo.svelte";
import { words } from "./words";

/** Makes the knowledge base of a run search as an arm does, with changes if any. The server keeps the way back. */
export async function apply(run: Run, { name }: Pick<ArmReport, "name">, changes?: RetrievalPatch) {
  try {
    const address = "/api/v1/evaluations/runs/{run}/apply";
    const body = { arm: name, ...(changes ? { retrieval: changes } : {}) };
    await given(api.POST(address, { params: { path: { run: run.id } }, body }));
    await Promise.all([undo.load(run.id), bases.load()]);
  } catch (thrown) {
    toasts.error(thrown);
  }
}

/** Makes the knowledge base of a run search as it did before it took over the last arm. */
export async function goBack(run: Run) {
  try {
    await undo.go(run.id);
    toasts.note(words("undone", { base: run.manifest.knowledge_base.name }));
    await bases.load();
  } catch (thrown) {
    toasts.error(thrown);
  }
  // Somebody else may have changed the settings or gone back meanwhile.
  await undo.load(run.id).catch(() => undefined);
}
