mod ended;

use async_trait::async_trait;
use riddle_core::{
    ClaimedJob, ContentHash, DocumentId, JobFailure, JobStore, StoreError, Timestamp,
};

use self::ended::{After, after, end_failed, put_off, quarantine, set_queued};
use crate::rows::{self, get, number};
use crate::sql::{self, Row, Transaction};
use crate::store::{SqlStore, Write};

/// The job that is due longest, waiting or with an ended lease.
pub(crate) const CLAIM: &str = "UPDATE jobs SET lease_owner = ?1, lease_until = ?2
             WHERE document = (SELECT document FROM (
                 SELECT * FROM (SELECT document, next_at AS due FROM jobs
                                WHERE lease_owner IS NULL AND slow = 0 AND next_at <= ?3 AND suspect = 0
                                ORDER BY next_at, queued_at, document LIMIT 1) AS waiting
                 UNION ALL
                 SELECT * FROM (SELECT document, lease_until FROM jobs
                                WHERE lease_owner IS NOT NULL AND lease_until <= ?3 AND slow = 0
                                ORDER BY lease_until LIMIT 1) AS leased) AS due_jobs
                 ORDER BY due LIMIT 1)
             RETURNING document, attempts, crashes, suspect, queued_at, request_id";

/// The same of slow ones.
pub(crate) const CLAIM_SLOW: &str = "UPDATE jobs SET lease_owner = ?1, lease_until = ?2
             WHERE document = (SELECT document FROM (
                 SELECT * FROM (SELECT document, next_at AS due FROM jobs
                                WHERE lease_owner IS NULL AND slow = 1 AND next_at <= ?3
                                ORDER BY next_at, queued_at, document LIMIT 1) AS waiting
                 UNION ALL
                 SELECT * FROM (SELECT document, lease_until FROM jobs
                                WHERE lease_owner IS NOT NULL AND lease_until <= ?3 AND slow = 1
                                ORDER BY lease_until LIMIT 1) AS leased) AS due_jobs
                 ORDER BY due LIMIT 1)
             RETURNING document, attempts, crashes, suspect, queued_at, request_id";

/// The suspect that is least suspicious: a document that does end the server must not keep the others waiting.
pub(crate) const CLAIM_SUSPECT: &str = "UPDATE jobs SET lease_owner = ?1, lease_until = ?2
             WHERE document = (SELECT document FROM jobs WHERE suspect = 1 AND lease_owner IS NULL AND slow = 0
                               ORDER BY crashes, next_at LIMIT 1)
             RETURNING document, attempts, crashes, suspect, queued_at, request_id";

/// When the next job is due that is as slow as asked for.
const NEXT_DUE: &str = "SELECT min(due) AS due FROM (
             SELECT min(next_at) AS due FROM jobs WHERE lease_owner IS NULL AND slow = ?1 AND suspect <= ?1
             UNION ALL SELECT min(lease_until) FROM jobs WHERE lease_owner IS NOT NULL AND slow = ?1) AS due_jobs";

#[async_trait]
impl JobStore for SqlStore {
    async fn recover_jobs(
        &self,
        boot: &str,
        in_hand: &[DocumentId],
        max_crashes: u32,
        now: Timestamp,
    ) -> Result<(u64, u64), StoreError> {
        let mut write = self.write().await?;
        let rows = sql::query(
            "UPDATE jobs SET lease_owner = NULL, lease_until = NULL
             WHERE lease_owner IS NOT NULL AND lease_owner <> ? RETURNING document, crashes",
        )
        .bind(boot)
        .rows(&mut *write)
        .await?;
        let mut freed = Vec::with_capacity(rows.len());
        for row in &rows {
            let id = DocumentId(rows::uuid(row, "document")?);
            freed.push((id, number::<u32>(row, "crashes")?));
        }
        let suspects = freed.iter().filter(|(id, _)| in_hand.contains(id)).count();
        let mut quarantined = 0;
        for (id, crashes) in &freed {
            if in_hand.contains(id) {
                let crashes = crashes + u32::from(suspects == 1);
                if crashes >= max_crashes {
                    quarantined += 1;
                    end_failed(&mut write, *id, &quarantine(crashes), now).await?;
                    continue;
                }
                suspect(&mut write, *id, crashes).await?;
            }
            set_queued(&mut write, *id, now).await?;
        }
        write.commit().await?;
        Ok((freed.len() as u64, quarantined))
    }

