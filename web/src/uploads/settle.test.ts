import { expect, test } from "vitest";
import { type Listed, type Step, settle } from "./settle";

const step = (id: string, status: string): Step => ({ id, status, progress: 0.5 });
const list = (documents: Step[], more = false): Listed => ({ documents, more });

test("what is in no list is ready", () => {
  const steps = settle(["1", "2", "3"], list([step("2", "embedding")]), [step("3", "failed")]);
  expect(steps.map((one) => one.status)).toEqual(["ready", "embedding", "failed"]);
});

test("of what lies behind the end of the list nothing is said", () => {
  const steps = settle(["1", "2", "9"], list([step("2", "embedding"), step("5", "queued")], true), []);
  expect(steps.map((one) => [one.id, one.status])).toEqual([
    ["1", "ready"],
    ["2", "embedding"],
  ]);
});
