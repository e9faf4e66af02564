import { api, given } from "../../../api/client";
import { listChunks } from "../../document/chunk-api";

/** The first passage of a document that is judged as a whole; absent where it is not there. */
export async function beginningOf(base: string, name: string): Promise<string | undefined> {
  const params = { path: { kb: base }, query: { search: name, sort: "name", limit: 20 } };
  const { documents } = await given(api.GET("/api/v1/knowledge-bases/{kb}/documents", { params }));
  const document = documents.find((found) => found.name === name);
  if (!document) return undefined;
  const { chunks } = await listChunks(document.id, 0, 1);
  return chunks[0]?.text;
}
