import { beforeEach, expect, test, vi } from "vitest";
import { type Outcome, Pool } from "./pool";

beforeEach(() => {
  vi.useFakeTimers();
});

/** Work that ends when the test says so. */
function bench(size: number) {
  const begun: string[] = [];
  const ends = new Map<string, (outcome: Outcome) => void>();
  const pool = new Pool<string>(size, (item) => {
    begun.push(item);
    return new Promise((resolve) => ends.set(item, resolve));
  });
  const end = async (item: string, outcome: Outcome = "done") => {
    ends.get(item)?.(outcome);
    await vi.advanceTimersByTimeAsync(0);
  };
  return { pool, begun, end };
}

test("no more than a few at once, in order", async () => {
  const { pool, begun, end } = bench(2);
  pool.add(["a", "b", "c", "d"]);
  expect(begun).toEqual(["a", "b"]);
  await end("b");
  expect(begun).toEqual(["a", "b", "c"]);
  await end("a");
  expect(begun).toEqual(["a", "b", "c", "d"]);
  expect(pool.running).toBe(2);
});

test("what was taken out does not begin", async () => {
  const { pool, begun, end } = bench(1);
  pool.add(["a", "b", "c"]);
  pool.remove("b");
  await end("a");
  expect(begun).toEqual(["a", "c"]);
});

test("a held piece is the first to go on", async () => {
  const { pool, begun, end } = bench(1);
  pool.add(["a", "b"]);
  await end("a", "held");
  expect(begun).toEqual(["a"]);
  pool.goOn();
  expect(begun).toEqual(["a", "a"]);
  await end("a");
  expect(begun).toEqual(["a", "a", "b"]);
});

test("work goes on by itself after the time that the server asks for", async () => {
  const { pool, begun, end } = bench(1);
  pool.add(["a", "b"]);
  await end("a", { afterMs: 3000 });
  await vi.advanceTimersByTimeAsync(2999);
  expect(begun).toEqual(["a"]);
  await vi.advanceTimersByTimeAsync(1);
  expect(begun).toEqual(["a", "a"]);
});
