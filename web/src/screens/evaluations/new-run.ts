import { bytes } from "../../i18n/format";
import { type ArmDraft, armOf } from "./arms";
import type { NewRun } from "./types";
import { words } from "./words";

/** What the server takes of one run. */
const MOST_BASES = 15;
const MOST_FILES = 10;
const MOST_BYTES = 32 * 1024 * 1024;

/** A file of what another system ranks, of a file chooser or a test. */
export interface RunFile {
  file: Pick<File, "name" | "size" | "text">;
  /** Name of its arm; empty for the one that the file says. */
  arm: string;
}

/** A run as somebody fills it in. */
export interface RunDraft {
  scope: NonNullable<NewRun["questions"]>;
  /** `null` for all questions. */
  limit: number | null;
  answers: boolean;
  arms: ArmDraft[];
  /** Ids of knowledge bases. That of the set is searched anyway. */
  others: string[];
  files: RunFile[];
}

export async function newRun(set: { id: string; knowledge_base: { id: string } }, draft: RunDraft): Promise<NewRun> {
  const { scope, limit, answers, arms, others, files } = draft;
  return {
    set: set.id,
    questions: scope,
    limit,
    answers,
    arms: arms.map((arm) => armOf(answers ? arm : { ...arm, chat_model: "" })),
    other_knowledge_bases: others.filter((base) => base !== set.knowledge_base.id),
    trec_runs: await Promise.all(files.map(trecRun)),
  };
}

/** What the server would refuse of it. `sent` is the size of the request, if it is known. */
export function faultsOf({ others, files }: Pick<RunDraft, "others" | "files">, sent?: number): string[] {
  const size = sent ?? files.reduce((sum, { file }) => sum + file.size, 0);
  return [
    ...(others.length > MOST_BASES ? [words("tooManyBases", { most: MOST_BASES })] : []),
    ...(files.length > MOST_FILES ? [words("tooManyFiles", { most: MOST_FILES })] : []),
    ...(size > MOST_BYTES ? [words("filesTooLarge", { size: bytes(size), most: bytes(MOST_BYTES) })] : []),
  ];
}

/** Bytes of what is sent: as JSON files are longer than they are themselves. */
export function sentSize(body: NewRun): number {
  return new TextEncoder().encode(JSON.stringify(body)).length;
}

async function trecRun({ file, arm }: RunFile) {
  const named = arm.trim();
  return { ...(named ? { arm: named } : {}), file: { name: file.name, content: await file.text() } };
}
