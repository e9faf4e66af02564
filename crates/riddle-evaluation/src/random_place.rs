use riddle_core::{ContentHash, EvaluationSetId};

/// Where a question stands in an order of the set that is drawn once for all runs over it. Any number of questions from
/// its beginning on are a random sample.
pub fn random_place(set: EvaluationSetId, question: &str) -> ContentHash {
    ContentHash::of(format!("{set} {question}").as_bytes())
}
