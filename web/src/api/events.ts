import { raw } from "./client";
import { EventParser } from "./event-parser";
import { asProblem, connectionLost, Problem } from "./problem";

/** An event of a stream, its data parsed. */
export interface StreamEvent {
  name: string;
  data: unknown;
}

/**
 * Events of a stream as they come. `EventSource` would do but for two things: it can send neither a body nor a key.
 * An `error` event of the server is thrown as a `Problem`.
 */
export async function* streamed(
  method: string,
  path: string,
  body: unknown,
  signal: AbortSignal,
): AsyncGenerator<StreamEvent> {
  const response = await raw(method, path, body, signal);
  const reader = response.body?.getReader();
  if (!reader) return;
  const decoder = new TextDecoder();
  const parser = new EventParser();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      for (const event of parser.take(decoder.decode(value, { stream: true }))) yield open(event.name, event.data);
    }
  } catch (thrown) {
    if (signal.aborted || thrown instanceof Problem) throw thrown;
    throw thrown instanceof TypeError ? connectionLost() : asProblem(thrown);
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

function open(name: string, data: string): StreamEvent {
  const parsed: unknown = JSON.parse(data);
  if (name !== "error") return { name, data: parsed };
  const said = parsed as { code?: string; message?: string };
  throw new Problem(said.code ?? "unexpected", said.message ?? "The server gave an error without words.", 500);
}
