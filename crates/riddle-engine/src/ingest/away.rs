//! Looks after embedders whose servers do not answer: asks them from time to time, and queues the chunks that were
//! indexed without their vectors when they answer again.

use std::sync::Arc;
use std::time::Duration;

use riddle_core::error_chain;

use crate::error::EngineError;
use crate::ingest::Ingest;
use crate::ingest::embed::answers;

/// How often a server that does not answer is asked.
const ASK_AGAIN: Duration = Duration::from_secs(10);

/// Does so until the engine stops.
pub(super) async fn run(ingest: Arc<Ingest>) {
    let stopping = &ingest.shared.stopping;
    while !stopping.is_cancelled() {
        let waits = tokio::select! {
            waits = round(&ingest) => waits,
            () = stopping.cancelled() => return,
        };
        let again = async {
            match waits {
                true => tokio::time::sleep(ASK_AGAIN).await,
                false => ingest.shared.models.away().waited_for().await,
            }
        };
        tokio::select! {
            () = again => {}
            () = stopping.cancelled() => {}
        }
    }
}

/// Asks each of them once, and queues what those that answer were waited for with. Returns whether something waits
/// still.
pub(super) async fn round(ingest: &Arc<Ingest>) -> bool {
    let away = ingest.shared.models.away();
    for embedder in away.all() {
        is_back(ingest, &embedder.name).await;
    }
    let waits = queue_unembedded(ingest).await.unwrap_or_else(|error| {
        tracing::warn!(
            error = error_chain(&error),
            "chunks without vectors cannot be queued yet"
        );
        true
    });
    waits || !away.all().is_empty()
}

/// Queues the chunks without vectors of every knowledge base whose embedder answers. Returns whether others are left.
async fn queue_unembedded(ingest: &Arc<Ingest>) -> Result<bool, EngineError> {
    let store = &ingest.shared.store;
    let mut waits = false;
    for id in store.unembedded_knowledge_bases().await? {
        let base = store.lookup_knowledge_base(&id.to_string()).await?;
        // Without an embedder they are queued too, and come without vectors.
        let embedder = base.and_then(|base| base.settings.embedder);
        if let Some(name) = embedder
            && (ingest.shared.models.away().has(&name) || !is_back(ingest, &name).await)
        {
            waits = true;
            continue;
        }
        let chunks = store.enqueue_unembedded(id).await?;
        tracing::info!(knowledge_base = %id, chunks, "chunks that were indexed without vectors are queued again");
        ingest.shared.index_progress.wake();
    }
    Ok(waits)
}

/// Whether the embedder of this name gives vectors now.
async fn is_back(ingest: &Arc<Ingest>, name: &str) -> bool {
    let asked = ask(ingest, name).await;
    if let Err(error) = &asked {
        tracing::debug!(
            model = name,
            error = error_chain(error),
            "an embedder gives no vectors yet"
        );
    }
    asked.is_ok()
}

async fn ask(ingest: &Arc<Ingest>, name: &str) -> Result<(), EngineError> {
    let embedder = ingest.shared.models.embedder(name).await?;
    answers(ingest, &embedder).await
}
