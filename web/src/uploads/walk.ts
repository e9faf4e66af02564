import { type Found, type FoundFiles, isLeftOut, sortOut } from "./found";

/** What was dropped. It has to be taken while the event is handled: afterwards the browser has forgotten it. */
export function entriesOf(transfer: DataTransfer): FileSystemEntry[] {
  return [...transfer.items].flatMap((item) => {
    const entry = item.kind === "file" ? item.webkitGetAsEntry() : null;
    return entry ? [entry] : [];
  });
}

/** All files of dropped files and folders, with those in folders of folders. */
export async function walk(entries: FileSystemEntry[]): Promise<FoundFiles> {
  const all: Found[] = [];
  const open = [...entries];
  // A list rather than recursion: nobody knows how deep a folder is.
  for (let entry = open.pop(); entry; entry = open.pop()) {
    const name = entry.fullPath.replace(/^\/+/, "");
    if (entry.isFile) all.push({ file: await fileOf(entry as FileSystemFileEntry), name });
    else if (entry.isDirectory && !isLeftOut(`${name}/`)) {
      open.push(...(await childrenOf(entry as FileSystemDirectoryEntry)));
    }
  }
  all.sort((left, right) => (left.name < right.name ? -1 : 1));
  return sortOut(all);
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

/** Browsers give the content of a folder in pieces, the last of which is empty. */
async function childrenOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const piece = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (piece.length === 0) return all;
    all.push(...piece);
  }
}
