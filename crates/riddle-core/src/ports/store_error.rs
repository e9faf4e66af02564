use std::error::Error;

use crate::domain::id::{EvaluationSetId, KnowledgeBaseId};

/// A database that failed, or a rule of it that a request broke. Messages may be shown to users; what the database
/// itself said is in the sources, for the log.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A knowledge base of this name exists.
    #[error("a knowledge base named `{name}` exists; choose another name")]
    NameTaken {
        /// The name.
        name: String,
    },
    /// The knowledge base does not exist, or no longer.
    #[error("no knowledge base `{id}`; it may have been deleted")]
    KnowledgeBaseGone {
        /// Its id.
        id: KnowledgeBaseId,
    },
    /// An evaluation set of this name exists.
    #[error("an evaluation set named `{name}` exists; choose another name")]
    EvaluationSetNameTaken {
        /// The name.
        name: String,
    },
    /// The evaluation set does not exist, or no longer.
    #[error("no evaluation set `{id}`; it may have been deleted")]
    EvaluationSetGone {
        /// Its id.
        id: EvaluationSetId,
    },
    /// The cursor of a page is not one that the store gave.
    #[error("the cursor is not valid; start again without one")]
    BadCursor,
    /// The database failed.
    #[error("{failure}")]
    Failed {
        /// What a person can do about it.
        failure: StoreFailure,
        /// What the database said.
        source: Box<dyn Error + Send + Sync>,
    },
}

/// Failures of a database, told apart by what a person can do about them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum StoreFailure {
    /// Nothing can be written for want of space.
    #[error("the disk is full; free some space and try again")]
    DiskFull,
    /// Others held the database for longer than a call waits.
    #[error("the database is busy; try again in a moment")]
    Busy,
    /// The server of the database does not answer, or lets nobody in now.
    #[error(
        "the database server does not answer; see that PostgreSQL runs and takes connections, then try again"
    )]
    Unreachable,
    /// Another process of this program has it.
    #[error(
        "another server uses this database; stop it, or give each server a database, or a schema, of its own"
    )]
    Taken,
    /// The file is no database, or parts of it are not as they were written.
    #[error(
        "the database file is damaged; stop the server and put back a backup with `riddle restore`"
    )]
    Damaged,
    /// What is stored is not as this version writes it; trying again does not help.
    #[error("the database failed")]
    Unreadable,
    /// Anything else.
    #[error("the database failed")]
    Other,
}
