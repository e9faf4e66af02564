import { expect, test } from "vitest";
import { csv } from "./csv";

test("cells are quoted where they must be, and none becomes a formula", () => {
  const table = {
    columns: ["arm", "nDCG@10"],
    rows: [
      ['with "rerank", 50', 0.643],
      ["=1+1", null],
      ["two\nlines", -0.1],
    ],
  };
  const expected = '\uFEFFarm,nDCG@10\r\n"with ""rerank"", 50",0.643\r\n\'=1+1,\r\n"two\nlines",-0.1\r\n';
  expect(csv(table)).toBe(expected);
});
