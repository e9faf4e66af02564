import { link, router } from "../../../app/router.svelte";
import { toasts } from "../../../app/toasts.svelte";
import { withId } from "./pages";

/** Goes to a question of a run, by its id in the set. */
export async function openQuestion(run: string, id: string) {
  try {
    const found = await withId(run, id);
    if (found) router.go(link(["evaluations", "runs", run], { tab: "questions", place: String(found.place) }));
  } catch (thrown) {
    toasts.error(thrown);
  }
}
