import type { components } from "../../api/schema";

type Schemas = components["schemas"];

/** A model that somebody wants and that the catalogue does not have. */
export type AddModel = Schemas["AddModelBody"];
/** What it turns out to be. */
export type Found = Schemas["FoundModelDto"];
export type Download = Schemas["DownloadDto"];
export type Library = Schemas["LibraryDto"];
export type Model = Schemas["ModelDto"];
export type SystemReport = Schemas["SystemDto"];
/** What came of looking into a model. */
export type Verified = Schemas["VerificationDto"];
