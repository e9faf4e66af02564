import { api, given } from "../../../api/client";
import { asRequested, fusionOf } from "../../../api/retrieval";
import type { RetrievalPatch, RetrievalSettings } from "../../../api/types";
import { bases } from "../../../app/bases.svelte";
import { toasts } from "../../../app/toasts.svelte";
import type { ArmReport, Run } from "../types";
import { undo } from "./undo.svelte";
import { words } from "./words";

const ADDRESS = "/api/v1/knowledge-bases/{kb}";

/** Makes the knowledge base of a run search as an arm does, with changes if any, and keeps the way back. */
export async function apply(run: Run, { name }: Pick<ArmReport, "name">, changes?: RetrievalPatch) {
  try {
    const address = "/api/v1/evaluations/runs/{run}/apply";
    const params = { path: { run: run.id } };
    const { before, knowledge_base } = await given(api.POST(address, { params, body: { arm: name } }));
    undo.offer({ base: knowledge_base, before, arm: name });
    const at = { path: { kb: knowledge_base.id } };
    if (changes) await given(api.PATCH(ADDRESS, { params: at, body: { retrieval: changes } }));
    await bases.load();
  } catch (thrown) {
    toasts.error(thrown);
  }
}

/** Makes a knowledge base search as it did before. */
export async function goBack(base: { id: string; name: string }, before: RetrievalSettings) {
  const retrieval = asRequested({ ...before, ...fusionOf(before) }) as RetrievalPatch;
  await given(api.PATCH(ADDRESS, { params: { path: { kb: base.id } }, body: { retrieval } }));
  toasts.note(words("undone", { base: base.name }));
  await bases.load();
}
