use riddle_core::{DocumentId, Failure, FailureCode, JobFailure, StoreError, Timestamp};

use crate::sql::{self, Transaction};

/// What becomes of a job whose attempt gave nothing.
pub(super) enum After {
    Again(Again),
    /// Its document has failed.
    Failed(Failure),
    PutOff,
}

/// What becomes of a job after this failure, and that many attempts and crashes before it.
pub(super) fn after(failure: &JobFailure, attempts: u32, crashes: u32) -> After {
    let again = |attempts, crashes, at: &Timestamp| {
        After::Again(Again {
            attempts,
            crashes,
            at: *at,
        })
    };
    match failure {
        JobFailure::Final(failure) => After::Failed(failure.clone()),
        JobFailure::Transient {
            failure,
            next_attempt,
            max_attempts,
        } => match attempts + 1 {
            attempts if attempts < *max_attempts => again(attempts, crashes, next_attempt),
            _ => After::Failed(failure.clone()),
        },
        JobFailure::Crash {
            next_attempt,
            max_crashes,
        } => match crashes + 1 {
            crashes if crashes < *max_crashes => again(attempts, crashes, next_attempt),
            crashes => After::Failed(quarantine(crashes)),
        },
        JobFailure::Waits { next_attempt } => again(attempts, crashes, next_attempt),
        JobFailure::Slow => After::PutOff,
    }
}

/// A job that is tried once more.
pub(super) struct Again {
    attempts: u32,
    crashes: u32,
    at: Timestamp,
}

impl Again {
    pub(super) async fn queue(
        self,
        write: &mut Transaction,
        document: DocumentId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        sql::query(
            "UPDATE jobs SET lease_owner = NULL, lease_until = NULL, attempts = ?, crashes = ?, next_at = ?,
                    suspect = 0
             WHERE document = ?",
        )
        .bind(self.attempts)
        .bind(self.crashes)
        .bind(self.at.0)
        .bind(document.0.as_bytes().as_slice())
        .run(write)
        .await?;
        set_queued(write, document, now).await
    }
}

/// Leaves a job to those who have time for slow ones. Its place among them is that of its document.
pub(super) async fn put_off(
    write: &mut Transaction,
    document: DocumentId,
    now: Timestamp,
) -> Result<(), StoreError> {
    sql::query(
        "UPDATE jobs SET lease_owner = NULL, lease_until = NULL, slow = 1 WHERE document = ?",
    )
    .bind(document.0.as_bytes().as_slice())
    .run(write)
    .await?;
    set_queued(write, document, now).await
}

pub(super) async fn set_queued(
    write: &mut Transaction,
    document: DocumentId,
    now: Timestamp,
) -> Result<(), StoreError> {
    sql::query(
        "UPDATE documents SET status = 'queued', progress = 0, updated_at = ?1
         WHERE id = ?2 AND deleted_at IS NULL AND EXISTS (SELECT 1 FROM jobs WHERE document = ?2)",
    )
    .bind(now.0)
    .bind(document.0.as_bytes().as_slice())
    .run(write)
    .await?;
    Ok(())
}

pub(super) async fn end_failed(
    write: &mut Transaction,
    document: DocumentId,
    failure: &Failure,
    now: Timestamp,
) -> Result<(), StoreError> {
    sql::query(
        "UPDATE documents SET status = 'failed', failure_code = ?, failure_message = ?, updated_at = ?
         WHERE id = ? AND deleted_at IS NULL",
    )
    .bind(failure.code.as_str())
    .bind(&failure.message)
    .bind(now.0)
    .bind(document.0.as_bytes().as_slice())
    .run(write)
    .await?;
    sql::query("DELETE FROM jobs WHERE document = ?")
        .bind(document.0.as_bytes().as_slice())
        .run(write)
        .await?;
    Ok(())
}

pub(super) fn quarantine(crashes: u32) -> Failure {
    Failure {
        code: FailureCode::Quarantined,
        message: format!(
            "the server stopped or failed {crashes} times while working on this document, so it is set aside; retry it \
             alone, or convert it to another format"
        ),
    }
}
