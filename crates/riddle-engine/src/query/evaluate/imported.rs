use std::collections::{BTreeSet, HashMap, HashSet};

use riddle_core::{ArmOutcome, ImportedRanking};
use riddle_evaluation::JudgedDocument;

use crate::asking::Asking;
use crate::error::EngineError;
use crate::judged::judged_documents;
use crate::query::evaluate::collect::Collected;
use crate::query::evaluate::failure;
use crate::shared::Shared;

/// Why another system has no result: its documents cannot be told apart by passages.
const JUDGES_PASSAGES: &str =
    "other systems rank documents here, and no document is judged for this question alone";

/// What another system ranks for a question, as an arm without times. A document stands for all its passages; one that
/// is in no knowledge base keeps its rank.
pub(super) async fn imported_outcome(
    shared: &Shared,
    asking: Asking<'_>,
    ranking: &ImportedRanking,
    collected: &mut Collected,
) -> Result<ArmOutcome, EngineError> {
    if !asking.question.judges_documents() {
        return Ok(ArmOutcome {
            imported: true,
            ..failure(JUDGES_PASSAGES.to_owned())
        });
    }
    let names = ranking.documents.iter().map(|found| found.name.clone());
    let names: BTreeSet<String> = names.collect();
    let quoted = BTreeSet::new();
    let known = judged_documents(shared, &asking.scope.ids(), &quoted, &names).await?;
    let known = known
        .iter()
        .map(|document| (document.name.as_str(), document));
    let known: HashMap<&str, &JudgedDocument> = known.collect();
    let (mut order, mut scores) = (Vec::new(), Vec::new());
    let mut seen = HashSet::new();
    for found in &ranking.documents {
        let document = known.get(found.name.as_str()).copied();
        let index = collected.add_document(&found.name, document);
        // Two names may mean one document.
        if seen.insert(index) {
            order.push(index);
            scores.push(found.score);
        }
    }
    Ok(ArmOutcome {
        retrieved: order.clone(),
        fused: scores,
        ranking: order,
        imported: true,
        ..ArmOutcome::default()
    })
}
