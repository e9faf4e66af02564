import { expect, test, vi } from "vitest";
import { raw } from "./client";
import { type StreamEvent, streamed } from "./events";

vi.mock("./client", () => ({ raw: vi.fn() }));

/** What is read of a body that comes in these pieces. */
async function read(pieces: Uint8Array<ArrayBuffer>[]): Promise<StreamEvent[]> {
  const body = new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });
  vi.mocked(raw).mockResolvedValue(new Response(body));
  const events: StreamEvent[] = [];
  for await (const event of streamed("POST", "/ask", {}, new AbortController().signal)) events.push(event);
  return events;
}

const bytes = (text: string) => new TextEncoder().encode(text);

test("events are read from pieces of any size", async () => {
  const stream = bytes(
    'event: token\ndata: {"text":"答"}\n\n: still here\n\nevent: done\r\ndata: [1,\r\ndata: 2]\r\n\r\n',
  );
  for (let size = 1; size <= stream.length; size += 1) {
    const pieces = [];
    for (let at = 0; at < stream.length; at += size) pieces.push(stream.slice(at, at + size));
    expect(await read(pieces)).toEqual([
      { name: "token", data: { text: "答" } },
      { name: "done", data: [1, 2] },
    ]);
  }
});

test("an event that is not complete is none", async () => {
  expect(await read([bytes("event: token\ndata: 1\n")])).toEqual([]);
});

test("an error of the server is thrown with its code and field", async () => {
  const error = '{"code":"invalid_request","message":"`top_k` must be 1","param":"top_k","request_id":"r"}';
  await expect(read([bytes(`event: error\ndata: ${error}\n\n`)])).rejects.toMatchObject({
    code: "invalid_request",
    param: "top_k",
  });
});

test("an event without an end is given up", async () => {
  const piece = bytes(`data: ${"x".repeat(1024 * 1024)}`);
  await expect(read(Array.from({ length: 20 }, () => piece))).rejects.toMatchObject({ code: "unexpected" });
});
