import { expect, test } from "vitest";
import { isLeftOut } from "./found";
import { walk } from "./walk";

/** A folder as browsers give it: its content comes in pieces of two. */
function folder(fullPath: string, children: FileSystemEntry[]): FileSystemEntry {
  const createReader = () => {
    const rest = [...children];
    return { readEntries: (done: (piece: FileSystemEntry[]) => void) => done(rest.splice(0, 2)) };
  };
  return { isFile: false, isDirectory: true, fullPath, createReader } as unknown as FileSystemEntry;
}

function file(fullPath: string): FileSystemEntry {
  const content = new File(["x"], fullPath.split("/").at(-1) ?? "");
  const open = (done: (file: File) => void) => done(content);
  return { isFile: true, isDirectory: false, fullPath, file: open } as unknown as FileSystemEntry;
}

test("files of folders in folders are named by their paths", async () => {
  const deep = folder("/team/plans", [file("/team/plans/b.md"), file("/team/plans/a.md"), file("/team/plans/c.md")]);
  const { files } = await walk({
    entries: [folder("/team", [deep, file("/team/z.pdf")]), file("/note.txt")],
    files: [new File(["x"], "plain.txt")],
  });
  expect(files.map((found) => found.name)).toEqual([
    "note.txt",
    "plain.txt",
    "team/plans/a.md",
    "team/plans/b.md",
    "team/plans/c.md",
    "team/z.pdf",
  ]);
});

test("a hidden folder is not entered, hidden files and files of the system are counted", async () => {
  const hidden = folder("/team/.git", [file("/team/.git/config")]);
  const found = await walk({
    entries: [folder("/team", [hidden, file("/team/.DS_Store"), file("/team/a.md")])],
    files: [],
  });
  expect(found.files.map((one) => one.name)).toEqual(["team/a.md"]);
  expect(found.leftOut).toBe(1);
});

test.each([
  [".env", false],
  ["team/.env", true],
  ["Thumbs.db", true],
  ["team/~$report.docx", true],
  ["team/report.docx", false],
])("%s is left out: %s", (name, left) => {
  expect(isLeftOut(name)).toBe(left);
});
