import { beforeEach, expect, test, vi } from "vitest";
import { Following } from "./following";
import type { Step } from "./settle";

beforeEach(() => {
  vi.useFakeTimers();
});

/** A server whose documents stand where the test puts them. */
function server(streams = 1) {
  const statuses = new Map<string, string>();
  const streamed: string[] = [];
  const aborted: string[] = [];
  let looks = 0;
  const following = new Following({
    async *stream(id, signal) {
      streamed.push(id);
      yield { id, status: "embedding", progress: 0.7 };
      await new Promise<void>((_, reject) =>
        signal.addEventListener("abort", () => {
          aborted.push(id);
          reject(signal.reason);
        }),
      );
    },
    async look(_, ids) {
      looks += 1;
      return ids.map((id) => ({ id, status: statuses.get(id) ?? "ready", progress: 0.5 }));
    },
    streams: () => streams,
  });
  return { following, statuses, streamed, aborted, looks: () => looks };
}

test("a document in work is streamed, a queued one is looked at", async () => {
  const { following, statuses, streamed } = server();
  statuses.set("a", "queued").set("b", "parsing").set("c", "embedding");
  const steps: Step[] = [];
  for (const id of ["a", "b", "c"]) following.watch("base", id, "queued", (step) => steps.push(step));
  await vi.advanceTimersByTimeAsync(250);
  expect(streamed).toEqual(["b"]);
  expect(steps.map((step) => `${step.id} ${step.status}`)).toEqual([
    "a queued",
    "b parsing",
    "c embedding",
    "b embedding",
  ]);
});

test("when a document is ready, its stream ends and the next one is streamed", async () => {
  const { following, statuses, streamed, aborted } = server();
  statuses.set("a", "parsing").set("b", "parsing");
  following.watch("base", "a", "queued", () => undefined);
  following.watch("base", "b", "queued", () => undefined);
  await vi.advanceTimersByTimeAsync(250);
  statuses.set("a", "ready");
  await vi.advanceTimersByTimeAsync(2100);
  expect(aborted).toEqual(["a"]);
  expect(streamed).toEqual(["a", "b"]);
});

test("nothing is asked when all is done or nobody listens", async () => {
  const { following, statuses, looks } = server();
  const last = vi.fn();
  statuses.set("b", "queued");
  following.watch("base", "a", "queued", last);
  const stop = following.watch("base", "b", "queued", () => undefined);
  await vi.advanceTimersByTimeAsync(250);
  expect(last).toHaveBeenCalledWith(expect.objectContaining({ status: "ready" }));
  stop();
  await vi.advanceTimersByTimeAsync(2100);
  const before = looks();
  await vi.advanceTimersByTimeAsync(20_000);
  expect(looks()).toBe(before);
});
