import { expect, test } from "vitest";
import { newArm } from "./arms";
import { faultsOf, newRun, type RunDraft, sentSize } from "./new-run";

const SET = { id: "s", knowledge_base: { id: "own" } };
const PLAIN: RunDraft = { scope: "all", limit: 150, answers: false, arms: [], others: [], files: [] };

const file = (name: string, content: string) => ({
  name,
  size: new TextEncoder().encode(content).length,
  text: async () => content,
});

test("a plain run asks for nothing besides", async () => {
  expect(await newRun(SET, PLAIN)).toEqual({
    set: "s",
    questions: "all",
    limit: 150,
    answers: false,
    arms: [],
    other_knowledge_bases: [],
    trec_runs: [],
  });
});

test("other knowledge bases are searched too, that of the set only once", async () => {
  const { other_knowledge_bases } = await newRun(SET, { ...PLAIN, others: ["a", "own", "b"] });
  expect(other_knowledge_bases).toEqual(["a", "b"]);
});

test("each file of another system is sent with the name that its arm is given, if it is given one", async () => {
  const files = [
    { file: file("old.run", "q1 Q0 watering 1 2 old\n"), arm: "  our old search " },
    { file: file("new.run", "q1 Q0 tools 1 2 new\n"), arm: " " },
  ];
  const { trec_runs } = await newRun(SET, { ...PLAIN, files });
  expect(trec_runs).toEqual([
    { arm: "our old search", file: { name: "old.run", content: "q1 Q0 watering 1 2 old\n" } },
    { file: { name: "new.run", content: "q1 Q0 tools 1 2 new\n" } },
  ]);
});

test("a language model is an arm's own only where answers are written", async () => {
  const arms = [{ ...newArm([]), chat_model: "extractive" }];
  expect((await newRun(SET, { ...PLAIN, arms })).arms?.[0]).not.toHaveProperty("chat_model");
  expect((await newRun(SET, { ...PLAIN, arms, answers: true })).arms?.[0]).toHaveProperty("chat_model", "extractive");
});

test("what the server would refuse is said before it is sent", () => {
  const sized = (size: number) => ({ file: { ...file("a.run", ""), size }, arm: "" });
  const most = 32 * 1024 * 1024;
  const ids = Array.from({ length: 16 }, (_, at) => String(at));
  expect(faultsOf({ others: ids.slice(1), files: [sized(most - 1), sized(1)] })).toEqual([]);
  expect(faultsOf({ others: ids, files: [] })).toEqual(["At most 15 other knowledge bases can be searched."]);
  expect(faultsOf({ others: [], files: ids.slice(5).map(() => sized(0)) })).toEqual([
    "At most 10 run files make one run.",
  ]);
  const tooLarge = "The run files come to 33.6 MB, and the server takes 33.6 MB at once. Leave some out.";
  expect(faultsOf({ others: [], files: [sized(most), sized(1)] })).toEqual([tooLarge]);
  expect(faultsOf({ others: [], files: [sized(1)] }, most + 1)).toEqual([tooLarge]);
});

test("the size of what is sent is that of its JSON in bytes", async () => {
  const draft = (content: string) => ({ ...PLAIN, files: [{ file: file("a.run", content), arm: "" }] });
  const [empty, full] = [await newRun(SET, draft("")), await newRun(SET, draft('"\n茶'))];
  // The quotation mark and the end of the line take two bytes each, the letter three.
  expect(sentSize(full) - sentSize(empty)).toBe(7);
});
