//! From a document to its passages.

use std::sync::Arc;
use std::time::Duration;

use riddle_core::{
    ClaimedJob, DocumentId, ExtractError, ExtractedText, ExtractionWatch, Failure, FailureCode,
    Findings, KnowledgeBase, NewChunk, error_chain,
};
use riddle_ingest::chunking_timeout;
use tokio::sync::OwnedSemaphorePermit;

use crate::blocking::run_blocking;
use crate::chunk_measure::ChunkMeasure;
use crate::error::EngineError;
use crate::ingest::Ingest;
use crate::ingest::cutting_time::CuttingTime;
use crate::ingest::in_hand::InHandMark;
use crate::ingest::parsing::Parsing;
use crate::ingest::places::Lane;
use crate::ingest::process::ProcessError;
use crate::models::EmbedderHandle;

/// First pause of a document when the machine has run out of something.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// Longest such pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// What a document holds.
pub(crate) struct Parsed {
    pub(crate) findings: Findings,
    pub(crate) chunks: Vec<NewChunk>,
    pub(crate) in_work: InWork,
}

/// A document that this process itself works on, and may end it.
pub(crate) struct InWork {
    _mark: InHandMark,
    /// Of a document whose pictures were read by another process before.
    _place: Option<OwnedSemaphorePermit>,
}

impl InWork {
    /// Of a document that has its place since its job was handed out.
    fn with_place_of_its_lane(ingest: &Ingest, job: &ClaimedJob) -> Self {
        Self {
            _mark: ingest.in_hand.mark(job.document.id),
            _place: None,
        }
    }

    /// Of a document whose pictures are read. Until then it had no place, as that takes long.
    async fn after_pictures(ingest: &Ingest, job: &ClaimedJob) -> Self {
        let place = ingest.places.in_work(job.suspect).await;
        Self {
            _mark: ingest.in_hand.mark(job.document.id),
            _place: place,
        }
    }
}

/// Reads a document and cuts its text.
pub(crate) async fn parse(
    ingest: &Arc<Ingest>,
    job: &ClaimedJob,
    lane: Lane,
    knowledge_base: &KnowledgeBase,
    embedder: Option<&EmbedderHandle>,
    watch: &Arc<Parsing>,
) -> Result<Parsed, ProcessError> {
    let (text, in_work) = match lane {
        Lane::Quick => {
            let in_work = InWork::with_place_of_its_lane(ingest, job);
            (extract(ingest, job, watch).await?, in_work)
        }
        Lane::Pictures => {
            let text = extract(ingest, job, watch).await?;
            // Those that have the places wait to be parsed, and where no picture can be read none has begun.
            watch.end();
            (text, InWork::after_pictures(ingest, job).await)
        }
    };
    let measure = ChunkMeasure::new(knowledge_base.settings.chunking, embedder);
    let (extractor, watch) = (Arc::clone(&ingest.extractor), Arc::clone(watch));
    let cut = Arc::new(move || {
        let time = CuttingTime::begin(extractor.wall_time());
        let go_on = || time.is_left() && watch.is_wanted();
        let chunks = measure.chunk(&text, &go_on);
        let chunks = chunks.ok_or_else(|| ExtractError::from(chunking_timeout()))?;
        Ok::<_, ExtractError>((text.findings(), chunks))
    });
    let (mut findings, chunks) = patiently(job.document.id, || {
        let cut = Arc::clone(&cut);
        run_blocking("cutting a document", move || cut())
    })
    .await?;
    if chunks.is_empty() {
        return Err(ProcessError::Document(Failure {
            code: FailureCode::NoText,
            message:
                "the document holds no text; check that it is the right file, and add it again"
                    .to_owned(),
        }));
    }
    findings.own_metadata.make_room_for(&job.document.metadata);
    Ok(Parsed {
        findings,
        chunks,
        in_work,
    })
}

/// The text of a document.
async fn extract(
    ingest: &Arc<Ingest>,
    job: &ClaimedJob,
    watch: &Arc<Parsing>,
) -> Result<ExtractedText, ProcessError> {
    let (extractor, watch) = (Arc::clone(&ingest.extractor), Arc::clone(watch));
    let path = ingest.shared.blobs.path(job.document.sha256);
    let (name, media_type) = (job.document.name.clone(), job.document.media_type.clone());
    let extract = Arc::new(move || extractor.extract(&path, &name, media_type.as_deref(), &*watch));
    patiently(job.document.id, || {
        let extract = Arc::clone(&extract);
        run_blocking("reading a document", move || extract())
    })
    .await
}

/// Does a part of parsing, and tries again for as long as the machine has no room for it, because that is not the
/// document's fault.
async fn patiently<T, F>(id: DocumentId, parse: impl Fn() -> F) -> Result<T, ProcessError>
where
    F: Future<Output = Result<Result<T, ExtractError>, EngineError>>,
{
    let mut pause = FIRST_PAUSE;
    loop {
        let parsed = parse().await.map_err(|error| {
            tracing::error!(document = %id, error = error_chain(&error), "cutting a document failed");
            ProcessError::Document(parser_panicked())
        })?;
        match parsed {
            Ok(parsed) => return Ok(parsed),
            Err(ExtractError::Document(failure)) => {
                return Err(match failure.code {
                    FailureCode::Internal => ProcessError::Machine(failure),
                    _ => ProcessError::Document(failure),
                });
            }
            Err(ExtractError::Unwanted) => return Err(ProcessError::Untried),
            Err(ExtractError::Later) => return Err(ProcessError::Slow),
            Err(error @ ExtractError::Exhausted(_)) => {
                tracing::warn!(document = %id, error = error_chain(&error), "a document waits for the machine");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
}

fn parser_panicked() -> Failure {
    Failure {
        code: FailureCode::ParserCrashed,
        message: "the document's text could not be cut into passages; convert it to another format and add it again"
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_machine_without_files_left_fails_no_document() {
        let tries = AtomicU32::new(0);
        let parsed = patiently(DocumentId(uuid::Uuid::nil()), || {
            let outcome = match tries.fetch_add(1, Ordering::Relaxed) {
                0 | 1 => Err(ExtractError::Exhausted(std::io::ErrorKind::Other.into())),
                _ => Ok("text"),
            };
            async { Ok(outcome) }
        });
        assert!(parsed.await.is_ok_and(|parsed| parsed == "text"));
        assert_eq!(tries.into_inner(), 3);
    }
}
