import { type Found, type FoundFiles, isLeftOut, sortOut } from "./found";

/** What was dropped: folders and files that can be walked, and files that are nothing but files. */
export interface Dropped {
  entries: FileSystemEntry[];
  files: File[];
}

/** What was dropped. It has to be taken while the event is handled: afterwards the browser has forgotten it. */
export function taken(transfer: DataTransfer): Dropped {
  const dropped: Dropped = { entries: [], files: [] };
  for (const item of transfer.items) {
    if (item.kind !== "file") continue;
    const entry = item.webkitGetAsEntry();
    const file = entry ? null : item.getAsFile();
    if (entry) dropped.entries.push(entry);
    if (file) dropped.files.push(file);
  }
  return dropped;
}

/** All files of dropped files and folders, with those in folders of folders. */
export async function walk({ entries, files }: Dropped): Promise<FoundFiles> {
  const all: Found[] = files.map((file) => ({ file, name: file.name }));
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
