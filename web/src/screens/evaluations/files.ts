import type { EvaluationFile, Format } from "./types";

/** What a chosen file has, of a file chooser or a test. */
interface Chosen {
  name: string;
  webkitRelativePath: string;
  text: () => Promise<string>;
}

/** The formats in which a set can be read; all but the last three can be written too. */
export const FORMATS: Format[] = ["jsonl", "csv", "beir", "trec", "squad", "flag_embedding", "rag_retrieval"];
export const WRITTEN: Format[] = ["jsonl", "csv", "beir", "trec"];

/** The files with their paths below the folder that was chosen; hidden ones are left out. */
export async function read(files: Iterable<Chosen>): Promise<EvaluationFile[]> {
  const all = [...files].map((file) => ({ file, name: below(file) }));
  const shown = all.filter(({ name }) => !name.split("/").some((part) => part.startsWith(".")));
  return Promise.all(shown.map(async ({ file, name }) => ({ name, content: await file.text() })));
}

/** What to call a set of these files: the folder, or the first file without its ending. */
export function nameOf(files: Iterable<Pick<Chosen, "name" | "webkitRelativePath">>): string {
  const [first] = files;
  if (!first) return "";
  const [folder] = first.webkitRelativePath.split("/");
  return (folder || first.name.replace(/\.[^.]+$/, "")).slice(0, 100);
}

function below({ name, webkitRelativePath }: Chosen): string {
  return webkitRelativePath.split("/").slice(1).join("/") || name;
}
