import { expect, test } from "vitest";
import { formatName } from "./format-name";

test("a format has the name that people know, and a rare one that of its type", () => {
  const docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
  expect([docx, "application/pdf", "image/tiff", "text/vnd.typst"].map(formatName)).toEqual([
    "Word (DOCX)",
    "PDF",
    "TIFF",
    "text/vnd.typst",
  ]);
});
