//! All use cases on one page. Each lies in a room of its own; the rooms stand on [`Shared`] and do not know each other,
//! so what needs two of them is put together here.

mod corpus;

use std::collections::HashMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use futures_core::stream::BoxStream;
use riddle_core::{
    AddRequest, AppliedArm, AskRequest, ChatId, ChunkId, ChunkIndex, ChunkRevision, Clock,
    CompareRequest, ComparisonId, ComparisonPage, ComparisonSummary, Conversation,
    ConversationPage, ConversationQuery, ConversationSummary, CuratedChunk, Document,
    DocumentEvent, DocumentId, DocumentPage, DocumentQuery, DocumentStatus, EvaluationQuestion,
    EvaluationQuestionPage, EvaluationRunId, EvaluationSet, Extractor, Feedback, FeedbackPage,
    FoundModel, Gold, KeptComparison, KnowledgeBase, KnowledgeBaseSummary, LiveRecord, MessageId,
    ModelLibrary, ModelProvider, NewEvaluationRun, Preference, QuestionOutcome, QuestionScope,
    RetrievalSettings, SearchRequest, SearchResponse, Store, TestLookPage, Token, Verdict,
    Verification,
};
use riddle_evaluation::formats::Export;
use riddle_evaluation::{
    AlongSettings, ExpectedPower, JudgingOrder, Report, RunDiff, SetQuality, WhatIf, WhatIfResult,
};
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::audit::{Audit, AuditOptions, AuditReport};
use crate::blobs::BlobStore;
use crate::chats::{
    ChatEvents, ChatPatch, ChatQuestion, Chats, NewChat, QuestionRewrite, WholeChat,
};
use crate::curate::{ChunkPatch, Curation};
use crate::disk::DiskReserve;
use crate::error::EngineError;
use crate::evaluation::{
    CollectedQuestions, Evaluation, EvaluationRunView, JudgingEvents, LivePassage, LiveView,
    MakingEvents, NewEvaluationSet, NewQuestion, OutcomePage, PassagesToJudge, QuestionMaker,
    QuestionPatch, RunControl, SendingPermit, SetFormat, Work,
};
use crate::events::AnswerEvents;
use crate::index_progress::IndexProgress;
use crate::inference::{
    EmbedTexts, EmbeddedTexts, Inference, InferenceModels, RerankPairs, RerankedPairs,
};
use crate::ingest::point::IngestProbe;
use crate::ingest::{
    AcceptedUpload, DocumentContent, EmbedderChange, Ingest, Upload, UploadWriter,
};
use crate::knowledge_bases::{
    EmbedderSuggestion, KnowledgeBasePatch, KnowledgeBases, NewKnowledgeBase,
};
use crate::library::{Download, DownloadEvents, Library, LibraryListing};
use crate::models::Models;
use crate::options::EngineOptions;
use crate::query::{CompareEvents, ExampleQuestion, Query};
use crate::shared::Shared;
use crate::standing::Background;
use crate::system::{Health, Monitor, System};
use crate::warm_up::warm_up;

/// A knowledge base, how much is in it, and what becomes of its embedder.
#[derive(Clone, PartialEq, Debug)]
pub struct KnowledgeBaseView {
    /// The knowledge base.
    pub summary: KnowledgeBaseSummary,
    /// A better embedder for its documents.
    pub suggestion: Option<EmbedderSuggestion>,
    /// How far the embedder is that was chosen for it.
    pub change: Option<EmbedderChange>,
}

/// The adapters an engine works with.
pub struct EngineParts {
    /// Everything that must not be lost.
    pub store: Arc<dyn Store>,
    /// The derived indexes.
    pub index: Arc<dyn ChunkIndex>,
    /// Where models come from.
    pub models: Arc<dyn ModelProvider>,
    /// The models that are known by name, and their files.
    pub library: Arc<dyn ModelLibrary>,
    /// The time, and new ids.
    pub clock: Arc<dyn Clock>,
    /// Turns the bytes of a blob into text.
    pub extractor: Arc<dyn Extractor>,
    /// Told whenever the ingest path passes a named point; kill tests end the process there.
    pub probe: Arc<dyn IngestProbe>,
}

/// The use cases. Cloning is cheap.
#[derive(Clone)]
pub struct Engine {
    pub(crate) rooms: Arc<Rooms>,
}

/// Where the use cases lie.
pub(crate) struct Rooms {
    pub(crate) shared: Arc<Shared>,
    pub(crate) ingest: Arc<Ingest>,
    pub(crate) knowledge_bases: KnowledgeBases,
    pub(crate) curation: Curation,
    pub(crate) query: Query,
    pub(crate) evaluation: Arc<Evaluation>,
    pub(crate) chats: Chats,
    pub(crate) inference: Inference,
    pub(crate) library: Library,
    pub(crate) audit: Audit,
    pub(crate) monitor: Monitor,
}

/// Start and end.
impl Engine {
    /// Recovers what the last run left undone and starts the background work.
    ///
    /// # Errors
    /// The data folder or the database cannot be used.
    pub async fn start(parts: EngineParts, options: EngineOptions) -> Result<Self, EngineError> {
        let engine = Self::at_rest(parts, options)?;
        engine.rooms.chats.start().await?;
        engine.rooms.ingest.start().await?;
        engine.rooms.evaluation.start();
        tokio::spawn(warm_up(Arc::clone(&engine.rooms.shared)));
        Ok(engine)
    }

