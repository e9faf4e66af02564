use std::collections::HashSet;

use riddle_api::LongPassagesDto;
use riddle_core::LongPassages;
use riddle_engine::RerankPairs;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use utoipa::ToSchema;

use crate::bounds::{MAX_DOCUMENT_FIELDS, MAX_FIELD_CHARS, MAX_RANK_FIELDS};
use crate::dto::Convert;
use crate::error::ApiError;
use crate::extract::null_is_default;

/// Documents to order by a query. Fields that are not named here are ignored.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({
    "model": "default", "query": "What is a riddle?", "documents": ["A coarse sieve.", {"text": "A colour."}], "top_n": 1
}))]
pub(super) struct CohereRerankBody {
    /// Catalogue name or alias of a reranker; `default` or nothing is the server's default.
    pub(super) model: Option<String>,
    query: String,
    /// Texts, or objects with a `text` or with the fields named by `rank_fields`.
    #[schema(value_type = Vec<CohereDocument>, min_items = 1, max_items = 1024)]
    pub(super) documents: Vec<Value>,
    /// How many results to give; all of them where it is left out.
    #[schema(minimum = 1)]
    pub(super) top_n: Option<u32>,
    /// Fields of an object that are scored, each as a line `name: value`.
    #[serde(default)]
    #[schema(max_items = 32)]
    rank_fields: Option<Vec<String>>,
    /// Whether results repeat their documents.
    #[serde(default, deserialize_with = "flag")]
    #[schema(value_type = bool)]
    pub(super) return_documents: bool,
    /// Whether scores are as the model gives them, not from 0 to 1.
    #[serde(default, deserialize_with = "null_is_default")]
    #[schema(value_type = bool)]
    pub(super) raw_scores: bool,
    /// 1 cuts a long document instead of scoring it in windows; larger numbers set no bound.
    #[schema(minimum = 1)]
    max_chunks_per_doc: Option<u32>,
    /// True cuts a long document instead of scoring it in windows.
    truncation: Option<bool>,
    /// Cuts each document to so many tokens, 1 at least; never more than fit the model.
    #[schema(minimum = 1)]
    max_tokens_per_doc: Option<u32>,
    /// What to do with documents that do not fit the model: `truncate` or `max_slice`. Goes before the other fields
    /// that say so.
    long_passages: Option<LongPassagesDto>,
    /// The layer that a layerwise reranker stops at; its last one where it is left out.
    cutoff_layer: Option<u32>,
}

/// A text, or an object with a `text` or with the fields named by `rank_fields`.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "describes a document in the OpenAPI document")]
pub(super) enum CohereDocument {
    Text(String),
    #[schema(value_type = Object)]
    Fields(Value),
}

impl CohereRerankBody {
    /// What is done with long documents; `usual` is what the address does by itself.
    fn way(&self, usual: LongPassages) -> LongPassages {
        let cuts = self.truncation == Some(true)
            || self.max_chunks_per_doc == Some(1)
            || self.max_tokens_per_doc.is_some();
        match self.long_passages {
            Some(asked) => asked.convert(),
            None if cuts => LongPassages::Truncate,
            None => usual,
        }
    }

    /// What to score.
    pub(super) fn understand(
        self,
        model: Option<String>,
        usual: LongPassages,
    ) -> Result<RerankPairs, ApiError> {
        let long_passages = self.way(usual);
        if long_passages == LongPassages::MaxSlice && self.max_tokens_per_doc.is_some() {
            return Err(ApiError::invalid(
                "max_tokens_per_doc",
                "cuts documents, and `max_slice` reads them whole; leave one of them out",
            ));
        }
        if self.documents.is_empty() {
            return Err(ApiError::invalid(
                "documents",
                "must hold at least one document",
            ));
        }
        if self.top_n == Some(0) {
            return Err(ApiError::invalid("top_n", "must be at least 1"));
        }
        if self.max_tokens_per_doc == Some(0) {
            return Err(ApiError::invalid(
                "max_tokens_per_doc",
                "must be at least 1",
            ));
        }
        if self.max_chunks_per_doc == Some(0) {
            return Err(ApiError::invalid(
                "max_chunks_per_doc",
                "must be at least 1",
            ));
        }
        let fields = self.rank_fields.filter(|fields| !fields.is_empty());
        check_rank_fields(fields.as_deref().unwrap_or_default())?;
        let passages: Result<Vec<String>, ApiError> = self
            .documents
            .into_iter()
            .enumerate()
            .map(|(index, document)| passage(index, document, fields.as_deref()))
            .collect();
        Ok(RerankPairs {
            model,
            long_passages,
            passage_tokens: self.max_tokens_per_doc.map(|tokens| tokens as usize),
            cutoff_layer: self.cutoff_layer,
            ..RerankPairs::new(self.query, passages?)
        })
    }
}

