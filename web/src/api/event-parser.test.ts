import { expect, test } from "vitest";
import { EventParser } from "./event-parser";

test("events are cut out of pieces of any size", () => {
  const stream = 'event: token\ndata: {"text":"a"}\n\n: still here\n\nevent: done\r\ndata: 1\r\ndata: 2\r\n\r\n';
  const whole = new EventParser().take(stream);
  expect(whole).toEqual([
    { name: "token", data: '{"text":"a"}' },
    { name: "done", data: "1\n2" },
  ]);
  for (let size = 1; size < stream.length; size += 1) {
    const parser = new EventParser();
    const events = [];
    for (let at = 0; at < stream.length; at += size) events.push(...parser.take(stream.slice(at, at + size)));
    expect(events).toEqual(whole);
  }
});

test("an event that is not complete is kept back", () => {
  const parser = new EventParser();
  expect(parser.take("event: token\ndata: x\n")).toEqual([]);
  expect(parser.take("\n")).toEqual([{ name: "token", data: "x" }]);
});
