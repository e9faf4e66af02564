// What the server answers, as far as the page looks at it. The whole of it is in /openapi.json.

export type Retrieval = { rerank: boolean; top_k: number; top_n: number };
export type KnowledgeBase = { id: string; name: string; documents: number; chunks: number; retrieval: Retrieval };

export type Failure = { message: string };
export type StoredDocument = { id: string; name: string; status: string; failure?: Failure | null };
export type Accepted = { id: string; status: string; outcome: string };
/** Of a document that is being read; `progress` runs from 0 to 1. */
export type Progress = { status: string; progress: number; failure?: Failure | null };

/** Positions in characters of the document's text, the end excluded. */
export type Span = { start: number; end: number };
export type Stage = { rank: number; score: number };
/** `score` is from 0 to 1, `score_raw` as the model gives it. */
export type RerankScore = Stage & { score_raw: number; scale: string };
export type Hit = {
  text: string;
  span: Span;
  document: { name: string };
  heading_path: string[];
  page?: number | null;
  score: number;
  rerank?: RerankScore | null;
  fused?: Stage | null;
  bm25?: Stage | null;
  dense?: Stage | null;
};
export type Context = { number: number; hit: Hit };
export type Citation = { number: number; source_span: Span };

/** Milliseconds by stage, each under its name with `_ms`. */
export type Timings = Record<string, number | null>;
export type Rerank = {
  status: "applied" | "skipped" | "failed";
  stand_in: boolean;
  model?: string | null;
  device?: string | null;
  kind?: string | null;
  reason?: string | null;
  reason_code?: string | null;
  ms: number;
  unscored_pairs: number;
};
/** `text` is English; a page that has words for `code` puts `values` into them. */
export type Notice = { code: string; text: string; values: Record<string, string> };
export type Answer = {
  answer: string;
  found: boolean;
  truncated: boolean;
  mode: string;
  model: string | null;
  rerank: Rerank;
  usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number };
  notices: Notice[];
  contexts: Context[];
  citations: Citation[];
  timings: Timings;
};
export type Comparison = {
  with_rerank: Answer;
  without_rerank: Answer;
  total_ratio: number;
  first_token_ratio: number | null;
  shared_contexts: number;
};

export type Model = { name: string; role: string; device: string; loaded: boolean; stand_in: boolean };
export type Health = { ok: boolean; models?: Model[]; notices?: string[] };
