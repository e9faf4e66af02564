import { expect, test } from "vitest";
import api from "../../../docs/openapi.json";
import { Problem } from "../api/problem";
import { CODES, problemText, saidOf } from "./problems";

test("every error of the server is told in Chinese", () => {
  const table = [...api.info.description.matchAll(/^\| `(\w+)` \|/gm)].map((row) => row[1]);
  expect(table.length).toBeGreaterThan(30);
  expect(table.filter((code) => !CODES.includes(code ?? ""))).toEqual([]);
});

test("in English it is what the server says", () => {
  const message = "the name `Garden` is taken; choose another";
  expect(problemText({ code: "name_taken", message })).toBe(message);
});

test("what is said of a field is known by the field and not by the words", () => {
  const taken = new Problem("name_taken", "choose another", { param: "name" });
  expect(saidOf("name", taken)).toBe("choose another");
  expect(saidOf("description", taken)).toBeUndefined();
  expect(saidOf("name", new Problem("invalid_request", "the name of the embedder"))).toBeUndefined();
  expect(saidOf("name", new Error("name"))).toBeUndefined();
});
