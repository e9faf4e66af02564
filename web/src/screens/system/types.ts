import type { components } from "../../api/schema";

type Schemas = components["schemas"];

export type Download = Schemas["DownloadDto"];
export type Library = Schemas["LibraryDto"];
export type Model = Schemas["ModelDto"];
export type SystemReport = Schemas["SystemDto"];
/** What came of looking into a model. */
export type Verified = Schemas["VerificationDto"];
