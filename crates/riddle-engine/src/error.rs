mod internal;

use riddle_core::{
    ChatError, ChatId, ChunkId, ComparisonId, DocumentId, EvaluationRunId, FilterError, IndexError,
    LibraryError, MessageId, ModelError, StoreError, StoreFailure,
};

pub use internal::InternalCause;
pub(crate) use internal::count as internal_errors;

/// The message of an internal error. The cause stays in the log: it does not help users, and could help an attacker.
pub const INTERNAL_MESSAGE: &str =
    "the server could not do this; its log has the details under the request id";

/// Why a use case failed. Messages are for users: they contain no path and no text of documents.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// No knowledge base of this id or name.
    #[error("no knowledge base `{0}`; list them, or create it first")]
    KnowledgeBaseNotFound(String),
    /// A knowledge base of this name exists.
    #[error("a knowledge base named `{0}` exists; choose another name")]
    NameTaken(String),
    /// No document of this id.
    #[error("no document `{0}`; it may have been deleted")]
    DocumentNotFound(String),
    /// No live chunk of this id.
    #[error(
        "no passage `{0}`; its document may have been deleted or processed anew, so read the document again"
    )]
    ChunkNotFound(ChunkId),
    /// A chunk has no revision of this number.
    #[error("the passage has no revision {0}; read its history again")]
    RevisionNotFound(u32),
    /// A chunk was changed since the caller read it.
    #[error(
        "the passage was changed meanwhile; read it again and repeat the change on its new text"
    )]
    ChunkChanged,
    /// A chunk's text is longer than what the embedder reads.
    #[error("the text is longer than the {limit} tokens that a passage may have here; shorten it")]
    ChunkTooLong {
        /// The limit in tokens.
        limit: usize,
    },
    /// No chat of this id.
    #[error("no chat `{0}`; it may have been deleted")]
    ChatNotFound(ChatId),
    /// No message of this id and kind in the chat.
    #[error("no such message `{0}` in this chat; read the chat again")]
    MessageNotFound(MessageId),
    /// Another question of the chat is being answered.
    #[error("this chat is answering another question; wait for its end or stop it, then ask again")]
    ChatBusy,
    /// A chat has no room for another question.
    #[error(
        "this chat has {limit} messages, as many as one may have; go on in a new chat, or edit an earlier question of this one"
    )]
    ChatFull {
        /// How many there may be.
        limit: usize,
    },
    /// There are as many knowledge bases as may be.
    #[error(
        "there are {limit} knowledge bases, as many as a server may have; delete one that nobody needs, or keep the \
         documents of several in one and tell them apart by folders or metadata"
    )]
    TooManyKnowledgeBases {
        /// How many there may be.
        limit: usize,
    },
    /// No comparison of this id.
    #[error("no comparison `{0}`; it may have been deleted, so list them again")]
    ComparisonNotFound(ComparisonId),
    /// No evaluation set of this id or name.
    #[error("no evaluation set `{0}`; list them, or make it first")]
    EvaluationSetNotFound(String),
    /// An evaluation set of this name exists.
    #[error("an evaluation set named `{0}` exists; choose another name")]
    EvaluationSetNameTaken(String),
    /// The set has no question of this id.
    #[error("the evaluation set has no question `{0}`; read its questions again")]
    EvaluationQuestionNotFound(String),
    /// The run has no finished question at this place.
    #[error("the run has no question at place {0} that is done; read its questions again")]
    EvaluationPlaceNotFound(u32),
    /// No evaluation run of this id.
    #[error("no evaluation run `{0}`; it may have been deleted, so list them again")]
    EvaluationRunNotFound(EvaluationRunId),
    /// A run is not in a state in which this can be done.
    #[error("{0}")]
    EvaluationRunState(String),
    /// A value of the request is not acceptable.
    #[error(transparent)]
    InvalidRequest(InvalidValue),
    /// An upload is larger than allowed.
    #[error(
        "the file is larger than {limit_bytes} bytes, the limit of this server; split it or raise the limit"
    )]
    TooLarge { limit_bytes: u64 },
    /// One request holds more texts than allowed.
    #[error("{count} texts in one request; at most {limit} are taken, so send them in several")]
    TooManyTexts {
        /// How many there were.
        count: usize,
        limit: usize,
    },
    /// A text is longer than any model reads.
    #[error("text {index} has more than {limit} characters; cut it")]
    TooManyCharacters {
        /// Its place in the request, from 0.
        index: usize,
        limit: usize,
    },
    /// A text does not fit the model and must not be cut.
    #[error(
        "text {index} is longer than the {limit} tokens of the model; shorten it or let it be truncated"
    )]
    TextTooLong {
        /// Its place in the request, from 0.
        index: usize,
        /// The limit in tokens.
        limit: usize,
    },
    /// A pair does not fit the reranker and must not be cut.
    #[error(
        "text {index} does not fit the {limit} tokens of the model beside the query; shorten one of them or let texts be truncated"
    )]
    PairTooLong {
        /// The passage's place in the request, from 0.
        index: usize,
        /// The limit in tokens.
        limit: usize,
    },
    /// An evaluation set has too much in it.
    #[error("{0}")]
    EvaluationSetTooLarge(String),
    /// Too much work waits; nothing was done.
    #[error("the server is busy; try again in {retry_after_s} s")]
    Overloaded {
        /// When to try again, in seconds.
        retry_after_s: u32,
    },
    /// A model is missing or failed.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A model's files could not be listed, fetched or verified.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// As many models as allowed are being fetched.
    #[error("{limit} models are being fetched already; wait for one or cancel one, then try again")]
    TooManyDownloads {
        /// How many may be at the same time.
        limit: usize,
    },
    /// A model was not fetched since the start.
    #[error("`{0}` was not fetched since this server was started; fetch it first")]
    NoDownload(String),
    /// The language model failed.
    #[error(transparent)]
    Chat(ChatError),
    /// The database failed.
    #[error(transparent)]
    Store(StoreError),
    /// An index failed.
    #[error("an index failed")]
    Index(IndexError),
    /// A file of the data folder could not be read or written.
    #[error("the data folder could not be read or written")]
    Io(#[from] std::io::Error),
    /// Too little of the disk is free beside its reserve. Nothing was written.
    #[error(
        "the disk is almost full: {free_mib} MiB are free and {reserve_mib} MiB are kept back; free \
         some space or delete documents, then try again"
    )]
    DiskFull {
        /// What is free, in MiB.
        free_mib: u64,
        /// What is kept back, in MiB.
        reserve_mib: u64,
    },
    /// A stored original is not what was uploaded.
    #[error(
        "the stored original of `{0}` is damaged or missing; upload the document again, and check the disk"
    )]
    DamagedOriginal(DocumentId),
    /// The indexes are ahead of the database, as after restoring an older database.
    #[error(
        "the indexes are ahead of the database (position {index}, database {database}), as after restoring an older \
         database; run `riddle doctor --rebuild` once"
    )]
    IndexAhead {
        /// Position of the indexes.
        index: u64,
        /// Last sequence of the database.
        database: u64,
    },
    /// Text of a document was recognised in pictures, which cannot be done anew.
    #[error(
        "text of this document was recognised in pictures, and would be lost as that cannot be done now; {how}"
    )]
    OcrAbsent {
        /// What to do.
        how: String,
    },
    /// A deletion is durable, but the indexes have not confirmed it in time.
    #[error(
        "the deletion is recorded and will be completed; the indexes are busy, ask again in {retry_after_s} s"
    )]
    DeletionPending {
        /// When to ask again, in seconds.
        retry_after_s: u32,
    },
    /// The server is stopping, and what was asked for will not be done.
    #[error("the server is stopping")]
    Stopping,
    /// Something that should never happen, such as a panic.
    #[error("an internal error while {doing}")]
    Internal {
        /// What the server was doing, as a phrase such as `searching the index`.
        doing: &'static str,
        /// What happened.
        source: InternalCause,
    },
}

