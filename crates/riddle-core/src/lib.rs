//! Domain types, ports and pure algorithms of Riddle.
//!
//! Nothing here does I/O or names an async runtime, a web framework, an index, a model runtime or a database.
//! Adapters implement the ports; `riddle-engine` uses them.

// Every crate reads this one, so everything public says what it is; elsewhere a comment has to earn its place.
#![warn(missing_docs)]

mod answer;
mod best_windows;
mod blend;
mod chat;
mod chunk;
mod chunk_store;
mod citations;
mod code_table;
mod comparison;
mod comparison_store;
mod conversation;
mod conversation_markdown;
mod conversation_store;
mod document;
mod document_name;
mod embedding;
mod error_chain;
mod evaluation;
mod evaluation_store;
mod example;
mod extraction;
mod extractive;
mod filter;
mod folding;
mod front_matter;
mod function_words;
mod fusion;
mod id;
mod index;
mod knowledge_base;
mod language;
mod lead;
mod library;
mod live_store;
mod maxsim;
mod metadata;
mod months;
mod notice;
mod page_ranges;
mod picture;
mod prompt;
mod provider;
mod rerank;
mod rerank_report;
mod retrieval;
mod scale;
mod sentences;
mod similarity;
mod sought_words;
mod stop;
mod store;
mod store_error;
mod terms;
mod time;
mod token_bound;
mod windows;

