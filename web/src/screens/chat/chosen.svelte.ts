import { bases } from "../../app/bases.svelte";

const KEPT = "riddle-chosen-bases";

function kept(): string[] {
  try {
    const list: unknown = JSON.parse(localStorage.getItem(KEPT) ?? "[]");
    return Array.isArray(list) ? list.filter((id) => typeof id === "string") : [];
  } catch {
    return [];
  }
}

let chosen = $state.raw<string[]>(kept());

/** The knowledge bases that a new chat searches: those of the last one, or the one that has documents. */
export const chosenBases = {
  get ids(): string[] {
    const known = chosen.filter((id) => bases.byId(id));
    if (known.length > 0 || chosen.length > 0 || !bases.loaded) return known;
    const first = bases.list.find((base) => base.documents > 0) ?? bases.list[0];
    return first ? [first.id] : [];
  },
  set(ids: string[]) {
    chosen = ids;
    localStorage.setItem(KEPT, JSON.stringify(ids));
  },
};
