//! Questions about something that no passage knows.

use super::ExtractivePassage;
use super::names::inflects_names;
use super::sources::Sources;
use super::{latin_names, subject};
use crate::text::function_words::language_of_function_words;
use crate::text::language::{detect_language, is_east_asian};

/// Share of letters of a script without spaces from which on passages are in another language than a question without
/// one. Names are written in another way there.
const OTHER_SCRIPT: f32 = 0.5;
/// Characters of the passages that tell their language.
const SAMPLE: usize = 1_000;

/// Whether a question is about a name that no passage has, so that what they say is about something else, however
/// alike it is.
pub(super) fn asks_for_unknown(question: &str, passages: &[ExtractivePassage<'_>]) -> bool {
    let sources = Sources::of(passages);
    if question.chars().any(is_east_asian) {
        return subject::is_unknown(question, &sources)
            || latin_names::are_unknown(question, &sources);
    }
    // All nouns have a capital in German.
    let has_capitals = language_of_function_words(question) == Some("de");
    !has_capitals
        && !inflects_names(question)
        && sources.unspaced() < OTHER_SCRIPT
        && latin_names::are_unknown(question, &sources)
        && in_one_language(question, passages)
}

/// Whether nothing tells that the passages are in another language, in which a name may be another.
fn in_one_language(question: &str, passages: &[ExtractivePassage<'_>]) -> bool {
    let sample = passages.iter().flat_map(|passage| passage.text.chars());
    let sample: String = sample.take(SAMPLE).collect();
    match (detect_language(question), detect_language(&sample)) {
        (Some(asked), Some(answered)) => asked == answered,
        _ => true,
    }
}
