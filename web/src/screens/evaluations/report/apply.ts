import { api, given } from "../../../api/client";
import { asRequested } from "../../../api/rerank";
import type { RetrievalPatch, RetrievalSettings } from "../../../api/types";
import { bases } from "../../../app/bases.svelte";
import { toasts } from "../../../app/toasts.svelte";
import type { ArmReport, Run } from "../types";
import { undo } from "./undo.svelte";
import { words } from "./words";

/** Makes the knowledge base of a run search as an arm does, and keeps the way back. */
export async function apply(run: Run, { name }: Pick<ArmReport, "name">) {
  try {
    const address = "/api/v1/evaluations/runs/{run}/apply";
    const params = { path: { run: run.id } };
    const { before, knowledge_base } = await given(api.POST(address, { params, body: { arm: name } }));
    undo.offer({ base: knowledge_base, before, arm: name });
    await bases.load();
  } catch (thrown) {
    toasts.error(thrown);
  }
}

/** Makes a knowledge base search as it did before. */
export async function goBack(base: { id: string; name: string }, before: RetrievalSettings) {
  const retrieval = asRequested({ ...before }) as RetrievalPatch;
  const address = "/api/v1/knowledge-bases/{kb}";
  await given(api.PATCH(address, { params: { path: { kb: base.id } }, body: { retrieval } }));
  toasts.note(words("undone", { base: base.name }));
  await bases.load();
}
