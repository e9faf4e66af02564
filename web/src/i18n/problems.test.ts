import { expect, test } from "vitest";
import api from "../../../docs/openapi.json";
import { CODES, problemText } from "./problems";

test("every error of the server is told in Chinese", () => {
  const table = [...api.info.description.matchAll(/^\| `(\w+)` \|/gm)].map((row) => row[1]);
  expect(table.length).toBeGreaterThan(30);
  expect([...CODES].sort()).toEqual([...table, "connection_lost", "screen_failed"].sort());
});

test("in English it is what the server says", () => {
  const message = "the name `Garden` is taken; choose another";
  expect(problemText({ code: "name_taken", message })).toBe(message);
});
