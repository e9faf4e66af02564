import { createParser, type EventSourceMessage } from "eventsource-parser";
import { raw } from "./client";
import { asProblem, connectionLost, Problem, problemSaid } from "./problem";

/** An event of a stream, its data parsed. */
export interface StreamEvent {
  name: string;
  data: unknown;
}

/** Characters that an event may have; a stream that has more without an end is not one of the server's. */
const EVENT_LIMIT = 16 * 1024 * 1024;

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
  const arrived: EventSourceMessage[] = [];
  const parser = createParser({
    maxBufferSize: EVENT_LIMIT,
    onEvent: (event) => arrived.push(event),
    onError: (error) => {
      if (error.type === "max-buffer-size-exceeded") throw error;
    },
  });
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      parser.feed(decoder.decode(value, { stream: true }));
      for (const event of arrived.splice(0)) yield open(event.event ?? "message", event.data);
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
  throw (
    problemSaid(parsed, 500) ?? new Problem("unexpected", "The server gave an error without words.", { status: 500 })
  );
}
