import { expect, test } from "vitest";
import type { Run } from "../types";
import { isSettable, searchedIn } from "./arms";

function run(manifest: Partial<Run["manifest"]>): Run {
  return { manifest: { knowledge_base: { id: "1", name: "handbook" }, ...manifest } } as Run;
}

test("an arm of a run over one knowledge base becomes its setting", () => {
  const one = run({});
  expect(searchedIn(one)).toBe("handbook");
  expect(isSettable(one, "present")).toBe(true);
});

test("an arm of a run over several knowledge bases becomes none's setting", () => {
  const several = run({ other_knowledge_bases: [{ id: "2", name: "manuals" }] });
  expect(searchedIn(several)).toBe("handbook + manuals");
  expect(isSettable(several, "present")).toBe(false);
});

test("what another system ranks is no setting", () => {
  const imported = [{ arm: "theirs", file: "theirs.run", questions: 1, unknown: 0, unknown_names: [] }];
  expect(isSettable(run({ imported }), "theirs")).toBe(false);
  expect(isSettable(run({ imported }), "present")).toBe(true);
});
