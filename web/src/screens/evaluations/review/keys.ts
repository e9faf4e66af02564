/** What a key does in a review. */
export type Deed = "confirm" | "reject" | "edit" | "next" | "previous";

const KEYS = new Map<string, Deed>(
  Object.entries({
    y: "confirm",
    Enter: "confirm",
    n: "reject",
    Backspace: "reject",
    e: "edit",
    ArrowRight: "next",
    ArrowDown: "next",
    ArrowLeft: "previous",
    ArrowUp: "previous",
  }),
);

/** What a key does; absent where it is none of the review. Capitals count alike. */
export function deedOf(key: string): Deed | undefined {
  return KEYS.get(key.length === 1 ? key.toLowerCase() : key);
}
