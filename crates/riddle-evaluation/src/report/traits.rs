use riddle_core::{EvaluatedQuestion, QuestionOrigin};

use super::question_type::question_type;

/// What questions are grouped by.
pub(super) struct Traits {
    pub(super) language: String,
    pub(super) question_type: &'static str,
    /// Characters of the passage that answers.
    pub(super) passage_chars: Option<u32>,
    /// Where in its document the passage is, 0 to 1.
    pub(super) position: Option<f32>,
    /// Share of the question's words that the passage has, 0 to 1.
    pub(super) overlap: Option<f32>,
    /// Whether people asked it, or it was made of a passage.
    pub(super) origin: Option<&'static str>,
    /// Ending of the document's name, in small letters.
    pub(super) file_type: Option<String>,
}

impl Traits {
    /// Of several relevant passages, the first of those with the highest grade counts.
    pub(super) fn of(question: &EvaluatedQuestion) -> Self {
        let relevant = question.items.iter().filter(|item| item.grade > 0);
        let best = relevant.reduce(|best, item| if item.grade > best.grade { item } else { best });
        Self {
            language: question
                .language
                .clone()
                .unwrap_or_else(|| "unknown".to_owned()),
            question_type: question_type(&question.text),
            passage_chars: best.and_then(|item| item.chunk_chars),
            position: best
                .and_then(|item| item.position)
                .filter(|position| position.is_finite()),
            overlap: best
                .and_then(|item| item.overlap)
                .filter(|overlap| overlap.is_finite()),
            origin: question.origin.map(origin),
            file_type: best.and_then(|item| file_type(&item.document)),
        }
    }
}

fn origin(origin: QuestionOrigin) -> &'static str {
    match origin {
        QuestionOrigin::Generated | QuestionOrigin::Derived => "made",
        QuestionOrigin::Imported | QuestionOrigin::Chat | QuestionOrigin::Comparison => "asked",
    }
}

fn file_type(document: &str) -> Option<String> {
    let (_, ending) = document.rsplit_once('.')?;
    let fits =
        (1..=8).contains(&ending.len()) && ending.bytes().all(|byte| byte.is_ascii_alphanumeric());
    fits.then(|| ending.to_ascii_lowercase())
}