    /// Ends background work at the next safe point and waits for it; jobs in work are given back untried,
    /// and answers in chats and downloads are kept as far as they came.
    pub async fn stop(&self) {
        self.rooms.shared.stopping.cancel();
        self.rooms.library.stop().await;
        self.rooms.ingest.stop().await;
        self.rooms.evaluation.stop().await;
        self.rooms.chats.stop().await;
    }

    /// The time and the ids that the engine goes by, for what is made beside it.
    pub fn clock(&self) -> &dyn Clock {
        self.rooms.shared.clock.as_ref()
    }

    /// Everything in its place, and nothing runs yet. To be called on the runtime that background work shall run on.
    pub(crate) fn at_rest(parts: EngineParts, options: EngineOptions) -> Result<Self, EngineError> {
        let shared = Arc::new(Shared {
            store: parts.store,
            index: parts.index,
            models: Models::new(parts.models, options.max_loaded_chats, &parts.clock),
            library: parts.library,
            blobs: BlobStore::open(&options.data_dir)?,
            disk: DiskReserve::new(
                &options.data_dir,
                options.disk_reserve,
                Arc::clone(&parts.clock),
            ),
            clock: parts.clock,
            background: Background::default(),
            damaged_originals: AtomicU64::new(0),
            backup_problem: Mutex::default(),
            index_progress: IndexProgress::new(),
            live_wanted: Notify::new(),
            changing_settings: tokio::sync::Mutex::default(),
            embedders_due: Notify::new(),
            stopping: CancellationToken::new(),
            started: Instant::now(),
            query_permits: Arc::new(Semaphore::new(options.max_concurrent_queries)),
            tool_permits: Arc::new(Semaphore::new(options.max_concurrent_queries)),
            options,
        });
        let on_shared = || Arc::clone(&shared);
        let ingest = Ingest::open(on_shared(), parts.extractor, parts.probe)?;
        let query = Query::new(on_shared());
        let evaluation = Evaluation::new(on_shared(), Arc::new(query.clone()));
        let rooms = Rooms {
            ingest: Arc::new(ingest),
            knowledge_bases: KnowledgeBases::new(on_shared()),
            curation: Curation::new(on_shared()),
            query,
            evaluation: Arc::new(evaluation),
            chats: Chats::new(on_shared()),
            inference: Inference::new(on_shared()),
            library: Library::new(on_shared()),
            audit: Audit::new(on_shared()),
            monitor: Monitor::new(on_shared()),
            shared,
        };
        Ok(Self {
            rooms: Arc::new(rooms),
        })
    }
}

/// Knowledge bases.
impl Engine {
    /// Creates a knowledge base.
    ///
    /// # Errors
    /// The name is taken or not acceptable, a setting is out of bounds, or the embedder is not there.
    pub async fn create_knowledge_base(
        &self,
        new: NewKnowledgeBase,
    ) -> Result<KnowledgeBase, EngineError> {
        self.rooms.knowledge_bases.create_knowledge_base(new).await
    }

    /// All knowledge bases by name, with counts.
    ///
    /// # Errors
    /// The database failed.
    pub async fn list_knowledge_bases(&self) -> Result<Vec<KnowledgeBaseSummary>, EngineError> {
        self.rooms.knowledge_bases.list_knowledge_bases().await
    }

    /// One knowledge base by id or name, with counts.
    ///
    /// # Errors
    /// There is none.
    pub async fn knowledge_base(
        &self,
        id_or_name: &str,
    ) -> Result<KnowledgeBaseSummary, EngineError> {
        self.rooms.knowledge_bases.knowledge_base(id_or_name).await
    }

    /// A knowledge base and what becomes of its embedder.
    ///
    /// # Errors
    /// There is none.
    pub async fn knowledge_base_view(
        &self,
        id_or_name: &str,
    ) -> Result<KnowledgeBaseView, EngineError> {
        let summary = self.knowledge_base(id_or_name).await?;
        let mut views = self.views(vec![summary]).await?;
        let not_found = || EngineError::KnowledgeBaseNotFound(id_or_name.to_owned());
        views.pop().ok_or_else(not_found)
    }

    /// All knowledge bases by name, and what becomes of their embedders.
    ///
    /// # Errors
    /// The database failed.
    pub async fn list_knowledge_base_views(&self) -> Result<Vec<KnowledgeBaseView>, EngineError> {
        self.views(self.list_knowledge_bases().await?).await
    }

    async fn views(
        &self,
        summaries: Vec<KnowledgeBaseSummary>,
    ) -> Result<Vec<KnowledgeBaseView>, EngineError> {
        let suggestions = self.rooms.knowledge_bases.suggestions(&summaries).await?;
        let view = |(summary, suggestion): (KnowledgeBaseSummary, _)| KnowledgeBaseView {
            change: self.rooms.ingest.embedder_change(&summary.knowledge_base),
            summary,
            suggestion,
        };
        Ok(summaries.into_iter().zip(suggestions).map(view).collect())
    }

    /// Changes name, description or settings.
    ///
    /// # Errors
    /// As [`Self::create_knowledge_base`].
    pub async fn update_knowledge_base(
        &self,
        id_or_name: &str,
        patch: KnowledgeBasePatch,
    ) -> Result<KnowledgeBase, EngineError> {
        self.rooms
            .knowledge_bases
            .update_knowledge_base(id_or_name, patch)
            .await
    }

    /// Deletes a knowledge base with all its documents; returns when no search can find any of them.
    ///
    /// # Errors
    /// There is none, the indexes did not confirm in time, or a store failed.
    pub async fn delete_knowledge_base(&self, id_or_name: &str) -> Result<(), EngineError> {
        let rooms = &self.rooms;
        let sequence = rooms
            .knowledge_bases
            .delete_knowledge_base(id_or_name)
            .await?;
        rooms.ingest.purge(sequence).await
    }
}