    async fn claim_job(
        &self,
        boot: &str,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<Option<ClaimedJob>, StoreError> {
        self.claim_due(CLAIM, boot, now, lease_until).await
    }

    async fn claim_slow_job(
        &self,
        boot: &str,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<Option<ClaimedJob>, StoreError> {
        self.claim_due(CLAIM_SLOW, boot, now, lease_until).await
    }

    async fn claim_suspect(
        &self,
        boot: &str,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<Option<ClaimedJob>, StoreError> {
        let mut write = self.write().await?;
        let job = sql::query(CLAIM_SUSPECT)
            .bind(boot)
            .bind(lease_until.0)
            .row_if_any(&mut *write)
            .await?;
        claimed(write, job, now).await
    }

    async fn release_job(
        &self,
        document: DocumentId,
        sha256: ContentHash,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        if job_in_work(&mut write, document, sha256).await?.is_none() {
            return Ok(());
        }
        sql::query("UPDATE jobs SET lease_owner = NULL, lease_until = NULL WHERE document = ?")
            .bind(document.0.as_bytes().as_slice())
            .run(&mut write)
            .await?;
        set_queued(&mut write, document, now).await?;
        write.commit().await
    }

    async fn fail_job(
        &self,
        document: DocumentId,
        sha256: ContentHash,
        failure: &JobFailure,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        // Deleted, or replaced and queued anew: the failure is of bytes that nobody asks for any more.
        let Some((attempts, crashes)) = job_in_work(&mut write, document, sha256).await? else {
            return Ok(());
        };
        match after(failure, attempts, crashes) {
            After::Again(again) => again.queue(&mut write, document, now).await?,
            After::Failed(failure) => end_failed(&mut write, document, &failure, now).await?,
            After::PutOff => put_off(&mut write, document, now).await?,
        }
        write.commit().await
    }

    async fn next_job_due(&self, now: Timestamp) -> Result<Option<i64>, StoreError> {
        self.next_due(false, now).await
    }

    async fn next_slow_job_due(&self, now: Timestamp) -> Result<Option<i64>, StoreError> {
        self.next_due(true, now).await
    }

    async fn cut_waits(&self, now: Timestamp, longest_ms: i64) -> Result<u64, StoreError> {
        let mut write = self.write().await?;
        let cut = sql::query(
            "UPDATE jobs SET next_at = ?1 WHERE lease_owner IS NULL AND slow IN (0, 1) AND next_at > ?2
             RETURNING document",
        )
        .bind(now.0)
        .bind(now.plus_millis(longest_ms).0)
        .rows(&mut *write)
        .await?;
        write.commit().await?;
        Ok(cut.len() as u64)
    }

    async fn pending_jobs(&self) -> Result<u64, StoreError> {
        let row = sql::query("SELECT count(*) AS jobs FROM jobs")
            .row(&self.standing)
            .await?;
        number(&row, "jobs")
    }
}

impl SqlStore {
    async fn claim_due(
        &self,
        statement: &'static str,
        boot: &str,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<Option<ClaimedJob>, StoreError> {
        let mut write = self.write().await?;
        let job = sql::query(statement)
            .bind(boot)
            .bind(lease_until.0)
            .bind(now.0)
            .row_if_any(&mut *write)
            .await?;
        claimed(write, job, now).await
    }

    async fn next_due(&self, slow: bool, now: Timestamp) -> Result<Option<i64>, StoreError> {
        let row = sql::query(NEXT_DUE).bind(slow).row(&self.reader).await?;
        let due: Option<i64> = get(&row, "due")?;
        Ok(due.map(|due| due.saturating_sub(now.0).max(0)))
    }
}

/// What a claimed job is, with its document set to parsing.
async fn claimed(
    mut write: Write,
    job: Option<Row>,
    now: Timestamp,
) -> Result<Option<ClaimedJob>, StoreError> {
    let Some(job) = job else { return Ok(None) };
    let document = sql::query(
        "UPDATE documents SET status = 'parsing', progress = 0, updated_at = ?,
                next_generation = next_generation + 1
         WHERE id = ? RETURNING *, next_generation - 1 AS claimed_generation",
    )
    .bind(now.0)
    .bind(get::<Vec<u8>>(&job, "document")?)
    .row(&mut *write)
    .await?;
    write.commit().await?;
    Ok(Some(ClaimedJob {
        document: rows::document(&document)?,
        generation: number(&document, "claimed_generation")?,
        attempts: number(&job, "attempts")?,
        crashes: number(&job, "crashes")?,
        suspect: get(&job, "suspect")?,
        queued_at: Timestamp(get(&job, "queued_at")?),
        request_id: get(&job, "request_id")?,
    }))
}

/// Attempts and crashes of a job that somebody works on, if its document still has these bytes.
async fn job_in_work(
    write: &mut Transaction,
    document: DocumentId,
    sha256: ContentHash,
) -> Result<Option<(u32, u32)>, StoreError> {
    let job = sql::query(
        "SELECT j.attempts, j.crashes FROM jobs j JOIN documents d ON d.id = j.document
         WHERE j.document = ? AND d.sha256 = ? AND j.lease_owner IS NOT NULL",
    )
    .bind(document.0.as_bytes().as_slice())
    .bind(sha256.0.as_slice())
    .row_if_any(write)
    .await?;
    let Some(job) = job else { return Ok(None) };
    Ok(Some((number(&job, "attempts")?, number(&job, "crashes")?)))
}

async fn suspect(
    write: &mut Transaction,
    document: DocumentId,
    crashes: u32,
) -> Result<(), StoreError> {
    sql::query("UPDATE jobs SET suspect = 1, crashes = ? WHERE document = ?")
        .bind(crashes)
        .bind(document.0.as_bytes().as_slice())
        .run(write)
        .await?;
    Ok(())
}
