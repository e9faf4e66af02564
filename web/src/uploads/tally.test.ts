import { expect, test } from "vitest";
import { type Counted, Tally } from "./tally";

test("sums follow a file from here to there", () => {
  const tally = new Tally();
  const file: Counted = { stage: "waiting", bytes: 80_000, sent: 0, progress: 0 };
  const become = (change: Partial<Counted>) => {
    tally.remove(file);
    Object.assign(file, change);
    tally.add(file);
  };
  tally.add(file);
  expect(tally.done / tally.weight).toBe(0);
  become({ stage: "uploading", sent: 40_000 });
  expect(tally.done / tally.weight).toBeCloseTo(0.05);
  become({ stage: "embedding", progress: 0.5 });
  expect(tally.done / tally.weight).toBeCloseTo(0.55);
  expect(tally.count("queued", "parsing", "embedding", "indexing")).toBe(1);
  become({ stage: "ready" });
  expect(tally.done / tally.weight).toBe(1);
  expect([tally.files, tally.count("ready"), tally.count("waiting")]).toEqual([1, 1, 0]);
});
