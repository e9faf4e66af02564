//! Domain types, ports and pure algorithms of Riddle.
//!
//! Nothing here does I/O or names an async runtime, a web framework, an index, a model runtime or a database.
//! Adapters implement the ports; `riddle-engine` uses them.

// Every crate reads this one, so everything public says what it is; elsewhere a comment has to earn its place.
#![warn(missing_docs)]

mod code_table;
mod domain;
mod error_chain;
mod ports;
mod ranking;
mod text;

pub use domain::answer::{
    Answer, AnswerEvent, AnswerMode, AskRequest, CitationRecord, ContextRecord, CopyRecord, Usage,
};
pub use domain::chunk::{ChunkPlace, ChunkRecord, NewChunk, Span};
pub use domain::comparison::{
    CompareOrder, ComparePassages, CompareRequest, CompareVariant, Comparison, ComparisonSummary,
    KeptComparison, Preference,
};
pub use domain::conversation::{
    Conversation, ConversationMessage, ConversationSummary, Feedback, FeedbackEntry,
    KnowledgeBaseRef, MessageContent, MessageStatus, ReplyFailure, Verdict, chat_title,
};
pub use domain::document::{
    Document, DocumentEvent, DocumentOrder, DocumentPage, DocumentQuery, DocumentStatus, Failure,
    FailureCode, Findings, Folder, InFolder, MissingPictures, PagesRead, StageTimes,
};
pub use domain::document_name::{
    MAX_DOCUMENT_NAME_CHARS, NameProblem, closest_document_name, document_name, folder_name,
    name_part,
};
pub use domain::evaluation::{
    AppliedArm, AppliedSettings, ArmAnswer, ArmOutcome, ArmRerank, ArmSummary, EvaluatedQuestion,
    EvaluationArm, EvaluationQuestion, EvaluationRun, EvaluationRunStatus, EvaluationSet,
    EvaluationSetCounts, FrozenCandidate, Gold, GoldPlace, Headline, ImportedDocument,
    ImportedRanking, ImportedRun, JudgedItem, LIVE_SOURCES, LiveArms, LiveObservation, LiveOutcome,
    LivePlace, LiveQuestion, LiveRecord, LiveScore, LiveSource, LiveSources, LiveTrial, LookReason,
    ModelGrade, NewEvaluationRun, NewImportedRun, OtherKnowledgeBase, QuestionHalf, QuestionOrigin,
    QuestionOutcome, QuestionReview, QuestionScope, Quote, RunManifest, RunModel, RunQuestion,
    RunSummary, SummaryFigure, SummaryInterval, TestLook,
};
pub use domain::filter::{
    Condition, Filter, FilterError, MAX_FILTER_CONDITIONS, MAX_FILTER_KEY_CHARS,
    MAX_FILTER_TEXT_CHARS, MAX_FILTER_VALUES, Predicate,
};
pub use domain::id::{
    ChatId, ChunkId, ComparisonId, ContentHash, DocumentId, EvaluationRunId, EvaluationSetId,
    KnowledgeBaseId, MessageId, TestLookId,
};
pub use domain::knowledge_base::{
    ChunkingSettings, KnowledgeBase, KnowledgeBaseSettings, KnowledgeBaseSummary, RetrievalMode,
    RetrievalSettings,
};
pub use domain::metadata::{
    MAX_METADATA_CHARS, MAX_METADATA_KEY_CHARS, MAX_METADATA_KEYS, MAX_METADATA_LIST,
    MAX_OWN_METADATA_BYTES, Metadata, MetadataValue, OwnMetadata, all_metadata, metadata_bytes,
};
pub use domain::notice::Notice;
pub use domain::page_ranges::{PageRanges, PageRangesError};
pub use domain::rerank_report::{RerankReason, RerankReasonCode, RerankReport, RerankStatus};
pub use domain::retrieval::{
    ExplainedHit, Explanation, Hit, RerankOptions, RerankScore, SearchRequest, SearchResponse,
    StageScore, Timings,
};
pub use error_chain::error_chain;
pub use ports::chat::{
    ChatDelta, ChatError, ChatMessage, ChatModel, ChatModelInfo, ChatRequest, ChatStream,
    ChatUsage, FinishReason, Role,
};
pub use ports::chunk_store::{
    ChangeOutcome, ChunkChange, ChunkRevision, ChunkState, ChunkStore, CuratedChunk,
};
pub use ports::comparison_store::{ComparisonPage, ComparisonStore};
pub use ports::conversation_store::{
    ConversationPage, ConversationPatch, ConversationQuery, ConversationStore, FeedbackPage,
    NewConversation, NewTurn, ReplyEnd,
};
pub use ports::embedding::{
    Embedder, EmbedderInfo, LanguageCoverage, LoadedEmbedder, ModelError, Purpose, Token,
    TokenVectors, Tokenizer,
};
pub use ports::evaluation_store::{
    EvaluationQuestionPage, EvaluationRunPage, EvaluationStore, HalvedQuestion, TestLookPage,
};
pub use ports::extraction::{
    ExtractError, ExtractedText, ExtractionWatch, Extractor, PageStart, TextFormat, Unwatched,
};
pub use ports::index::{
    ChunkIndex, DenseQuery, IndexEntry, IndexError, IndexOperation, LexicalQuery, ScoredChunk,
    SequencedOperation, StoreDigest,
};
pub use ports::job_store::{ClaimedJob, JobFailure, JobStore};
pub use ports::library::{
    AddRequest, FetchControl, FetchProgress, FileCheck, FoundModel, LibraryEntry, LibraryError,
    LibraryRole, ModelHub, ModelLibrary, ScoreCheck, Verification, VerificationVerdict,
};
pub use ports::live_store::LiveStore;
pub use ports::outbox_store::{OutboxRow, OutboxStore, StageOutcome, StagedDocument};
pub use ports::picture::{Picture, PictureReader};
pub use ports::provider::{
    ChatPlace, Compute, EngineChoice, FoundChat, MODEL_STACK_BYTES, ModelProvider, REMOTE,
    RerankerOwner,
};
pub use ports::rerank::{
    FLAG_QUESTION, LongPassages, Pair, PairScore, RerankKind, Reranker, RerankerInfo, SAFE_WEIGHT,
    ScoreOptions, ScoreScale, TruncationSide, Window, YesNoPrompt,
};
pub use ports::store::{
    AcceptOutcome, DocumentStore, EmbeddingCache, KnowledgeBaseStore, NewDocument, Store,
};
pub use ports::store_error::{StoreError, StoreFailure};
pub use ports::time::{Clock, Timestamp};
pub use ranking::best_windows::best_windows;
pub use ranking::blend::{Blended, blend};
pub use ranking::fusion::{FusedCandidate, Fusion, fuse, fusions_to_try, join_scaled};
pub use ranking::lead::lead;
pub use ranking::maxsim::{dot, max_sim};
pub use ranking::similarity::{Similarity, cosine, make_unit};
pub use ranking::windows::windows;
pub use text::acronyms::singular_of_acronym;
pub use text::citations::{AnswerPiece, CitationParser, cited_sentence};
pub use text::conversation_markdown::conversation_markdown;
pub use text::example::{HeadingQuestion, heading_key, heading_question};
pub use text::extractive::{
    CandidateSentence, Evidence, ExtractivePassage, candidate_sentences, names_unknown,
    select_sentences,
};
pub use text::folding::{ascii_digit, is_decoration, is_invisible, plain_letter, simplified};
pub use text::front_matter::FrontMatter;
pub use text::function_words::{function_word_form, function_words, is_chinese_function_word};
pub use text::language::{detect_language, language_name};
pub use text::months::month_of;
pub use text::prompt::{
    FittedPassage, InstructionGuard, NOT_IN_SOURCES_EN, NOT_IN_SOURCES_ZH, PromptSource,
    RepetitionGuard, Rewriting, answer_messages, fit_passages, joined_question, neutral_text,
    not_in_sources, questions_differ, rewrite_messages, rewritten_question, says_not_in_sources,
    source_block, without_citations,
};
pub use text::sentences::{Sentence, SentenceKind, sentences};
pub use text::sought_words::sought_words;
pub use text::stop::StopStrings;
pub use text::terms::{folded, says_a_word_of};
pub use text::timestamp::rfc3339;
pub use text::token_bound::{beginning_of_tokens, token_bound, token_bound_starts};
