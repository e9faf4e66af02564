use riddle_core::heading_key;

use crate::bounds::{MAX_EXAMPLE_CHARS, MAX_EXAMPLES};
use crate::error::EngineError;

const FIELD: &str = "examples";

/// Example questions as they are kept.
pub(super) fn checked_examples(given: Vec<String>) -> Result<Vec<String>, EngineError> {
    if given.len() > MAX_EXAMPLES {
        let problem = format!("may hold at most {MAX_EXAMPLES} questions; leave some out");
        return Err(EngineError::invalid(FIELD, problem));
    }
    let mut kept: Vec<String> = Vec::with_capacity(given.len());
    for question in given {
        let question = question.trim();
        let problem = if heading_key(question).is_empty() {
            "has a question without words; leave it out or write one".to_owned()
        } else if question.chars().nth(MAX_EXAMPLE_CHARS).is_some() {
            format!("has a question of more than {MAX_EXAMPLE_CHARS} characters; shorten it")
        } else if question.chars().any(char::is_control) {
            "has a question with line breaks or other control characters; write it in one line"
                .to_owned()
        } else if kept.iter().any(|known| known == question) {
            "has the same question twice; leave one out".to_owned()
        } else {
            kept.push(question.to_owned());
            continue;
        };
        return Err(EngineError::invalid(FIELD, problem));
    }
    Ok(kept)
}