/// Each field adds its value to each passage, so one that is named a thousand times makes a thousandfold of a document.
fn check_rank_fields(fields: &[String]) -> Result<(), ApiError> {
    let problem = if fields.len() > MAX_RANK_FIELDS {
        format!("may name at most {MAX_RANK_FIELDS} fields")
    } else if fields
        .iter()
        .any(|field| field.chars().count() > MAX_FIELD_CHARS)
    {
        format!("may name fields of at most {MAX_FIELD_CHARS} characters")
    } else if fields.iter().collect::<HashSet<_>>().len() < fields.len() {
        "names a field twice".to_owned()
    } else {
        return Ok(());
    };
    Err(ApiError::invalid("rank_fields", problem))
}

/// True or false; RAGFlow's adapter for Xinference sends it as a text.
fn flag<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "expected true or false")]
    enum Flag {
        Flag(bool),
        Word(Word),
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Word {
        True,
        False,
    }
    let flag = Option::<Flag>::deserialize(deserializer)?;
    Ok(matches!(
        flag,
        Some(Flag::Flag(true) | Flag::Word(Word::True))
    ))
}

fn passage(index: usize, document: Value, fields: Option<&[String]>) -> Result<String, ApiError> {
    let wrong = |problem: &str| ApiError::invalid(&format!("documents[{index}]"), problem);
    let mut object = match document {
        Value::String(text) => return Ok(text),
        Value::Object(object) => object,
        _ => return Err(wrong("must be a text or an object")),
    };
    if object.len() > MAX_DOCUMENT_FIELDS {
        let problem = format!("may have at most {MAX_DOCUMENT_FIELDS} fields");
        return Err(wrong(&problem));
    }
    let Some(fields) = fields else {
        return match object.remove("text") {
            Some(Value::String(text)) => Ok(text),
            _ => Err(wrong("has no `text`; name its fields in `rank_fields`")),
        };
    };
    let lines: Vec<String> = fields
        .iter()
        .filter_map(|field| Some((field, object.get(field)?)))
        .map(|(field, value)| match value {
            Value::String(text) => format!("{field}: {text}"),
            other => format!("{field}: {other}"),
        })
        .collect();
    if lines.is_empty() {
        return Err(wrong("has none of the fields in `rank_fields`"));
    }
    Ok(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn rank_fields_cannot_multiply_a_document() {
        let named = |fields: Vec<String>| {
            let body = json!({"query": "q", "documents": [{"t": "a"}], "rank_fields": fields});
            let body: CohereRerankBody = serde_json::from_value(body).expect("a body");
            body.understand(None, LongPassages::Truncate)
        };
        assert!(named(vec!["t".to_owned(), "u".to_owned()]).is_ok());
        for fields in [
            vec!["t".to_owned(); 2],
            (0..33).map(|field| field.to_string()).collect(),
            vec!["t".repeat(201)],
        ] {
            let error = named(fields).expect_err("refused");
            assert_eq!(error.param.as_deref(), Some("rank_fields"));
        }
    }

    #[test]
    fn documents_are_texts_or_objects() {
        let fields = ["title".to_owned(), "year".to_owned()];
        let object = json!({"title": "Sieve", "year": 1900, "other": "x"});
        assert_eq!(passage(0, json!("a"), None).expect("a text"), "a");
        assert_eq!(passage(0, json!({"text": "b"}), None).expect("a text"), "b");
        assert_eq!(
            passage(0, object.clone(), Some(&fields)).expect("fields"),
            "title: Sieve\nyear: 1900"
        );
        let error = passage(3, object, None).expect_err("no text");
        assert_eq!(error.param.as_deref(), Some("documents[3]"));
        let many: serde_json::Map<String, Value> = (0..=MAX_DOCUMENT_FIELDS)
            .map(|field| (field.to_string(), json!(1)))
            .collect();
        passage(0, Value::Object(many), Some(&["1".to_owned()])).expect_err("too many fields");
    }
}
