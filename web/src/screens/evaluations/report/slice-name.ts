import type { Report } from "../types";
import { words } from "./words";

type Kind = Report["slices"][number]["kind"];

const SAID = [
  "short",
  "middle",
  "long",
  "low",
  "high",
  "asked",
  "made",
  "first_third",
  "second_third",
  "last_third",
] as const;

/** What questions of a group have in common: `Question type: how`. */
export function sliceName(kind: Kind, value: string): string {
  const said = SAID.find((one) => one === value);
  return `${words(`slice_${kind}`)}: ${said ? words(said) : value}`;
}
