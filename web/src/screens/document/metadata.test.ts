import { expect, test } from "vitest";
import { metadataTexts } from "./metadata";

test("metadata of every kind is shown as text", () => {
  const metadata = { author: "Ada", draft: false, tags: ["net", "ops"], year: 2024 };
  expect(metadataTexts(metadata)).toEqual([
    ["author", "Ada"],
    ["draft", "false"],
    ["tags", "net, ops"],
    ["year", "2024"],
  ]);
});