impl EngineError {
    /// A stable name for programs; `internal` for what is the server's own fault.
    pub fn code(&self) -> &'static str {
        match self {
            Self::KnowledgeBaseNotFound(_) => "knowledge_base_not_found",
            Self::NameTaken(_) => "name_taken",
            Self::DocumentNotFound(_) => "document_not_found",
            Self::ChunkNotFound(_) => "chunk_not_found",
            Self::RevisionNotFound(_) => "revision_not_found",
            Self::ChunkChanged => "chunk_changed",
            Self::ChatNotFound(_) => "chat_not_found",
            Self::MessageNotFound(_) => "message_not_found",
            Self::ChatBusy => "chat_busy",
            Self::ChatFull { .. } => "chat_full",
            Self::TooManyKnowledgeBases { .. } => "too_many_knowledge_bases",
            Self::ComparisonNotFound(_) => "comparison_not_found",
            Self::EvaluationSetNotFound(_) => "evaluation_set_not_found",
            Self::EvaluationSetNameTaken(_) => "name_taken",
            Self::EvaluationQuestionNotFound(_) | Self::EvaluationPlaceNotFound(_) => {
                "evaluation_question_not_found"
            }
            Self::EvaluationRunNotFound(_) => "evaluation_run_not_found",
            Self::EvaluationRunState(_) => "evaluation_run_state",
            Self::OcrAbsent { .. } => "ocr_absent",
            Self::InvalidRequest(_) => "invalid_request",
            Self::ChunkTooLong { .. }
            | Self::TooLarge { .. }
            | Self::EvaluationSetTooLarge(_)
            | Self::TooManyTexts { .. }
            | Self::TooManyCharacters { .. }
            | Self::TextTooLong { .. }
            | Self::PairTooLong { .. } => "too_large",
            Self::Overloaded { .. } | Self::TooManyDownloads { .. } => "overloaded",
            Self::NoDownload(_) => "download_not_found",
            Self::DeletionPending { .. } => "deletion_pending",
            Self::Stopping => "stopping",
            Self::Model(error) => error.code(),
            Self::Library(error) => library_code(error),
            Self::Chat(error) => error.code(),
            Self::DiskFull { .. } => DISK_FULL,
            Self::DamagedOriginal(_) => "damaged_original",
            Self::Store(_) | Self::Io(_) if self.is_disk_full() => DISK_FULL,
            Self::Index(error) if error.is_away => "unhealthy",
            Self::Store(_)
            | Self::Index(_)
            | Self::Io(_)
            | Self::IndexAhead { .. }
            | Self::Internal { .. } => INTERNAL,
        }
    }

    /// Whether the cause is a full disk.
    pub fn is_disk_full(&self) -> bool {
        match self {
            Self::DiskFull { .. } => true,
            Self::Store(StoreError::Failed { failure, .. }) => *failure == StoreFailure::DiskFull,
            Self::Index(error) => error.is_disk_full,
            Self::Io(error) => matches!(
                error.kind(),
                std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded
            ),
            _ => false,
        }
    }

    /// What is wrong and what to do, for people.
    pub fn public_message(&self) -> String {
        match (self.code(), self) {
            (INTERNAL, _) => INTERNAL_MESSAGE.to_owned(),
            (DISK_FULL, Self::Io(_)) => StoreFailure::DiskFull.to_string(),
            (_, Self::Index(error)) => error.to_string(),
            _ => self.to_string(),
        }
    }
}

