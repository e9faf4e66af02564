import { expect, test, vi } from "vitest";
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
