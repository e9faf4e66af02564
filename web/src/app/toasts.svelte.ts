import { asProblem } from "../api/problem";
import { capitalised } from "../i18n/format";
import { problemText } from "../i18n/problems";

/** A line that is shown for a while. */
export interface Toast {
  id: number;
  text: string;
  kind: "note" | "error";
}

const STAY_MS = { note: 5000, error: 12_000 };

let next = 0;
let shown = $state<Toast[]>([]);

export const toasts = {
  get shown(): Toast[] {
    return shown;
  },
  note(text: string) {
    add(text, "note");
  },
  /** Shows what went wrong. A lost connection is shown at the top already. */
  error(thrown: unknown) {
    const problem = asProblem(thrown);
    if (problem.lost || problem.status === 401) return;
    add(capitalised(problemText(problem)), "error");
  },
  dismiss(id: number) {
    shown = shown.filter((toast) => toast.id !== id);
  },
};

function add(text: string, kind: Toast["kind"]) {
  next += 1;
  const id = next;
  shown = [...shown.slice(-3), { id, text, kind }];
  setTimeout(() => toasts.dismiss(id), STAY_MS[kind]);
}