/// Documents.
impl Engine {
    /// Starts receiving a document.
    ///
    /// # Errors
    /// The disk failed, or has too little room.
    pub async fn begin_upload(&self) -> Result<UploadWriter, EngineError> {
        self.rooms.ingest.begin_upload().await
    }

    /// Makes received bytes a durable, queued document. When this returns, a crash loses nothing.
    ///
    /// # Errors
    /// No such knowledge base, an empty or over-long name, or a store failed.
    pub async fn accept_upload(
        &self,
        knowledge_base: &str,
        upload: Upload,
        bytes: UploadWriter,
    ) -> Result<AcceptedUpload, EngineError> {
        self.rooms
            .ingest
            .accept_upload(knowledge_base, upload, bytes)
            .await
    }

    /// A page of documents, newest first.
    ///
    /// # Errors
    /// No such knowledge base, a limit out of bounds, or a cursor that is not ours.
    pub async fn list_documents(
        &self,
        knowledge_base: &str,
        query: &DocumentQuery,
    ) -> Result<DocumentPage, EngineError> {
        self.rooms
            .ingest
            .list_documents(knowledge_base, query)
            .await
    }

    /// How many documents are in each status, all knowledge bases together; every status is there.
    ///
    /// # Errors
    /// The database failed.
    pub async fn count_documents(&self) -> Result<Vec<(DocumentStatus, u64)>, EngineError> {
        self.rooms.ingest.count_documents().await
    }

    /// One document.
    ///
    /// # Errors
    /// There is none.
    pub async fn document(&self, id: DocumentId) -> Result<Document, EngineError> {
        self.rooms.ingest.document(id).await
    }

    /// Deletes a document; returns when a search proves that it is gone.
    ///
    /// # Errors
    /// There is none, the indexes did not confirm in time, or a store failed.
    pub async fn delete_document(&self, id: DocumentId) -> Result<(), EngineError> {
        self.rooms.ingest.delete_document(id).await
    }

    /// Queues a failed document again.
    ///
    /// # Errors
    /// There is none, it is in work, or it has edits that were not to be given up.
    pub async fn retry_document(
        &self,
        id: DocumentId,
        discard_edits: bool,
    ) -> Result<Document, EngineError> {
        self.rooms.ingest.retry_document(id, discard_edits).await
    }

    /// Live chunks of a document, in order, disabled ones included.
    ///
    /// # Errors
    /// There is no such document, or the limit is out of bounds.
    pub async fn document_chunks(
        &self,
        id: DocumentId,
        from_ordinal: u32,
        limit: u32,
    ) -> Result<Vec<CuratedChunk>, EngineError> {
        self.rooms
            .ingest
            .document_chunks(id, from_ordinal, limit)
            .await
    }

    /// Where the original lies.
    ///
    /// # Errors
    /// There is no such document.
    pub async fn document_content(&self, id: DocumentId) -> Result<DocumentContent, EngineError> {
        self.rooms.ingest.document_content(id).await
    }

    /// The document's progress from now on, starting with where it stands, ending when it is ready, failed or deleted.
    ///
    /// # Errors
    /// There is no such document.
    pub async fn document_events(
        &self,
        id: DocumentId,
    ) -> Result<BoxStream<'static, DocumentEvent>, EngineError> {
        self.rooms.ingest.document_events(id).await
    }
}

/// Chunks.
impl Engine {
    /// A live chunk.
    ///
    /// # Errors
    /// There is none.
    pub async fn chunk(&self, id: ChunkId) -> Result<CuratedChunk, EngineError> {
        self.rooms.curation.chunk(id).await
    }

    /// All revisions of a live chunk, newest first.
    ///
    /// # Errors
    /// There is no such chunk.
    pub async fn chunk_history(&self, id: ChunkId) -> Result<Vec<ChunkRevision>, EngineError> {
        self.rooms.curation.chunk_history(id).await
    }

    /// Changes a chunk and waits until searches see it; a chunk that is still pending then is not searched yet.
    /// A change that changes nothing makes no revision.
    ///
    /// # Errors
    /// There is no such chunk, it was changed meanwhile, the text is empty or too long, the embedder is missing or
    /// fails, or too much work waits.
    pub async fn update_chunk(
        &self,
        id: ChunkId,
        patch: ChunkPatch,
    ) -> Result<CuratedChunk, EngineError> {
        self.rooms.curation.update_chunk(id, patch).await
    }

    /// Gives a chunk the text and state of one of its revisions, as a new revision.
    ///
    /// # Errors
    /// As [`Self::update_chunk`], or there is no such revision.
    pub async fn restore_chunk(
        &self,
        id: ChunkId,
        revision: u32,
    ) -> Result<CuratedChunk, EngineError> {
        self.rooms.curation.restore_chunk(id, revision).await
    }
}

/// Search and answers.
impl Engine {
    /// Searches knowledge bases, 1 to 16 by id or name. What the request leaves out takes the setting of the first.
    ///
    /// # Errors
    /// One of them is not there, values out of bounds, a store failed. A reranker that fails is reported, not an error.
    pub async fn search<S: AsRef<str> + Sync>(
        &self,
        knowledge_bases: &[S],
        request: SearchRequest,
    ) -> Result<SearchResponse, EngineError> {
        self.rooms.query.search(knowledge_bases, request).await
    }

