import type { components } from "./schema";

type Schemas = components["schemas"];

export type Accepted = Schemas["AcceptedDto"];
export type Answer = Schemas["AnswerDto"];
export type Chat = Schemas["ChatDto"];
export type ChatMessage = Schemas["ChatMessageDto"];
export type ChatSummary = Schemas["ChatSummaryDto"];
export type Citation = Schemas["CitationDto"];
export type Context = Schemas["ContextDto"];
export type Document = Schemas["DocumentDto"];
export type DocumentEvent = Schemas["DocumentEventDto"];
export type Explanation = Schemas["ExplanationDto"];
export type ExplainedHit = Schemas["ExplainedHitDto"];
export type Health = Schemas["HealthDto"];
export type Hit = Schemas["HitDto"];
export type KnowledgeBase = Schemas["KnowledgeBaseDto"];
export type Notice = Schemas["NoticeDto"];
export type QuestionEvent = Schemas["QuestionEventDto"];
export type Refused = Schemas["RefusedDto"];
export type Rerank = Schemas["RerankDto"];
export type Retrieval = Schemas["RetrievalDto"];
export type RetrievalPatch = Schemas["RetrievalPatch"];
export type RetrievalSettings = Schemas["RetrievalSettingsDto"];
export type Search = Schemas["SearchDto"];
export type SearchBody = Schemas["SearchBody"];
export type Span = Schemas["SpanDto"];
export type Timings = Schemas["TimingsDto"];
