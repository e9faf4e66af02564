//! SQL: knowledge bases, documents, chunks and their revisions, outbox, jobs, embedding cache, chats,
//! comparisons, evaluations, live comparisons.
//!
//! This is the only truth; the indexes are derived from it. It lies in a SQLite file, or in a schema of a PostgreSQL
//! server. Writes go through one connection, reads through a few.

mod apart;
mod chunks;
mod comparisons;
mod conversations;
mod copying;
mod documents;
mod embeddings;
mod evaluations;
mod examined;
#[cfg(test)]
mod failures;
mod jobs;
mod kept;
mod knowledge_bases;
mod live;
mod migrations;
mod newer;
mod newest_first;
mod outbox;
#[cfg(test)]
mod plans;
mod postgres;
mod removal;
mod rows;
mod snapshot;
mod spelling;
mod sql;
mod sql_error;
mod sqlite;
#[cfg(test)]
mod statements;
mod store;

pub use copying::{CopiedTable, CopyProgress};
pub use examined::{DatabaseState, examine_file, examine_server};
pub use migrations::newest as newest_schema;
pub use postgres::PostgresOptions;
pub use snapshot::{SnapshotContents, examine_snapshot, take_snapshot};
pub use store::{SqlStore, TakenDatabase};
