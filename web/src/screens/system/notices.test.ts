import { expect, test, vi } from "vitest";
import { moment } from "../../i18n/format";
import { missing } from "./notices";

vi.mock("../../i18n/language.svelte", () => ({ language: { current: "zh" } }));

test("commands begin with the path of the program", () => {
  const code = "no_embedder_installed";
  const said = missing({ code, text: "run `riddle models pull a`", values: {} }, "/opt/$& riddle/riddle");
  expect(said.text).toContain("`/opt/$& riddle/riddle models pull all-minilm-l6-v2`");
  expect(said.english).toBe(false);
  const unknown = missing({ code: "found_by_name", text: "run `riddle doctor`", values: {} }, "/opt/riddle");
  expect(unknown).toEqual({ text: "run `/opt/riddle doctor`", english: true });
  expect(missing({ code, text: "", values: {} }).text).toContain("`riddle models pull all-minilm-l6-v2`");
});

test("moments are told as the reader tells them", () => {
  const since = "2026-11-30T18:25:54.000Z";
  const values = { model: "far", since, problem: "its server is busy (503); try again in a moment", documents: "3" };
  const text = `embedder \`far\` has given nothing since ${since}`;
  const said = missing({ code: "embedder_away", text, values });
  expect(said.text).toContain("`far`");
  expect(said.text).toContain(moment(since));
  expect(said.text).toContain("3 个");
  expect(said.text).toContain(values.problem);
  expect(said.text).not.toContain(since);
  expect(said.english).toBe(false);
});
