import { api, given } from "../../api/client";
import { download } from "../../api/download";
import type { ChatSummary } from "../../api/types";
import { link, router } from "../../app/router.svelte";
import { toasts } from "../../app/toasts.svelte";
import { confirm } from "../../ui/confirm.svelte";
import { chats } from "./chats.svelte";
import { conversation, forget } from "./conversation.svelte";
import { words } from "./words";

type Named = Pick<ChatSummary, "id" | "title">;

export async function rename(chat: Named, title: string): Promise<void> {
  try {
    const path = { id: chat.id };
    const changed = await given(api.PATCH("/api/v1/chats/{id}", { params: { path }, body: { title } }));
    conversation(chat.id).title = changed.title;
    await chats.refresh();
  } catch (thrown) {
    toasts.error(thrown);
  }
}

export async function remove(chat: Named): Promise<void> {
  const sure = await confirm({
    title: words("deleteTitle"),
    text: words("deleteText", { title: chat.title }),
    action: words("delete"),
  });
  if (!sure) return;
  try {
    await given(api.DELETE("/api/v1/chats/{id}", { params: { path: { id: chat.id } } }));
    forget(chat.id);
    if (router.current.path[1] === chat.id) router.go(link(["chat"]));
    await chats.refresh();
  } catch (thrown) {
    toasts.error(thrown);
  }
}

/** Characters that no file system wants in a name. */
const UNFIT = /[\\/:*?"<>|\p{Cc}]+/gu;

export function exportMarkdown(chat: Named): void {
  const name = `${chat.title.replace(UNFIT, " ").trim().slice(0, 80) || "chat"}.md`;
  download(`/api/v1/chats/${encodeURIComponent(chat.id)}/export`, name).catch(toasts.error);
}
