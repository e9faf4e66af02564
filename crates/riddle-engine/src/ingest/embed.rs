mod live;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use riddle_core::{ContentHash, DocumentId, DocumentStatus, ModelError, NewChunk, error_chain};
use tokio::sync::{Mutex, mpsc, oneshot};
use tracing::Instrument;

use crate::disk::WriteKind;
use crate::error::{EngineError, InternalCause};
use crate::ingest::Ingest;
use crate::ingest::process::{ProcessError, text_hashes};
use crate::models::EmbedderHandle;
use live::LiveEmbedder;

/// Most texts of one model call. A question waits for a fraction of a second at most.
const TEXTS_PER_CALL: usize = 32;
/// Texts of several documents that are sorted by length together, so that there is little padding.
const TEXTS_PER_ROUND: usize = 512;
/// Most texts of one document that wait at a time. It bounds memory and gives progress.
const TEXTS_PER_REQUEST: usize = 256;
/// What is done here, for the log.
const EMBEDDING: &str = "embedding documents";
/// A text that an embedder takes if it takes any.
const CONTROL: &str = "riddle";
/// Requests that wait for one embedder.
const QUEUE_CAPACITY: usize = 64;

/// One queue for each embedder in use, by fingerprint.
#[derive(Default)]
pub(crate) struct EmbedQueues {
    queues: Mutex<HashMap<String, mpsc::Sender<Request>>>,
}

struct Request {
    texts: Vec<String>,
    answer: oneshot::Sender<Result<Vec<Vec<f32>>, EngineError>>,
}

/// Puts the vectors of all chunks into the cache. Returns how many were not there.
pub(crate) async fn embed_chunks(
    ingest: &Arc<Ingest>,
    document: DocumentId,
    embedder: &EmbedderHandle,
    chunks: &[NewChunk],
) -> Result<u32, ProcessError> {
    let total = chunks.len().max(1);
    let chunk_count = u32::try_from(chunks.len()).unwrap_or(u32::MAX);
    let mut embedded = 0_u32;
    let mut done = 0_usize;
    for part in chunks.chunks(TEXTS_PER_REQUEST) {
        ingest.shared.disk.check(WriteKind::New, 0)?;
        let share = done as f32 / total as f32;
        ingest.progress.step(
            document,
            DocumentStatus::Embedding,
            0.1 + 0.8 * share,
            chunk_count,
        );
        let entries: Vec<(ContentHash, String)> = text_hashes(part)
            .into_iter()
            .zip(part.iter().map(NewChunk::indexed_text))
            .collect();
        embedded +=
            u32::try_from(embed_missing(ingest, embedder, entries).await?.1).unwrap_or(u32::MAX);
        done += part.len();
    }
    Ok(embedded)
}

/// The vectors of these texts in their order, and how many of them were not in the cache.
pub(crate) async fn embed_missing(
    ingest: &Arc<Ingest>,
    embedder: &EmbedderHandle,
    entries: Vec<(ContentHash, String)>,
) -> Result<(Vec<Vec<f32>>, usize), EngineError> {
    let fingerprint = &embedder.info.fingerprint;
    let hashes: Vec<ContentHash> = entries.iter().map(|(hash, _)| *hash).collect();
    let mut vectors = ingest
        .shared
        .store
        .cached_embeddings(fingerprint, &hashes)
        .await?;
    let missing: Vec<usize> = (0..vectors.len())
        .filter(|place| vectors[*place].is_none())
        .collect();
    if !missing.is_empty() {
        let texts = missing
            .iter()
            .map(|place| entries[*place].1.clone())
            .collect();
        let fresh = embed_queued(ingest, embedder, texts).await?;
        let added: Vec<(ContentHash, Vec<f32>)> = missing
            .iter()
            .map(|place| hashes[*place])
            .zip(fresh.iter().cloned())
            .collect();
        ingest
            .shared
            .store
            .cache_embeddings(fingerprint, &added)
            .await?;
        for (place, vector) in missing.iter().zip(fresh) {
            vectors[*place] = Some(vector);
        }
    }
    Ok((vectors.into_iter().flatten().collect(), missing.len()))
}

/// The vectors of these texts in their order. A text that the embedder fails on, while it takes others, has none: it is
/// found by its words alone, and does not hold up all other documents. The audit names its knowledge base, and a repair
/// tries it again.
pub(crate) async fn embed_what_can_be(
    ingest: &Arc<Ingest>,
    embedder: &EmbedderHandle,
    entries: &[(ContentHash, String)],
) -> Result<Vec<Option<Vec<f32>>>, EngineError> {
    let mut vectors = vec![None; entries.len()];
    let mut parts: Vec<Range<usize>> = std::iter::once(0..entries.len()).collect();
    while let Some(part) = parts.pop() {
        let texts = entries[part.clone()].to_vec();
        match embed_missing(ingest, embedder, texts).await {
            Ok((made, _count)) => {
                for (place, vector) in part.zip(made) {
                    vectors[place] = Some(vector);
                }
            }
            // No text is at fault.
            Err(error @ EngineError::Model(ModelError::Away { .. })) => return Err(error),
            Err(error @ (EngineError::Model(_) | EngineError::Internal { .. })) => {
                let middle = part.start + part.len() / 2;
                if part.len() > 1 {
                    parts.extend([middle..part.end, part.start..middle]);
                    continue;
                }
                match answers(ingest, embedder).await {
                    Ok(()) => {
                        let (hash, error) = (entries[part.start].0, error_chain(&error));
                        tracing::error!(%hash, error, "a text has no vector; it is found by its words alone");
                    }
                    Err(EngineError::Model(failure)) => {
                        let away = ingest.shared.models.away();
                        return Err(away.gives_nothing(&embedder.info.name, failure).into());
                    }
                    Err(_) => return Err(error),
                }
            }
            Err(other) => return Err(other),
        }
    }
    Ok(vectors)
}

