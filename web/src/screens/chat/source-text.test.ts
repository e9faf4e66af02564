import { expect, test } from "vitest";
import { isReadByLines } from "./source-text";

test("what has marks of Markdown is shown by them", () => {
  for (const name of ["handbook.md", "a/Notes.PDF", "page.html", "letter.docx", "mail.eml"]) {
    expect(isReadByLines(name, "One **line**.\nAnother.", []), name).toBe(false);
  }
  expect(isReadByLines("notes.txt", "# Leave\n\nThirty days.", ["Leave"])).toBe(false);
  expect(isReadByLines("sheet.xlsx", "| Name | Age |\n| --- | --- |\n| Ada | 36 |", [])).toBe(false);
});

test("code, logs, records and prose without headings are shown by their lines", () => {
  for (const name of ["tool.py", "server.log", "people.csv", "items.json", "notes.txt", "LICENSE", "v1.2"]) {
    expect(isReadByLines(name, "# a comment\n__init__ = 1", []), name).toBe(true);
  }
  expect(isReadByLines("people.xlsx", "Name: Ada | Age: 36\nName: Bo | Age: 40", ["People"])).toBe(true);
});
