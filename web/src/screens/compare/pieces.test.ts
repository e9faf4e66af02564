import { expect, test } from "vitest";
import type { Citation } from "../../api/types";
import { markContexts } from "./contexts";
import { quotesIn } from "./quotes";
import { tallyOf } from "./tally";
import { context } from "./testing";

test("a passage is only here, or in both with its change of place", () => {
  const own = [context(1, "a"), context(2, "b"), context(3, "c")];
  const other = [context(1, "b"), context(2, "x"), context(3, "c")];
  expect(markContexts(own, other).map((marked) => [marked.other, marked.higher])).toEqual([
    [null, 0],
    [1, -1],
    [3, 0],
  ]);
});

test("nothing is marked while the other arm's passages are not there", () => {
  expect(markContexts([context(1, "a")], undefined)).toEqual([{ context: context(1, "a"), higher: 0 }]);
});

const citation = (quote: string, start: number): Citation => ({
  number: 1,
  answer_span: { start: 0, end: 3 },
  source_span: { start, end: start + quote.length },
  quote,
  chunk_id: "a",
  document: context(1, "a").hit.document,
  heading_path: [],
});

test("a quote is marked where the document has it", () => {
  const { hit } = context(1, "a", "port port 7180");
  expect(quotesIn(hit, [citation("port", 105)])).toEqual([{ start: 5, end: 9 }]);
});

test("a quote of an edited passage is looked for", () => {
  const { hit } = context(1, "a", "🐙 now the port is 7180");
  expect(quotesIn(hit, [citation("port", 104)])).toEqual([{ start: 10, end: 14 }]);
  expect(quotesIn(hit, [citation("gone", 104)])).toEqual([]);
});

test("the tally counts those that were judged", () => {
  const tally = tallyOf([{ preference: "with_rerank" }, { preference: "same" }, { preference: null }, {}]);
  expect(tally).toEqual({ rated: 2, with_rerank: 1, without_rerank: 0, same: 1 });
});