/// Whether the embedder answers now.
pub(crate) async fn answers(
    ingest: &Arc<Ingest>,
    embedder: &EmbedderHandle,
) -> Result<(), EngineError> {
    let made = embed_queued(ingest, embedder, vec![CONTROL.to_owned()]).await;
    made.map(|_vector| ())
}

async fn embed_queued(
    ingest: &Arc<Ingest>,
    embedder: &EmbedderHandle,
    texts: Vec<String>,
) -> Result<Vec<Vec<f32>>, EngineError> {
    let queue = {
        let fingerprint = &embedder.info.fingerprint;
        let mut queues = ingest.embed_queues.queues.lock().await;
        // A task that has panicked must not fail all later documents.
        queues.retain(|_, queue| !queue.is_closed());
        let queue = queues.entry(fingerprint.clone()).or_insert_with(|| {
            let (sender, receiver) = mpsc::channel(QUEUE_CAPACITY);
            let stopping = ingest.shared.stopping.clone();
            let embedder = LiveEmbedder::new(&ingest.shared, embedder);
            ingest.tasks.spawn(async move {
                // Nobody waits for this batch any more.
                tokio::select! {
                    () = serve(embedder, receiver) => {}
                    () = stopping.cancelled() => {}
                }
            });
            sender
        });
        queue.clone()
    };
    let (answer, answered) = oneshot::channel();
    let request = Request { texts, answer };
    let gone = || match ingest.shared.stopping.is_cancelled() {
        true => EngineError::Stopping,
        false => EngineError::internal(EMBEDDING, InternalCause::Gone),
    };
    queue.send(request).await.map_err(|_closed| gone())?;
    answered.await.map_err(|_closed| gone())?
}

/// Gathers requests, embeds their texts sorted by length and answers each.
async fn serve(mut embedder: LiveEmbedder, mut requests: mpsc::Receiver<Request>) {
    while let Some(first) = requests.recv().await {
        let mut round = vec![first];
        let mut gathered = round[0].texts.len();
        while gathered < TEXTS_PER_ROUND {
            let Ok(request) = requests.try_recv() else {
                break;
            };
            gathered += request.texts.len();
            round.push(request);
        }
        // Not the span of a document, because the batch is for several.
        let span = tracing::info_span!(parent: None, "embed_round");
        embed_round(&mut embedder, round).instrument(span).await;
    }
}

/// Embeds the texts of several requests together. If that fails, embeds those of each request by itself, because a text
/// that the model cannot take, or that ends its thread, must not fail other documents.
async fn embed_round(embedder: &mut LiveEmbedder, mut round: Vec<Request>) {
    round.retain(|request| !request.answer.is_closed());
    let texts: Vec<&[String]> = round.iter().map(|r| r.texts.as_slice()).collect();
    match embed_texts(embedder, &texts).await {
        Ok(vectors) => {
            for (request, vectors) in round.into_iter().zip(vectors) {
                request.answer(Ok(vectors));
            }
        }
        Err(error) if round.len() == 1 => {
            if let Some(request) = round.pop() {
                request.answer(Err(error));
            }
        }
        Err(_of_one_or_all) => {
            for request in round {
                let vectors = embed_texts(embedder, &[&request.texts]).await;
                request.answer(vectors.map(|vectors| vectors.into_iter().flatten().collect()));
            }
        }
    }
}

impl Request {
    fn answer(self, result: Result<Vec<Vec<f32>>, EngineError>) {
        // A requester that has gone wants no answer.
        let _ = self.answer.send(result);
    }
}

/// The vectors of each request's texts. Calls take the texts of all requests, longest first, so that there is little
/// padding.
async fn embed_texts(
    embedder: &mut LiveEmbedder,
    requests: &[&[String]],
) -> Result<Vec<Vec<Vec<f32>>>, EngineError> {
    let mut places: Vec<(usize, usize)> = Vec::new();
    for (request, texts) in requests.iter().enumerate() {
        places.extend((0..texts.len()).map(|text| (request, text)));
    }
    places.sort_by_key(|(request, text)| std::cmp::Reverse(requests[*request][*text].len()));
    let mut vectors: Vec<Vec<Vec<f32>>> = requests
        .iter()
        .map(|texts| vec![Vec::new(); texts.len()])
        .collect();
    for call in places.chunks(TEXTS_PER_CALL) {
        let texts = call
            .iter()
            .map(|(request, text)| requests[*request][*text].clone())
            .collect();
        let made = embedder.embed(texts).await?;
        for ((request, text), vector) in call.iter().zip(made) {
            vectors[*request][*text] = vector;
        }
    }
    Ok(vectors)
}
