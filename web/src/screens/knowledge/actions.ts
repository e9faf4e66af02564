import { api, given } from "../../api/client";
import { download } from "../../api/download";
import { asProblem } from "../../api/problem";
import type { Document } from "../../api/types";
import { toasts } from "../../app/toasts.svelte";
import { count } from "../../i18n/format";
import { confirm } from "../../ui/confirm.svelte";
import { words } from "./words";

const DELETIONS_AT_ONCE = 4;

/** Queues a document again, and asks first where people's edits would be lost; absent where it was not queued. */
export async function retry(document: Document): Promise<Document | undefined> {
  try {
    return await queue(document, false);
  } catch (thrown) {
    if (asProblem(thrown).param === "discard_edits") return retryWithoutEdits(document);
    toasts.error(thrown);
    return undefined;
  }
}

async function retryWithoutEdits(document: Document): Promise<Document | undefined> {
  const text = words("discardEditsText", { name: document.name });
  if (!(await confirm({ title: words("discardEdits"), text, action: words("readAgain") }))) return undefined;
  try {
    return await queue(document, true);
  } catch (thrown) {
    toasts.error(thrown);
    return undefined;
  }
}

function queue(document: Document, discardEdits: boolean): Promise<Document> {
  const params = { path: { id: document.id }, query: { discard_edits: discardEdits } };
  return given(api.POST("/api/v1/documents/{id}/retry", { params }));
}

/** Saves the original as a file. */
export function save(document: Document) {
  const name = document.name.split("/").at(-1) ?? document.name;
  download(`/api/v1/documents/${document.id}/content`, name).catch(toasts.error);
}

/** Deletes documents after asking, and gives the ids of those that are gone. */
export async function remove(documents: Document[]): Promise<Set<string>> {
  const [first] = documents;
  const gone = new Set<string>();
  if (!first) return gone;
  const text =
    documents.length === 1
      ? words("deleteOneText", { name: first.name, passages: first.chunk_count })
      : words("deleteManyText", { count: count(documents.length) });
  if (!(await confirm({ title: words("deleteDocuments"), text, action: words("delete") }))) return gone;
  const waiting = [...documents];
  const work = async () => {
    for (let document = waiting.pop(); document; document = waiting.pop()) {
      await removeOne(document.id);
      gone.add(document.id);
    }
  };
  try {
    await Promise.all(Array.from({ length: DELETIONS_AT_ONCE }, work));
  } catch (thrown) {
    waiting.length = 0;
    toasts.error(thrown);
  }
  return gone;
}

async function removeOne(id: string) {
  try {
    await given(api.DELETE("/api/v1/documents/{id}", { params: { path: { id } } }));
  } catch (thrown) {
    // Somebody else was faster, or it is recorded and the server will complete it.
    if (!["document_not_found", "deletion_pending"].includes(asProblem(thrown).code)) throw thrown;
  }
}
