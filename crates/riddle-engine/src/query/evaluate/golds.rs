use std::collections::BTreeSet;

use riddle_evaluation::{ResolvedGolds, resolve_golds};

use crate::asking::Asking;
use crate::blocking::run_blocking;
use crate::error::EngineError;
use crate::judged::judged_documents;
use crate::shared::Shared;

/// Finds what is judged of a question in the knowledge base as it is now.
pub(super) async fn resolve(
    shared: &Shared,
    asking: Asking<'_>,
) -> Result<ResolvedGolds, EngineError> {
    let golds = asking.question.golds.clone();
    let question = asking.question.text.clone();
    let of = |quoted: bool| -> BTreeSet<String> {
        let golds = golds.iter().filter(|gold| gold.quote.is_some() == quoted);
        golds.map(|gold| gold.document.clone()).collect()
    };
    let (quoted, whole) = (of(true), of(false));
    let documents = judged_documents(shared, asking.knowledge_base.id, &quoted, &whole).await?;
    let resolve = move || resolve_golds(&question, &golds, &documents);
    run_blocking("looking for judged passages", resolve).await
}
