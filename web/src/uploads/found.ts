/** A file to upload, and the name that it gets: its path below the folder that was chosen. */
export interface Found {
  file: File;
  name: string;
}

/** What was found in folders and files that somebody dropped or chose. */
export interface FoundFiles {
  files: Found[];
  /** Files of the operating system and of programs, which nobody means to search. */
  leftOut: number;
}

const SYSTEM_FILES = /^(\.DS_Store|Thumbs\.db|desktop\.ini|~\$.*)$/i;

/** Whether a file is no document: something hidden in a folder, or something that a program keeps for itself. */
export function isLeftOut(name: string): boolean {
  const parts = name.split("/");
  const inFolder = parts.slice(1);
  return SYSTEM_FILES.test(parts.at(-1) ?? "") || inFolder.some((part) => part.startsWith("."));
}

/** Files of a file chooser, be it for files or for a folder. */
export function chosen(files: Iterable<File>): FoundFiles {
  return sortOut([...files].map((file) => ({ file, name: file.webkitRelativePath || file.name })));
}

/** Files under the names that they have in a folder of the knowledge base; the outermost one is empty. */
export function inFolder(folder: string, files: Found[]): Found[] {
  return folder ? files.map((found) => ({ ...found, name: `${folder}/${found.name}` })) : files;
}

export function sortOut(all: Found[]): FoundFiles {
  const files = all.filter((found) => !isLeftOut(found.name));
  return { files, leftOut: all.length - files.length };
}
