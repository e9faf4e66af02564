import { expect, test } from "vitest";
import { ofRole, standingOf } from "./standing";
import type { Model } from "./types";

function model(name: string, more: Partial<Model> = {}): Model {
  return {
    name,
    role: "reranker",
    kind: "cross_encoder",
    state: "absent",
    bytes_on_disk: 0,
    languages: [],
    loaded: false,
    verifiable: false,
    ...more,
  };
}

test("a running download counts more than what the list said before", () => {
  expect(standingOf(model("a"), { state: "running", done_bytes: 0 })).toBe("downloading");
  expect(standingOf(model("a"), { state: "failed", done_bytes: 0 })).toBe("absent");
  expect(standingOf(model("a", { state: "incomplete" }), undefined)).toBe("incomplete");
});

test("a model that is here is in memory or loaded on first use", () => {
  expect(standingOf(model("a", { state: "installed" }), undefined)).toBe("firstUse");
  expect(standingOf(model("a", { state: "installed", loaded: true }), undefined)).toBe("inMemory");
});

test("a model of another server is in memory though no file of it is here", () => {
  expect(standingOf(model("a", { loaded: true }), undefined)).toBe("inMemory");
});

test("models that are here come first and keep their order", () => {
  const models = [model("a"), model("b", { state: "installed" }), model("c"), model("d", { state: "incomplete" })];
  expect(ofRole(models, "reranker").map((one) => one.name)).toEqual(["b", "d", "a", "c"]);
  expect(ofRole(models, "chat")).toEqual([]);
});
