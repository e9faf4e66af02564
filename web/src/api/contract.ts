// Types that move to the generated schema as soon as the server describes them.
import type { components } from "./schema";

type Schemas = components["schemas"];

export interface Chunk {
  id: string;
  ordinal: number;
  text: string;
  heading_path: string[];
  page?: number | null;
  span: Schemas["SpanDto"];
  token_count: number;
  enabled: boolean;
  edited: boolean;
  revision: number;
  pending: boolean;
}
export interface Download {
  state: "running" | "done" | "failed" | "cancelled";
  file?: string | null;
  done_bytes: number;
  total_bytes?: number | null;
  error?: { code: string; message: string } | null;
}
export interface Model {
  name: string;
  role: "embedder" | "reranker" | "chat";
  kind: string;
  state: "absent" | "downloading" | "installed" | "incomplete";
  bytes_on_disk: number;
  download_bytes?: number | null;
  max_tokens?: number | null;
  dimensions?: number | null;
  languages: string[];
  license?: string | null;
  source?: string | null;
  loaded: boolean;
  device?: string | null;
  memory_bytes?: number | null;
  verifiable: boolean;
  download?: Download | null;
}
export interface Library {
  models: Model[];
  offline: boolean;
  folder: string;
}
export interface Verification {
  verdict: "ok" | "different" | "no_golden_pairs";
  checks: { query: string; passage: string; expected: number; got: number; ok: boolean }[];
}
export interface SystemReport {
  version: string;
  uptime_ms: number;
  offline: boolean;
  data_folder: string;
  models_folder: string;
  storage: {
    database_bytes: number;
    documents_bytes: number;
    indexes_bytes: number;
    models_bytes: number;
    free_bytes: number;
  };
  memory: { resident_bytes?: number | null; total_bytes?: number | null };
  cpu: { cores: number };
  queue: Schemas["QueueHealthDto"];
  compute: Schemas["ComputeDto"];
}
