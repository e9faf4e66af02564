use riddle_core::{
    ChatError, ChatId, ChunkId, ComparisonId, FilterError, IndexError, LibraryError, MessageId,
    ModelError, StoreError,
};

/// Why a use case could not be done. Messages may be shown to users: they hold no path and no document text.
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
    /// No comparison of this id.
    #[error("no comparison `{0}`; it may have been deleted, so list them again")]
    ComparisonNotFound(ComparisonId),
    /// A value of the request is not acceptable.
    #[error(transparent)]
    InvalidRequest(InvalidValue),
    /// An upload is larger than allowed.
    #[error(
        "the file is larger than {limit_bytes} bytes, the limit of this server; split it or raise the limit"
    )]
    TooLarge {
        /// The limit.
        limit_bytes: u64,
    },
    /// One request holds more texts than allowed.
    #[error("{count} texts in one request; at most {limit} are taken, so send them in several")]
    TooManyTexts {
        /// How many there were.
        count: usize,
        /// The limit.
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
    /// Too much work waits; nothing was done.
    #[error("the server is busy; try again in {retry_after_s} s")]
    Overloaded {
        /// When to try again, in seconds.
        retry_after_s: u32,
    },
    /// A model is missing or failed.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Something could not be done with a model's files.
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
    Chat(#[from] ChatError),
    /// The database failed.
    #[error(transparent)]
    Store(StoreError),
    /// An index failed.
    #[error("an index failed")]
    Index(#[from] IndexError),
    /// A file of the data folder could not be read or written.
    #[error("the data folder could not be read or written")]
    Io(#[from] std::io::Error),
    /// The indexes have seen changes that the database does not know, as after restoring an older database.
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
    /// A deletion is durable, but the indexes have not confirmed it in time.
    #[error(
        "the deletion is recorded and will be completed; the indexes are busy, ask again in {retry_after_s} s"
    )]
    DeletionPending {
        /// When to ask again, in seconds.
        retry_after_s: u32,
    },
    /// A task of the server ended before it answered.
    #[error("the server is stopping")]
    Stopping,
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

    /// A field whose value is not acceptable, told in a sentence of its own.
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

impl From<StoreError> for EngineError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NameTaken { name } => Self::NameTaken(name),
            StoreError::KnowledgeBaseGone { id } => Self::KnowledgeBaseNotFound(id.to_string()),
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
