import { expect, test } from "vitest";
import { armReport, report } from "../testing";
import type { Arm } from "../types";
import { hasWeight, patchOf, request, triedOf, weighed } from "./tried";

const fusion = { method: "weighted", dense_weight: 0.5 } as const;
const arm: Arm = {
  name: "present",
  mode: "hybrid",
  fusion,
  top_k: 20,
  top_n: 3,
  rerank: { weight: 0.699999988079071, long_passages: "truncate" },
};

test("the sliders begin as the arm has them", () => {
  expect(triedOf(arm)).toEqual({ depth: 20, weight: 0.7, top_n: 3, skip_lead: 0 });
  expect(request(arm, triedOf(arm))).toEqual({ arm: "present" });
  expect(patchOf(arm, triedOf(arm))).toBeUndefined();
});

test("the weight that was used is where its slider begins", () => {
  expect(triedOf(weighed(arm, 0.5)).weight).toBe(0.5);
  expect(weighed(arm, null)).toBe(arm);
  const plain = { ...arm, rerank: null };
  expect(weighed(plain, 0.5)).toBe(plain);
});

test("the weight of the fallback is not to be chosen", () => {
  const found = report([armReport("present", { stand_in: 3 }), armReport("plain", { stand_in: 0 }), armReport("old")]);
  expect([0, 1, 2].map((at) => hasWeight(found, at))).toEqual([false, true, true]);
});

test("only what differs is asked and set", () => {
  const tried = { depth: 10, weight: 0.5, top_n: 4, skip_lead: 0.3 };
  expect(request(arm, tried)).toEqual({ arm: "present", ...tried });
  expect(patchOf(arm, tried)).toEqual({ top_n: 4, top_k: 10, rerank: { weight: 0.5, skip_lead: 0.3 } });
});

test("no more passages are kept than there are candidates", () => {
  expect(patchOf(arm, { ...triedOf(arm), depth: 1 })).toEqual({ top_k: 3 });
});

test("nothing to rerank turns reranking off, and as many candidates are searched for as before", () => {
  const off = { rerank: { enabled: false } };
  expect(patchOf(arm, { ...triedOf(arm), depth: 0 })).toEqual(off);
  expect(patchOf(arm, { depth: 0, weight: 0.1, top_n: 5, skip_lead: 0.2 })).toEqual({ top_n: 5, ...off });
});

test("an arm without rerank has only passages to keep", () => {
  const plain = { ...arm, rerank: null };
  const tried = { depth: 5, weight: 0.1, top_n: 5, skip_lead: 0.2 };
  expect(request(plain, tried)).toEqual({ arm: "present", top_n: 5 });
  expect(patchOf(plain, tried)).toEqual({ top_n: 5 });
});
