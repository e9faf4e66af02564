use std::collections::HashSet;

use riddle_core::{FrozenCandidate, QuestionOutcome};

/// Ranks that count in the measures of the headline.
const DEPTH: usize = 10;

/// The first candidates of an order, of those that count as the same the first one.
pub(crate) fn first_ten<'a>(
    outcome: &'a QuestionOutcome,
    order: &[u32],
) -> Vec<&'a FrozenCandidate> {
    let mut seen = HashSet::new();
    let candidates = order
        .iter()
        .filter_map(|index| outcome.candidates.get(*index as usize));
    let others = candidates.filter(|candidate| seen.insert(candidate.item));
    others.take(DEPTH).collect()
}
