import { expect, test } from "vitest";
import type { Run } from "../types";
import { beginWith, others } from "./others";

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

test("it begins with the run before this one", () => {
  expect(beginWith(here, others(here, list))?.id).toBe("before");
  expect(beginWith(here, [run("later", "2026-03-03")])?.id).toBe("later");
  expect(beginWith(here, [])).toBeUndefined();
});
