import type { Download, Library, Model, SystemReport, Verification } from "../../api/contract";

export type { Download, Library, Model, SystemReport };

/** What came of looking into a model. */
export type Verified = Verification & {
  files?: { path: string; problem?: string | null }[];
  device?: string | null;
};
