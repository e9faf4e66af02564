use async_trait::async_trait;

use crate::domain::document::{Document, Failure};
use crate::domain::id::{ContentHash, DocumentId};
use crate::ports::store_error::StoreError;
use crate::ports::time::Timestamp;

/// A job that this process holds until its lease ends.
#[derive(Clone, PartialEq, Debug)]
pub struct ClaimedJob {
    /// The document to process.
    pub document: Document,
    /// Generation that this processing makes.
    pub generation: u32,
    /// Failed attempts so far.
    pub attempts: u32,
    /// Crashes so far: internal errors, and ends of the server, in the work on the document.
    pub crashes: u32,
    /// Whether it may have ended an earlier run of the server, so that it has to be worked on alone.
    pub suspect: bool,
    /// When it was queued.
    pub queued_at: Timestamp,
    /// The id of the request that queued it, if one did and it is known.
    pub request_id: Option<String>,
}

/// How an attempt failed.
#[derive(Clone, PartialEq, Debug)]
pub enum JobFailure {
    /// Trying again cannot help: the document has failed.
    Final(Failure),
    /// Try again at `next_attempt`, at most `max_attempts` times; then the document is failed with this.
    Transient {
        /// Why.
        failure: Failure,
        /// When to try again.
        next_attempt: Timestamp,
        /// Attempts before giving up.
        max_attempts: u32,
    },
    /// The server met an internal error, such as a panic, in its work on the document. It counts as a crash: try again
    /// at `next_attempt`, or set the document aside as quarantined if it has crashed `max_crashes` times by now.
    Crash {
        /// When to try again.
        next_attempt: Timestamp,
        /// Crashes before giving up.
        max_crashes: u32,
    },
    /// No failure: what the document needs is away for a while. Try again at `next_attempt`, however often that was
    /// done before; it counts as no attempt.
    Waits {
        /// When to try again.
        next_attempt: Timestamp,
    },
    /// No failure: the document takes long, and its job waits from now on with those that
    /// [`JobStore::claim_slow_job`] gives out.
    Slow,
}

/// Work on documents: who does what, and how often it was tried.
#[async_trait]
pub trait JobStore: Send + Sync {
    /// At the start of the server: frees every lease of an earlier run. The documents among them that were `in_hand`
    /// when that run ended are suspects, which [`Self::claim_suspect`] gives out one by one. Was it one alone, a crash
    /// counts for it: one with `max_crashes` of them has failed as quarantined. Returns how many were freed and how
    /// many quarantined.
    async fn recover_jobs(
        &self,
        boot: &str,
        in_hand: &[DocumentId],
        max_crashes: u32,
        now: Timestamp,
    ) -> Result<(u64, u64), StoreError>;

    /// As [`Self::claim_job`], of a suspect that is no slow one, whenever it is due: the one with the fewest crashes.
    /// It has to be worked on alone.
    async fn claim_suspect(
        &self,
        boot: &str,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<Option<ClaimedJob>, StoreError>;

    /// As [`Self::claim_job`], of a slow one, be it a suspect or not.
    async fn claim_slow_job(
        &self,
        boot: &str,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<Option<ClaimedJob>, StoreError>;

    /// Takes the job that has been due longest, if any, suspects and slow ones left out, and sets its document to
    /// parsing.
    async fn claim_job(
        &self,
        boot: &str,
        now: Timestamp,
        lease_until: Timestamp,
    ) -> Result<Option<ClaimedJob>, StoreError>;

    /// Gives a job back untried, as when the server stops or the disk is full. Its document is queued, and neither an
    /// attempt nor a crash counts. Does nothing if the document was deleted or got other bytes meanwhile.
    async fn release_job(
        &self,
        document: DocumentId,
        sha256: ContentHash,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Ends an attempt without success. Does nothing if the document was deleted or got other bytes meanwhile.
    async fn fail_job(
        &self,
        document: DocumentId,
        sha256: ContentHash,
        failure: &JobFailure,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Milliseconds until the next job is due that [`Self::claim_job`] takes: 0 if one is, `None` if there is none.
    async fn next_job_due(&self, now: Timestamp) -> Result<Option<i64>, StoreError>;

    /// The same of slow jobs.
    async fn next_slow_job_due(&self, now: Timestamp) -> Result<Option<i64>, StoreError>;

    /// Lets every waiting job whose time lies further ahead than `longest_ms` be tried now: nobody waits so long, so
    /// the clock was set back. Returns how many there were.
    async fn cut_waits(&self, now: Timestamp, longest_ms: i64) -> Result<u64, StoreError>;

    /// Jobs that wait or run.
    async fn pending_jobs(&self) -> Result<u64, StoreError>;
}