    /// At most three questions that the documents of a knowledge base answer: its own, then some made of headings.
    /// Those in `language`, an ISO 639-1 code, come before others of the same source.
    ///
    /// # Errors
    /// There is no such knowledge base, or the database failed.
    pub async fn examples(
        &self,
        knowledge_base: &str,
        language: Option<&str>,
    ) -> Result<Vec<ExampleQuestion>, EngineError> {
        self.rooms.query.examples(knowledge_base, language).await
    }

    /// Answers a question. The stream yields events as they come; see [`AnswerEvent`] for their order.
    ///
    /// # Errors
    /// As [`Self::search`], before the stream starts.
    pub async fn ask<S: AsRef<str> + Sync>(
        &self,
        knowledge_bases: &[S],
        request: AskRequest,
    ) -> Result<AnswerEvents, EngineError> {
        self.rooms.query.ask(knowledge_bases, request).await
    }
}

/// Comparisons.
impl Engine {
    /// Answers a question with rerank and without over the same candidates, and keeps what came of it.
    ///
    /// # Errors
    /// As [`Self::ask`], before the stream starts.
    pub async fn compare(
        &self,
        knowledge_base: &str,
        request: CompareRequest,
    ) -> Result<CompareEvents, EngineError> {
        self.rooms.query.compare(knowledge_base, request).await
    }

    /// A page of comparisons, newest first.
    ///
    /// # Errors
    /// The limit is out of bounds, or the cursor none of ours.
    pub async fn list_comparisons(
        &self,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<ComparisonPage, EngineError> {
        self.rooms.query.list_comparisons(cursor, limit).await
    }

    /// A comparison with its answers.
    ///
    /// # Errors
    /// No such comparison.
    pub async fn comparison(&self, id: ComparisonId) -> Result<KeptComparison, EngineError> {
        self.rooms.query.comparison(id).await
    }

    /// Keeps which answer a person finds better, in place of what was said before; `None` takes it back.
    ///
    /// # Errors
    /// No such comparison.
    pub async fn set_preference(
        &self,
        id: ComparisonId,
        preference: Option<Preference>,
    ) -> Result<ComparisonSummary, EngineError> {
        self.rooms.query.set_preference(id, preference).await
    }

    /// Deletes a comparison.
    ///
    /// # Errors
    /// No such comparison.
    pub async fn delete_comparison(&self, id: ComparisonId) -> Result<(), EngineError> {
        self.rooms.query.delete_comparison(id).await
    }
}

/// Evaluations.
impl Engine {
    /// Makes an evaluation set of files. Where it brings its own documents, a knowledge base of the set's name is made
    /// of them, and taken back if the set cannot be kept. Also returns what the user should know about the files.
    ///
    /// # Errors
    /// The name is taken or not acceptable, the files cannot be read (the message names file, line and field), there is
    /// no such knowledge base, or a store failed. Nothing is kept then.
    pub async fn create_evaluation_set(
        &self,
        new: NewEvaluationSet,
    ) -> Result<(EvaluationSet, Vec<String>), EngineError> {
        let evaluation = &self.rooms.evaluation;
        let permit = evaluation.permit(Work::Importing).await?;
        // A client that goes must not leave a knowledge base with a part of the documents.
        let engine = self.clone();
        let making = async move {
            let _permit = permit;
            engine.make_evaluation_set(new).await
        };
        evaluation.apart("making an evaluation set", making).await
    }

    async fn make_evaluation_set(
        &self,
        new: NewEvaluationSet,
    ) -> Result<(EvaluationSet, Vec<String>), EngineError> {
        let rooms = &self.rooms;
        let named = new.knowledge_base.clone();
        if let Some(name) = &named {
            rooms.shared.find_knowledge_base(name).await?;
        }
        let mut parsed = rooms.evaluation.parse_set(new).await?;
        let mut warnings = parsed.warnings();
        let (set, warning) = match named {
            Some(name) => rooms.evaluation.keep_set(parsed, &name).await?,
            None => {
                let corpus = parsed.take_corpus();
                let (id, renamed) = self.own_knowledge_base(&parsed.name, corpus).await?;
                warnings.extend(parsed.rename(&renamed));
                match rooms.evaluation.keep_set(parsed, &id).await {
                    Ok(kept) => kept,
                    Err(error) => {
                        self.delete_knowledge_base(&id).await?;
                        return Err(error);
                    }
                }
            }
        };
        warnings.extend(warning);
        warnings.extend(rooms.evaluation.warn_of_missing(&set).await?);
        Ok((set, warnings))
    }

    /// All evaluation sets by name.
    ///
    /// # Errors
    /// The database failed.
    pub async fn list_evaluation_sets(&self) -> Result<Vec<EvaluationSet>, EngineError> {
        self.rooms.evaluation.list_sets().await
    }

    /// One evaluation set by id or name.
    ///
    /// # Errors
    /// There is none.
    pub async fn evaluation_set(&self, id_or_name: &str) -> Result<EvaluationSet, EngineError> {
        self.rooms.evaluation.set(id_or_name).await
    }

