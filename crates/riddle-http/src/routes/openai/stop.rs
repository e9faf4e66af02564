use serde_json::Value;

use crate::bounds::{MAX_STOP_CHARS, MAX_STOP_STRINGS};
use crate::error::ApiError;

/// The strings that end an answer: one or a list of them. Empty ones end nothing.
pub(super) fn stop_strings(stop: Option<Value>) -> Result<Vec<String>, ApiError> {
    let wrong = || {
        ApiError::invalid(
            "stop",
            format!("must be a text or a list of up to {MAX_STOP_STRINGS} texts"),
        )
    };
    let strings = match stop {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(items)) => {
            let texts = items.into_iter().map(|item| match item {
                Value::String(text) => Some(text),
                _ => None,
            });
            let texts: Option<Vec<String>> = texts.collect();
            texts.ok_or_else(wrong)?
        }
        Some(_) => return Err(wrong()),
    };
    if strings.len() > MAX_STOP_STRINGS {
        return Err(wrong());
    }
    if strings
        .iter()
        .any(|text| text.chars().count() > MAX_STOP_CHARS)
    {
        return Err(ApiError::invalid(
            "stop",
            format!("may hold texts of at most {MAX_STOP_CHARS} characters"),
        ));
    }
    Ok(strings)
}