pub use answer::{
    Answer, AnswerEvent, AnswerMode, AskRequest, CitationRecord, ContextRecord, CopyRecord, Usage,
};
pub use best_windows::best_windows;
pub use blend::{Blended, blend};
pub use chat::{
    ChatDelta, ChatError, ChatMessage, ChatModel, ChatModelInfo, ChatRequest, ChatStream,
    ChatUsage, FinishReason, Role,
};
pub use chunk::{ChunkPlace, ChunkRecord, NewChunk, Span};
pub use chunk_store::{
    ChangeOutcome, ChunkChange, ChunkRevision, ChunkState, ChunkStore, CuratedChunk,
};
pub use citations::{AnswerPiece, CitationParser, cited_sentence};
pub use comparison::{
    CompareOrder, ComparePassages, CompareRequest, CompareVariant, Comparison, ComparisonSummary,
    KeptComparison, Preference,
};
pub use comparison_store::{ComparisonPage, ComparisonStore};
pub use conversation::{
    Conversation, ConversationMessage, ConversationSummary, Feedback, FeedbackEntry,
    KnowledgeBaseRef, MessageContent, MessageStatus, ReplyFailure, Verdict, chat_title,
};
pub use conversation_markdown::conversation_markdown;
pub use conversation_store::{
    ConversationPage, ConversationPatch, ConversationQuery, ConversationStore, FeedbackPage,
    NewConversation, NewTurn, ReplyEnd,
};
pub use document::{
    Document, DocumentEvent, DocumentOrder, DocumentPage, DocumentQuery, DocumentStatus, Failure,
    FailureCode, Findings, Folder, InFolder, MissingPictures, PagesRead, StageTimes,
};
pub use document_name::{
    NameProblem, closest_document_name, document_name, folder_name, name_part,
};
pub use embedding::{
    Embedder, EmbedderInfo, LanguageCoverage, LoadedEmbedder, ModelError, Purpose, Token,
    TokenVectors, Tokenizer,
};
pub use error_chain::error_chain;
pub use evaluation::{
    AppliedArm, AppliedSettings, ArmAnswer, ArmOutcome, ArmRerank, ArmSummary, EvaluatedQuestion,
    EvaluationArm, EvaluationQuestion, EvaluationRun, EvaluationRunStatus, EvaluationSet,
    EvaluationSetCounts, FrozenCandidate, Gold, GoldPlace, Headline, ImportedDocument,
    ImportedRanking, ImportedRun, JudgedItem, LIVE_SOURCES, LiveArms, LiveObservation, LiveOutcome,
    LivePlace, LiveQuestion, LiveRecord, LiveScore, LiveSource, LiveSources, LiveTrial, LookReason,
    ModelGrade, NewEvaluationRun, NewImportedRun, OtherKnowledgeBase, QuestionHalf, QuestionOrigin,
    QuestionOutcome, QuestionReview, QuestionScope, Quote, RunManifest, RunModel, RunQuestion,
    RunSummary, SummaryFigure, SummaryInterval, TestLook,
};
pub use evaluation_store::{
    EvaluationQuestionPage, EvaluationRunPage, EvaluationStore, HalvedQuestion, TestLookPage,
};
pub use example::{HeadingQuestion, heading_key, heading_question};
pub use extraction::{
    ExtractError, ExtractedText, ExtractionWatch, Extractor, PageStart, TextFormat, Unwatched,
};
pub use extractive::{
    CandidateSentence, Evidence, ExtractivePassage, candidate_sentences, names_unknown,
    select_sentences,
};
pub use filter::{
    Condition, Filter, FilterError, MAX_FILTER_CONDITIONS, MAX_FILTER_KEY_CHARS,
    MAX_FILTER_TEXT_CHARS, MAX_FILTER_VALUES, Predicate,
};
pub use folding::{ascii_digit, is_decoration, is_invisible, simplified};
pub use front_matter::FrontMatter;
pub use function_words::{function_word_form, function_words, is_chinese_function_word};
pub use fusion::{FusedCandidate, Fusion, fuse, fusions_to_try, join_scaled};
pub use id::{
    ChatId, ChunkId, ComparisonId, ContentHash, DocumentId, EvaluationRunId, EvaluationSetId,
    KnowledgeBaseId, MessageId, TestLookId,
};
pub use index::{
    ChunkIndex, DenseQuery, IndexEntry, IndexError, IndexOperation, LexicalQuery, ScoredChunk,
    SequencedOperation, StoreDigest,
};
pub use knowledge_base::{
    ChunkingSettings, KnowledgeBase, KnowledgeBaseSettings, KnowledgeBaseSummary, RetrievalMode,
    RetrievalSettings,
};
pub use language::{detect_language, language_name};
pub use lead::lead;
pub use library::{
    AddRequest, FetchControl, FetchProgress, FileCheck, FoundModel, LibraryEntry, LibraryError,
    LibraryRole, ModelHub, ModelLibrary, ScoreCheck, Verification, VerificationVerdict,
};
pub use live_store::LiveStore;
pub use maxsim::{dot, max_sim};
pub use metadata::{
    MAX_METADATA_CHARS, MAX_METADATA_KEY_CHARS, MAX_METADATA_KEYS, MAX_METADATA_LIST, Metadata,
    MetadataValue, OwnMetadata, all_metadata,
};
pub use months::month_of;
pub use notice::Notice;
pub use page_ranges::{PageRanges, PageRangesError};
pub use picture::{Picture, PictureReader};
pub use prompt::{
    FittedPassage, InstructionGuard, NOT_IN_SOURCES_EN, NOT_IN_SOURCES_ZH, PromptSource,
    RepetitionGuard, Rewriting, answer_messages, fit_passages, joined_question, neutral_text,
    not_in_sources, questions_differ, rewrite_messages, rewritten_question, says_not_in_sources,
    source_block, without_citations,
};
pub use provider::{
    ChatPlace, Compute, EngineChoice, FoundChat, MODEL_STACK_BYTES, ModelProvider, RerankerOwner,
};
pub use rerank::{
    FLAG_QUESTION, LongPassages, Pair, PairScore, RerankKind, Reranker, RerankerInfo, SAFE_WEIGHT,
    ScoreOptions, ScoreScale, TruncationSide, Window, YesNoPrompt,
};
pub use rerank_report::{RerankReason, RerankReasonCode, RerankReport, RerankStatus};
pub use retrieval::{
    ExplainedHit, Explanation, Hit, RerankOptions, RerankScore, SearchRequest, SearchResponse,
    StageScore, Timings,
};
pub use sentences::{Sentence, SentenceKind, sentences};
pub use similarity::{Similarity, cosine, make_unit};
pub use sought_words::sought_words;
pub use stop::StopStrings;
pub use store::{
    AcceptOutcome, ClaimedJob, DocumentStore, EmbeddingCache, JobFailure, JobStore,
    KnowledgeBaseStore, NewDocument, OutboxRow, OutboxStore, StageOutcome, StagedDocument, Store,
};
pub use store_error::{StoreError, StoreFailure};
pub use terms::{folded, says_a_word_of};
pub use time::{Clock, Timestamp};
pub use token_bound::{token_bound, token_bound_starts};
pub use windows::windows;
