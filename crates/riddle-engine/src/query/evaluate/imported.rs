use std::collections::{BTreeSet, HashMap, HashSet};

use riddle_core::{ArmOutcome, ImportedRanking};
use riddle_evaluation::JudgedDocument;

use crate::asking::Asking;
use crate::error::EngineError;
use crate::judged::{compare_imported, judged_documents};
use crate::query::evaluate::collect::Collected;
use crate::shared::Shared;

/// What another system ranks for a question, as an arm without times. A document stands for all its passages; one that
/// is in no knowledge base keeps its rank.
pub(super) async fn imported_outcome(
    shared: &Shared,
    asking: Asking<'_>,
    ranking: &ImportedRanking,
    collected: &mut Collected,
) -> Result<ArmOutcome, EngineError> {
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
    let mut outcome = ArmOutcome {
        retrieved: order.clone(),
        fused: scores,
        ranking: order,
        imported: true,
        ..ArmOutcome::default()
    };
    compare_imported(&mut outcome, asking.question);
    Ok(outcome)
}
