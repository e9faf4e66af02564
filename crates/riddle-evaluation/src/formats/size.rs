use riddle_core::EvaluationQuestion;

use super::error::ExportError;
use super::limits::MAX_EXPORT_BYTES;
use super::set::ExportedSet;

/// Refuses a set that would be too much to be written at once. Tables and judgments repeat the id of a question beside
/// each document, so it counts as often.
pub(super) fn check(set: &ExportedSet<'_>) -> Result<(), ExportError> {
    let mut room = MAX_EXPORT_BYTES;
    for question in set.questions {
        room = room
            .checked_sub(bytes(question))
            .ok_or(ExportError::TooLarge)?;
    }
    Ok(())
}

fn bytes(question: &EvaluationQuestion) -> usize {
    let golds = question.golds.iter().map(|gold| {
        let words = gold.quote.as_ref().map_or(0, |quote| quote.text.len());
        question.id.len() + gold.document.len() + words
    });
    let answers = question.answers.iter();
    let answers = answers.map(|answer| question.id.len() + answer.len());
    let once = question.id.len() + question.text.len();
    once + golds.sum::<usize>() + answers.sum::<usize>()
}