const INTERNAL: &str = "internal";
const DISK_FULL: &str = "disk_full";

/// For a request the details of a download do not matter: the model is not here.
fn library_code(error: &LibraryError) -> &'static str {
    match error {
        LibraryError::Model(error) => error.code(),
        LibraryError::Cancelled { .. }
        | LibraryError::Source(_)
        | LibraryError::BadFile(_)
        | LibraryError::Disk(_) => "model_unavailable",
        LibraryError::Unknown(_)
        | LibraryError::Offline { .. }
        | LibraryError::AddOffline { .. }
        | LibraryError::Refused(_)
        | LibraryError::Absent { .. }
        | LibraryError::Busy(_) => error.code(),
    }
}

/// A value of a request that is not acceptable.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{message}")]
pub struct InvalidValue {
    /// Where it stands in the request, such as `retrieval.top_n`; `None` where no single field is at fault.
    pub field: Option<String>,
    /// What is wrong and what to do.
    pub message: String,
}

impl EngineError {
    /// A field whose value is not acceptable: "`field` problem".
    pub(crate) fn invalid(field: &str, problem: impl std::fmt::Display) -> Self {
        Self::invalid_as(field, format!("`{field}` {problem}"))
    }

    /// A field whose value is not acceptable, with a whole sentence about it.
    pub(crate) fn invalid_as(field: &str, message: impl Into<String>) -> Self {
        Self::InvalidRequest(InvalidValue {
            field: Some(field.to_owned()),
            message: message.into(),
        })
    }

    /// A request that is not acceptable as a whole.
    pub(crate) fn unacceptable(message: impl Into<String>) -> Self {
        Self::InvalidRequest(InvalidValue {
            field: None,
            message: message.into(),
        })
    }
}

impl From<ChatError> for EngineError {
    fn from(error: ChatError) -> Self {
        match error {
            ChatError::Panicked { panic } => {
                Self::internal("writing an answer", InternalCause::Unforeseen(panic))
            }
            other => Self::Chat(other),
        }
    }
}

impl From<IndexError> for EngineError {
    fn from(error: IndexError) -> Self {
        // A panic for want of disk space is no fault of the program, and is waited for.
        if error.has_panicked && !error.is_disk_full {
            let cause = InternalCause::Unforeseen(error.to_string());
            return Self::internal("using an index", cause);
        }
        Self::Index(error)
    }
}

impl From<StoreError> for EngineError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NameTaken { name } => Self::NameTaken(name),
            StoreError::KnowledgeBaseGone { id } => Self::KnowledgeBaseNotFound(id.to_string()),
            StoreError::EvaluationSetNameTaken { name } => Self::EvaluationSetNameTaken(name),
            StoreError::EvaluationSetGone { id } => Self::EvaluationSetNotFound(id.to_string()),
            StoreError::BadCursor => Self::invalid_as("cursor", error.to_string()),
            StoreError::Failed { .. } => Self::Store(error),
        }
    }
}

impl From<FilterError> for EngineError {
    fn from(error: FilterError) -> Self {
        Self::invalid_as("filter", error.to_string())
    }
}
