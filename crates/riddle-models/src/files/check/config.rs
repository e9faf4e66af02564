use std::path::Path;

use riddle_core::RerankKind;
use serde_json::Value;

use super::{FileProblem, pull_again};
use crate::catalogue::{CatalogueEntry, ModelRole};

/// Larger than any tokenizer there is.
const LONGEST_JSON: u64 = 256 << 20;

/// The index of weights in several files must list files that the catalogue brings.
pub(super) fn check_index(entry: &CatalogueEntry, path: &Path) -> Result<(), FileProblem> {
    let index = check_json(entry, path)?;
    let Some(files) = index["weight_map"]
        .as_object()
        .filter(|map| !map.is_empty())
    else {
        return Err(FileProblem::new(
            "is no index of safetensors files: it has no `weight_map`",
            pull_again(entry),
        ));
    };
    let listed = |file: &Value| entry.files.iter().any(|known| *file == *known.path);
    match files.values().find(|file| !listed(file)) {
        None => Ok(()),
        Some(file) => Err(FileProblem::new(
            format!("names {file}, which is not among the files of its entry in the catalogue"),
            format!("{}, or list the file in the entry", pull_again(entry)),
        )),
    }
}

/// `config.json` must describe the model that the catalogue names.
pub(super) fn check_config(entry: &CatalogueEntry, path: &Path) -> Result<(), FileProblem> {
    let config = check_json(entry, path)?;
    let another = |what: &str, found: &str, expected: &str| {
        FileProblem::new(
            format!("describes a model of {what} {found} where the catalogue says {expected}"),
            format!(
                "{}, or give this model an entry of its own in your catalogue",
                pull_again(entry)
            ),
        )
    };
    let found = config["model_type"].as_str().unwrap_or("none");
    if found != entry.architecture {
        return Err(another(
            "architecture",
            &format!("`{found}`"),
            &format!("`{}`", entry.architecture),
        ));
    }
    match &entry.role {
        ModelRole::Embedder(facts) => {
            let hidden = config["hidden_size"]
                .as_u64()
                .or_else(|| config["dim"].as_u64());
            let expected = facts.pooling.token_dimensions(facts.dimensions);
            if let (Some(found), Some(expected)) = (hidden, expected)
                && found != expected as u64
            {
                let (found, expected) = (found.to_string(), expected.to_string());
                return Err(another("dimension", &found, &expected));
            }
        }
        ModelRole::Reranker(facts) if facts.kind == RerankKind::CrossEncoder => {
            check_cross_encoder(&config, entry)?;
        }
        ModelRole::Reranker(_) | ModelRole::Chat { .. } | ModelRole::Ocr { .. } => {}
    }
    Ok(())
}

fn check_cross_encoder(config: &Value, entry: &CatalogueEntry) -> Result<(), FileProblem> {
    let classifies = config["architectures"].as_array().is_none_or(|names| {
        names
            .iter()
            .filter_map(Value::as_str)
            .any(|name| name.ends_with("ForSequenceClassification"))
    });
    let labels = config["id2label"]
        .as_object()
        .map_or(1, |labels| labels.len());
    if classifies && (1..=2).contains(&labels) {
        return Ok(());
    }
    let problem = if classifies {
        format!("describes a classifier of {labels} labels; a reranker has one or two")
    } else {
        "describes a model without a classification head, which cannot rerank".to_owned()
    };
    Err(FileProblem::new(
        problem,
        format!(
            "use a cross-encoder with one label or two, or {}",
            pull_again(entry)
        ),
    ))
}

/// `tokenizer.json` must be a tokenizer in the fast form.
pub(super) fn check_tokenizer(entry: &CatalogueEntry, path: &Path) -> Result<(), FileProblem> {
    if check_json(entry, path)?["model"].is_object() {
        Ok(())
    } else {
        Err(FileProblem::new(
            "holds no tokenizer",
            format!(
                "save the tokenizer in its fast form, or {}",
                pull_again(entry)
            ),
        ))
    }
}

/// The content of a JSON file.
pub(super) fn check_json(entry: &CatalogueEntry, path: &Path) -> Result<Value, FileProblem> {
    let bytes = std::fs::metadata(path)
        .and_then(|metadata| {
            if metadata.len() <= LONGEST_JSON {
                std::fs::read(path)
            } else {
                Err(std::io::ErrorKind::FileTooLarge.into())
            }
        })
        .map_err(|error| FileProblem::new(format!("cannot be read: {error}"), pull_again(entry)))?;
    serde_json::from_slice(&bytes)
        .map_err(|error| FileProblem::new(format!("is not valid JSON: {error}"), pull_again(entry)))
}