    /// A page of the looks at the test half of a set, newest first.
    ///
    /// # Errors
    /// There is no such set, the limit is out of bounds, or the cursor is not one of this list.
    pub async fn test_looks(
        &self,
        set: &str,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<TestLookPage, EngineError> {
        self.rooms.evaluation.test_looks(set, cursor, limit).await
    }

    /// Deletes an evaluation set. Its runs stay.
    ///
    /// # Errors
    /// There is none.
    pub async fn delete_evaluation_set(&self, id_or_name: &str) -> Result<(), EngineError> {
        self.rooms.evaluation.delete_set(id_or_name).await
    }

    /// Questions of a set from a place on, with the permit to send them.
    ///
    /// # Errors
    /// There is no such set, the limit is out of bounds, or too many read such things now.
    pub async fn evaluation_questions(
        &self,
        set: &str,
        from: u32,
        limit: u32,
    ) -> Result<(EvaluationQuestionPage, SendingPermit), EngineError> {
        self.rooms.evaluation.set_questions(set, from, limit).await
    }

    /// Adds a question to a set.
    ///
    /// # Errors
    /// There is no such set, or a value is not acceptable.
    pub async fn add_evaluation_question(
        &self,
        set: &str,
        new: NewQuestion,
    ) -> Result<EvaluationQuestion, EngineError> {
        self.rooms.evaluation.add_question(set, new).await
    }

    /// A question of a set.
    ///
    /// # Errors
    /// There is no such set or question.
    pub async fn evaluation_question(
        &self,
        set: &str,
        id: &str,
    ) -> Result<EvaluationQuestion, EngineError> {
        self.rooms.evaluation.question(set, id).await
    }

    /// Changes a question, or what a person says about it.
    ///
    /// # Errors
    /// There is no such set or question, or a value is not acceptable.
    pub async fn update_evaluation_question(
        &self,
        set: &str,
        question: &str,
        patch: QuestionPatch,
    ) -> Result<EvaluationQuestion, EngineError> {
        self.rooms
            .evaluation
            .update_question(set, question, patch)
            .await
    }

    /// A set as files of a format, with the permit to send them.
    ///
    /// # Errors
    /// There is no such set, the format cannot carry it, or too many read such things now.
    pub async fn export_evaluation_set(
        &self,
        set: &str,
        format: SetFormat,
    ) -> Result<(Export, SendingPermit), EngineError> {
        self.rooms.evaluation.export_set(set, format).await
    }

    /// Makes questions of passages of the set's knowledge base, by a language model or of headings; `None` takes a
    /// language model where one writes answers. Each is kept as it is made, to be reviewed.
    ///
    /// # Errors
    /// There is no such set, the count is out of bounds, or there is no language model, before the stream starts.
    pub async fn make_evaluation_questions(
        &self,
        set: &str,
        count: u32,
        maker: Option<QuestionMaker>,
    ) -> Result<MakingEvents, EngineError> {
        self.rooms
            .evaluation
            .make_questions(set, count, maker)
            .await
    }

    /// Adds to a set what people asked in chats and comparisons, and found good or bad.
    ///
    /// # Errors
    /// There is no such set.
    pub async fn collect_evaluation_questions(
        &self,
        set: &str,
    ) -> Result<CollectedQuestions, EngineError> {
        self.rooms.evaluation.collect_questions(set).await
    }

    /// What is good and bad about a set.
    ///
    /// # Errors
    /// There is no such set, or a search of its knowledge base fails.
    pub async fn evaluation_set_quality(&self, set: &str) -> Result<SetQuality, EngineError> {
        self.rooms.evaluation.set_quality(set).await
    }

    /// What a run over a set can be expected to see.
    ///
    /// # Errors
    /// There is no such set, or nothing in it to ask.
    pub async fn expected_power(
        &self,
        set: &str,
        scope: QuestionScope,
        limit: Option<u32>,
    ) -> Result<ExpectedPower, EngineError> {
        self.rooms
            .evaluation
            .expected_power(set, scope, limit)
            .await
    }

    /// Queues a run over a set.
    ///
    /// # Errors
    /// There is no such set, its knowledge base is not ready, there is nothing to ask, an arm is not acceptable, or its
    /// reranker is not there.
    pub async fn create_evaluation_run(
        &self,
        set: &str,
        new: NewEvaluationRun,
    ) -> Result<EvaluationRunView, EngineError> {
        self.rooms.evaluation.create_run(set, new).await
    }

    /// A page of runs, newest first, with the cursor of the next; with a set, named by its id or name, those over it
    /// alone.
    ///
    /// # Errors
    /// There is no set of this name, the limit is out of bounds, or the cursor none of ours.
    pub async fn list_evaluation_runs(
        &self,
        set: Option<&str>,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<(Vec<EvaluationRunView>, Option<String>), EngineError> {
        self.rooms.evaluation.list_runs(set, cursor, limit).await
    }

    /// One run.
    ///
    /// # Errors
    /// There is none.
    pub async fn evaluation_run(
        &self,
        id: EvaluationRunId,
    ) -> Result<EvaluationRunView, EngineError> {
        self.rooms.evaluation.run(id).await
    }

    /// Pauses, resumes or cancels a run.
    ///
    /// # Errors
    /// There is none, or it has ended.
    pub async fn control_evaluation_run(
        &self,
        id: EvaluationRunId,
        control: RunControl,
    ) -> Result<EvaluationRunView, EngineError> {
        self.rooms.evaluation.control_run(id, control).await
    }

    /// Deletes a run with its outcomes.
    ///
    /// # Errors
    /// There is none.
    pub async fn delete_evaluation_run(&self, id: EvaluationRunId) -> Result<(), EngineError> {
        self.rooms.evaluation.delete_run(id).await
    }

    /// What a run found, with the permit to send it.
    ///
    /// # Errors
    /// There is no such run, it has no report, or too many read such things now.
    pub async fn evaluation_report(
        &self,
        id: EvaluationRunId,
    ) -> Result<(Report, SendingPermit), EngineError> {
        self.rooms.evaluation.report_to_send(id).await
    }

    /// The question of a run that has this id in the set, as a page of its own, which is empty if it is not done.
    ///
    /// # Errors
    /// There is no such run.
    pub async fn evaluation_outcome_of(
        &self,
        id: EvaluationRunId,
        question: &str,
    ) -> Result<OutcomePage, EngineError> {
        self.rooms.evaluation.outcome_of(id, question).await
    }

    /// Questions of a run with what each arm made of them, from a place on.
    ///
    /// # Errors
    /// There is no such run, or the limit is out of bounds.
    pub async fn evaluation_outcomes(
        &self,
        id: EvaluationRunId,
        from: u32,
        limit: u32,
    ) -> Result<OutcomePage, EngineError> {
        self.rooms.evaluation.outcomes(id, from, limit).await
    }

    /// A question of a run, with those of its passages that are still there.
    ///
    /// # Errors
    /// There is no such run, or no such question of it that is done.
    pub async fn evaluation_outcome(
        &self,
        id: EvaluationRunId,
        place: u32,
    ) -> Result<(QuestionOutcome, HashMap<ChunkId, LivePassage>), EngineError> {
        self.rooms.evaluation.outcome(id, place).await
    }

    /// What an arm of a run found as files of TREC, with the permit to send them; without a name, the present settings.
    ///
    /// # Errors
    /// There is no such run or arm, the run is not finished, or too many read such things now.
    pub async fn export_evaluation_run(
        &self,
        id: EvaluationRunId,
        arm: Option<&str>,
    ) -> Result<(Export, SendingPermit), EngineError> {
        self.rooms.evaluation.export_run(id, arm).await
    }

    /// What other settings of an arm would give by the scores that a run has kept.
    ///
    /// # Errors
    /// There is no such run or arm, or a value is out of bounds.
    pub async fn try_evaluation_settings(
        &self,
        id: EvaluationRunId,
        arm: &str,
        settings: WhatIf,
    ) -> Result<WhatIfResult, EngineError> {
        self.rooms.evaluation.try_settings(id, arm, settings).await
    }

    /// How the figures of an arm would go with each of its settings, by the scores that a run has kept.
    ///
    /// # Errors
    /// As [`Self::try_evaluation_settings`].
    pub async fn evaluation_setting_curves(
        &self,
        id: EvaluationRunId,
        arm: &str,
        settings: WhatIf,
    ) -> Result<AlongSettings, EngineError> {
        let rooms = &self.rooms;
        rooms.evaluation.setting_curves(id, arm, settings).await
    }

    /// What nobody has judged of a run; who judges is not told where it stands.
    ///
    /// # Errors
    /// There is no such run, its set is gone, or the limit is out of bounds.
    pub async fn passages_to_judge(
        &self,
        id: EvaluationRunId,
        limit: u32,
        order: JudgingOrder,
    ) -> Result<PassagesToJudge, EngineError> {
        self.rooms.evaluation.to_judge(id, limit, order).await
    }

    /// Says how relevant a passage, or a document, is to a question of a set.
    ///
    /// # Errors
    /// There is no such set or question, or the judgment is not acceptable.
    pub async fn judge_passage(
        &self,
        set: &str,
        question: &str,
        gold: Gold,
    ) -> Result<EvaluationQuestion, EngineError> {
        self.rooms.evaluation.judge(set, question, gold).await
    }

    /// Has a language model grade passages of a run, some that people have judged first. Its grades are kept apart from
    /// those of people.
    ///
    /// # Errors
    /// There is no such run or model, its set is gone, the count is out of bounds, or the model is of the family of one
    /// that an arm uses, before the stream starts.
    pub async fn judge_by_model(
        &self,
        id: EvaluationRunId,
        model: &str,
        count: u32,
    ) -> Result<JudgingEvents, EngineError> {
        let room = &self.rooms.evaluation;
        room.judge_by_model(id, model, count).await
    }

    /// Counts a finished run anew with the judgments that its set has now, and with the grades of a language model
    /// where one is named and people have said nothing. No model runs.
    ///
    /// # Errors
    /// There is no such run, it is not finished, its set is gone, or the model's grades must not count.
    pub async fn recount_evaluation_run(
        &self,
        id: EvaluationRunId,
        judge: Option<&str>,
    ) -> Result<EvaluationRunView, EngineError> {
        let room = Arc::clone(&self.rooms.evaluation);
        let judge = judge.map(str::to_owned);
        // A client that goes must not leave a run of which a part is counted with other judgments.
        let counting = async move { room.recount(id, judge.as_deref()).await };
        let evaluation = &self.rooms.evaluation;
        evaluation.apart("counting a run anew", counting).await
    }

    /// How a run differs from an earlier one, in the order of time, by arms of these names or the present settings.
    ///
    /// # Errors
    /// There is no such run or arm.
    pub async fn diff_evaluation_runs(
        &self,
        runs: (EvaluationRunId, EvaluationRunId),
        arms: (Option<&str>, Option<&str>),
    ) -> Result<RunDiff, EngineError> {
        self.rooms.evaluation.diff(runs, arms).await
    }

    /// Changes the name of a run, or what is said about it.
    ///
    /// # Errors
    /// There is no such run, or a text is too long.
    pub async fn describe_evaluation_run(
        &self,
        id: EvaluationRunId,
        name: Option<String>,
        note: Option<String>,
    ) -> Result<EvaluationRunView, EngineError> {
        self.rooms.evaluation.describe_run(id, name, note).await
    }

    /// Share of the questions of chats that are searched in another way too; 0 for none.
    pub fn live_share(&self) -> f64 {
        self.rooms.shared.options.live.share
    }

    /// What live comparisons have seen so far.
    ///
    /// # Errors
    /// The database failed, or too many read such things now.
    pub async fn live_comparisons(&self) -> Result<LiveView, EngineError> {
        self.rooms.evaluation.live().await
    }

    /// The latest questions of live comparisons whose sources are kept, newest first; of an answer its own.
    ///
    /// # Errors
    /// The limit is out of bounds.
    pub async fn live_questions(
        &self,
        of: Option<MessageId>,
        limit: u32,
    ) -> Result<Vec<LiveRecord>, EngineError> {
        self.rooms.evaluation.live_records(of, limit).await
    }

    /// Removes all that live comparisons have kept.
    ///
    /// # Errors
    /// The database failed.
    pub async fn delete_live_comparisons(&self) -> Result<(), EngineError> {
        self.rooms.evaluation.delete_live().await
    }

    /// Makes a knowledge base search as an arm of a finished run does, with changes. Returns its settings of before.
    ///
    /// # Errors
    /// There is no such run or arm, the run has no report, the knowledge base is gone, or a change is not acceptable.
    pub async fn apply_evaluation_arm(
        &self,
        id: EvaluationRunId,
        arm: &str,
        change: impl FnOnce(RetrievalSettings) -> RetrievalSettings + Send,
    ) -> Result<(KnowledgeBase, RetrievalSettings), EngineError> {
        let (base, arm, answered) = self.rooms.evaluation.arm_to_apply(id, arm).await?;
        let bases = &self.rooms.knowledge_bases;
        bases.take_over(base, (id, arm), answered, change).await
    }

    /// What a knowledge base has taken over from a run last, if that is in force still.
    ///
    /// # Errors
    /// There is no such run.
    pub async fn applied_evaluation_arm(
        &self,
        id: EvaluationRunId,
    ) -> Result<Option<AppliedArm>, EngineError> {
        self.rooms.evaluation.run(id).await?;
        self.rooms.knowledge_bases.taken_over(id).await
    }

    /// Makes a knowledge base search as it did before it took over the last arm of a run.
    ///
    /// # Errors
    /// There is no such run, or its settings have been changed since then.
    pub async fn undo_evaluation_arm(
        &self,
        id: EvaluationRunId,
    ) -> Result<KnowledgeBase, EngineError> {
        self.rooms.evaluation.run(id).await?;
        self.rooms.knowledge_bases.take_back(id).await
    }
}

/// Chats.
impl Engine {
    /// Creates a chat without messages.
    ///
    /// # Errors
    /// A knowledge base is not there, or the title is not acceptable.
    pub async fn create_chat(&self, new: NewChat) -> Result<Conversation, EngineError> {
        self.rooms.chats.create_chat(new).await
    }

    /// A page of chats, last changed first.
    ///
    /// # Errors
    /// The limit is out of bounds, the search too long, or the cursor none of ours.
    pub async fn list_chats(
        &self,
        query: &ConversationQuery,
    ) -> Result<ConversationPage, EngineError> {
        self.rooms.chats.list_chats(query).await
    }

    /// A chat with its messages.
    ///
    /// # Errors
    /// No such chat; too many are read already.
    pub async fn chat(&self, id: ChatId) -> Result<WholeChat, EngineError> {
        self.rooms.chats.chat(id).await
    }

    /// Changes a chat's title or where it searches.
    ///
    /// # Errors
    /// No such chat or knowledge base, or the title is not acceptable.
    pub async fn update_chat(
        &self,
        id: ChatId,
        patch: ChatPatch,
    ) -> Result<ConversationSummary, EngineError> {
        self.rooms.chats.update_chat(id, patch).await
    }

    /// Deletes a chat with its messages and their feedback.
    ///
    /// # Errors
    /// No such chat.
    pub async fn delete_chat(&self, id: ChatId) -> Result<(), EngineError> {
        self.rooms.chats.delete_chat(id).await
    }

    /// Keeps what a person thinks of an answer, in place of what was said before.
    ///
    /// # Errors
    /// No such answer, or the comment is too long.
    pub async fn set_feedback(
        &self,
        chat: ChatId,
        message: MessageId,
        verdict: Verdict,
        comment: Option<String>,
    ) -> Result<Feedback, EngineError> {
        self.rooms
            .chats
            .set_feedback(chat, message, verdict, comment)
            .await
    }

    /// Takes back what a person thought of an answer.
    ///
    /// # Errors
    /// No such answer.
    pub async fn delete_feedback(
        &self,
        chat: ChatId,
        message: MessageId,
    ) -> Result<(), EngineError> {
        self.rooms.chats.delete_feedback(chat, message).await
    }

    /// A page of feedback with its questions and answers, newest first.
    ///
    /// # Errors
    /// The limit is out of bounds, or the cursor none of ours.
    pub async fn list_feedback(
        &self,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<FeedbackPage, EngineError> {
        self.rooms.chats.list_feedback(cursor, limit).await
    }

    /// Answers a question in a chat. The question is durable before this returns.
    ///
    /// # Errors
    /// No such chat, message or knowledge base; another question of the chat is being answered; values out of bounds;
    /// too many questions at once. Nothing is changed then.
    pub async fn ask_in_chat(
        &self,
        id: ChatId,
        question: ChatQuestion,
    ) -> Result<ChatEvents, EngineError> {
        let turn = self.rooms.chats.begin_turn(id, question).await?;
        let query = self.rooms.query.clone();
        let checked = query.check_question(&turn.knowledge_bases, turn.ask.clone());
        let checked = checked.await?.in_chat_with(turn.chat_model.clone());
        let (text, model) = (checked.question().to_owned(), checked.chat().clone());
        let answer = move |rewriting: QuestionRewrite| {
            let question = checked.asking(rewriting.question);
            query.answer(question.rewritten(rewriting.ms, rewriting.notice))
        };
        let answer = Box::new(answer);
        self.rooms.chats.answer(turn, text, model, answer).await
    }
}

/// Models by themselves.
impl Engine {
    /// The models that serve requests which name none, loaded if they were not.
    ///
    /// # Errors
    /// One of them cannot be loaded.
    pub async fn inference_models(&self) -> Result<InferenceModels, EngineError> {
        self.rooms.inference.inference_models().await
    }

    /// Catalogue names of the models for reranking and embedding: those that serve requests which name none, those that
    /// are loaded, and the others that are on this machine.
    pub async fn inference_model_names(&self) -> Vec<String> {
        self.rooms.inference.inference_model_names().await
    }

    /// Embeds texts, without a knowledge base. Dropping the future stops the work.
    ///
    /// # Errors
    /// There are too many texts, one is too long and must not be cut, the model is missing or fails, or too much work
    /// waits.
    pub async fn embed(&self, request: EmbedTexts) -> Result<EmbeddedTexts, EngineError> {
        self.rooms.inference.embed(request).await
    }

    /// Scores passages against a query, without a knowledge base, however long that takes. Dropping the future stops
    /// the work.
    ///
    /// # Errors
    /// There are too many passages, the model is missing or fails, or too much work waits.
    pub async fn rerank(&self, request: RerankPairs) -> Result<RerankedPairs, EngineError> {
        self.rooms.inference.rerank(request).await
    }

    /// The tokens of texts, as the default embedder has them, not cut and without prefixes.
    ///
    /// # Errors
    /// There are too many texts, no embedder, or its tokenizer failed.
    pub async fn tokenize(
        &self,
        texts: Vec<String>,
        special: bool,
    ) -> Result<Vec<Vec<Token>>, EngineError> {
        self.rooms.inference.tokenize(texts, special).await
    }
}

/// Model files.
impl Engine {
    /// Tells what a model is that the catalogue does not have, before anything large of it is fetched.
    ///
    /// # Errors
    /// The server is offline, the hub does not give it, it cannot be run here, or too many are looked into.
    pub async fn look_at_model(&self, request: &AddRequest) -> Result<FoundModel, EngineError> {
        self.rooms.library.look_at_model(request).await
    }

    /// Begins to add such a model. Its download is followed and cancelled like any other.
    ///
    /// # Errors
    /// As [`Self::look_at_model`] and [`Self::fetch_model`], or its name is taken.
    pub async fn add_model(
        &self,
        request: AddRequest,
    ) -> Result<(FoundModel, Download), EngineError> {
        self.rooms.library.add_model(request).await
    }

    /// Begins to fetch a model, or finds the download that runs.
    ///
    /// # Errors
    /// The name is unknown, the server is offline, the disk has too little room, or too many downloads run.
    pub async fn fetch_model(&self, name: &str) -> Result<Download, EngineError> {
        self.rooms.library.fetch_model(name).await
    }

    /// The latest download of a model since the start, from now to its end.
    ///
    /// # Errors
    /// The name is unknown, or there was no download.
    pub fn download_events(&self, name: &str) -> Result<DownloadEvents, EngineError> {
        self.rooms.library.download_events(name)
    }

    /// Ends the download of a model if one runs. What has come stays, so that a later one goes on from there.
    ///
    /// # Errors
    /// The name is unknown.
    pub async fn cancel_download(&self, name: &str) -> Result<(), EngineError> {
        self.rooms.library.cancel_download(name).await
    }

    /// Looks into the files of a model, loads it once more and compares its scores with the published ones.
    ///
    /// # Errors
    /// The name is unknown, files are absent or in use, another model is being verified, or it cannot be loaded.
    pub async fn verify_model(&self, name: &str) -> Result<Verification, EngineError> {
        self.rooms.library.verify_model(name).await
    }

    /// All models that are known by name: the catalogue, and what runs beside it.
    ///
    /// # Errors
    /// None that is foreseen.
    pub async fn list_library(&self) -> Result<LibraryListing, EngineError> {
        self.rooms.library.list_library().await
    }
}

/// The server itself.
impl Engine {
    /// Compares counts and id digests of the database and the indexes, and with `repair` queues what differs.
    /// While documents are being ingested the stores are compared as they are at the moment. With `originals` all of
    /// them are read besides, which takes as long as it takes. With `vectors` some of each knowledge base are searched
    /// for by themselves.
    ///
    /// # Errors
    /// A store failed, or somebody else is having the originals read.
    pub async fn audit(&self, options: AuditOptions) -> Result<AuditReport, EngineError> {
        self.rooms.audit.audit(options).await
    }

    /// What the process and its data take of the machine.
    ///
    /// # Errors
    /// The data folder cannot be found.
    pub async fn system(&self) -> Result<System, EngineError> {
        self.rooms.monitor.system().await
    }

    /// Notes that a scheduled backup was made.
    pub fn backup_made(&self) {
        self.rooms.monitor.backup(None);
    }

    /// Has health say why a scheduled backup could not be made, until one is.
    pub fn backup_failed(&self, problem: String) {
        self.rooms.monitor.backup(Some(problem));
    }

    /// What runs now.
    ///
    /// # Errors
    /// None today: what is wrong makes `ok` false and is among the notices.
    pub async fn health(&self) -> Result<Health, EngineError> {
        self.rooms.monitor.health().await
    }
}
