import { expect, test } from "vitest";
import type { Run } from "../types";
import { beginWith, others, withAsked } from "./others";

function run(id: string, created_at: string, more: { set?: string; base?: string; status?: Run["status"] } = {}): Run {
  const { set = "s", base = "k", status = "finished" } = more;
  return { id, created_at, status, manifest: { set, knowledge_base: { id: base } } } as unknown as Run;
}

const here = run("here", "2026-03-02");
const list = [
  run("later", "2026-03-03"),
  here,
  run("other set", "2026-03-01", { set: "t" }),
  run("before", "2026-03-01"),
  run("other base", "2026-03-01", { base: "l" }),
  run("failed", "2026-03-01", { status: "failed" }),
];

test("runs of the same set come first, and only what can be compared", () => {
  expect(others(here, list).map(({ id }) => id)).toEqual(["later", "before", "other set"]);
});

test("one that was asked for is there, and there once", () => {
  const older = run("older", "2025-01-01");
  const ids = (asked: Run | undefined) => withAsked(others(here, list), asked).map(({ id }) => id);
  expect(ids(older)).toEqual(["later", "before", "other set", "older"]);
  expect(ids(list[0])).toEqual(["later", "before", "other set"]);
  expect(ids(undefined)).toEqual(["later", "before", "other set"]);
});

test("it begins with the run before this one", () => {
  expect(beginWith(here, others(here, list))?.id).toBe("before");
  expect(beginWith(here, [run("later", "2026-03-03")])?.id).toBe("later");
  expect(beginWith(here, [])).toBeUndefined();
});
