use std::io::ErrorKind;

use riddle_core::ModelError;
use serde::Deserialize;

use crate::Source;
use crate::config::{CONFIG_FILE, behind_padding};

/// Architectures whose positions begin behind that of the padding, as RoBERTa's do.
const LIKE_ROBERTA: [&str; 10] = [
    "roberta",
    "xlm-roberta",
    "xlm-roberta-xl",
    "roberta-prelayernorm",
    "camembert",
    "mpnet",
    "longformer",
    "data2vec-text",
    "ibert",
    "xmod",
];

#[derive(Default, Deserialize)]
struct Stated {
    model_type: Option<String>,
    hidden_size: Option<usize>,
    dim: Option<usize>,
    d_model: Option<usize>,
    n_embd: Option<usize>,
    vocab_size: Option<usize>,
    max_position_embeddings: Option<usize>,
    pad_token_id: Option<usize>,
}

/// Longest input in tokens by the `config.json` beside a graph of another tool, which may be of any architecture. One
/// that is not there or says nothing about it sets no limit.
///
/// # Errors
/// It cannot be read, or leaves no position for a token.
pub fn stated_limit(source: &Source<'_>) -> Result<usize, ModelError> {
    let stated = Stated::read(source)?;
    let Some(positions) = stated.max_position_embeddings else {
        return Ok(usize::MAX);
    };
    let first = match stated.model_type {
        Some(name) if LIKE_ROBERTA.contains(&&*name) => behind_padding(stated.pad_token_id),
        _ => 0,
    };
    match positions.checked_sub(first) {
        Some(limit) if limit > 0 => Ok(limit),
        _ => Err(source.damaged(CONFIG_FILE, "leaves no position for a token")),
    }
}

/// Length of a token's vector by the same file, where it says so.
///
/// # Errors
/// It cannot be read.
pub fn stated_hidden(source: &Source<'_>) -> Result<Option<usize>, ModelError> {
    let stated = Stated::read(source)?;
    let size = stated.hidden_size.or(stated.dim);
    Ok(size.or(stated.d_model).or(stated.n_embd))
}

/// How many tokens the model has vectors for by the same file, where it says so.
///
/// # Errors
/// It cannot be read.
pub fn stated_vocabulary(source: &Source<'_>) -> Result<Option<usize>, ModelError> {
    Ok(Stated::read(source)?.vocab_size)
}

impl Stated {
    fn read(source: &Source<'_>) -> Result<Self, ModelError> {
        let bytes = match std::fs::read(source.path(CONFIG_FILE)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(source.unreadable(CONFIG_FILE, &error)),
        };
        serde_json::from_slice(&bytes)
            .map_err(|error| source.damaged(CONFIG_FILE, &format!("cannot be understood: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(config: &str) -> Result<usize, String> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join(CONFIG_FILE), config).expect("written");
        stated_limit(&Source::new("tiny", folder.path())).map_err(|error| error.to_string())
    }

    #[test]
    fn the_limit_is_what_the_positions_leave() {
        let bert = r#"{"model_type": "bert", "max_position_embeddings": 512, "pad_token_id": 0}"#;
        assert_eq!(limit(bert), Ok(512));
        let xlm =
            r#"{"model_type": "xlm-roberta", "max_position_embeddings": 514, "pad_token_id": 1}"#;
        assert_eq!(limit(xlm), Ok(512));
        let mpnet = r#"{"model_type": "mpnet", "max_position_embeddings": 514}"#;
        assert_eq!(limit(mpnet), Ok(512));
        let unknown = r#"{"model_type": "deberta-v2", "max_position_embeddings": 512}"#;
        assert_eq!(limit(unknown), Ok(512));
        assert_eq!(limit(r#"{"model_type": "t5"}"#), Ok(usize::MAX));
    }

    #[test]
    fn a_vector_has_the_length_that_any_family_names() {
        let hidden = |config: &str| {
            let folder = tempfile::tempdir().expect("a temporary folder");
            std::fs::write(folder.path().join(CONFIG_FILE), config).expect("written");
            stated_hidden(&Source::new("tiny", folder.path())).expect("it is read")
        };
        for name in ["hidden_size", "dim", "d_model", "n_embd"] {
            assert_eq!(hidden(&format!("{{\"{name}\": 768}}")), Some(768), "{name}");
        }
        assert_eq!(hidden("{}"), None);
    }

    #[test]
    fn a_limit_of_nothing_and_a_damaged_file_are_told() {
        let none = limit(r#"{"model_type": "roberta", "max_position_embeddings": 2}"#);
        assert!(none.expect_err("no room").contains("leaves no position"));
        let damaged = limit("{").expect_err("it is cut off");
        assert!(damaged.contains("riddle models pull tiny"), "{damaged}");
    }

    #[test]
    fn a_folder_without_configuration_sets_no_limit() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let source = Source::new("tiny", folder.path());
        assert_eq!(stated_limit(&source).ok(), Some(usize::MAX));
    }
}
