import { expect, test } from "vitest";
import { nameOf, read } from "./files";

const file = (webkitRelativePath: string, name = webkitRelativePath.split("/").at(-1) ?? "") => ({
  name,
  webkitRelativePath,
  text: async () => `of ${name}`,
});

test("files of a folder keep their paths below it, and give the set its name", async () => {
  const folder = [file("leave/corpus.jsonl"), file("leave/qrels/test.tsv"), file("leave/.git/config")];
  expect(await read(folder)).toEqual([
    { name: "corpus.jsonl", content: "of corpus.jsonl" },
    { name: "qrels/test.tsv", content: "of test.tsv" },
  ]);
  expect(nameOf(folder)).toBe("leave");
});

test("a single file gives its name without the ending", async () => {
  const single = [file("", "leave.v2.jsonl")];
  expect(await read(single)).toEqual([{ name: "leave.v2.jsonl", content: "of leave.v2.jsonl" }]);
  expect(nameOf(single)).toBe("leave.v2");
  expect(nameOf([])).toBe("");
});
