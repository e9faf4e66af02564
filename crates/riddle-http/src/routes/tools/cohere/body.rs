use riddle_core::{LongPassages, TruncationSide};
use riddle_engine::RerankPairs;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::error::ApiError;

/// Documents to order by a query. Fields that are not named here are ignored.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({
    "model": "default", "query": "What is a riddle?", "documents": ["A coarse sieve.", {"text": "A colour."}], "top_n": 1
}))]
pub(super) struct CohereRerankBody {
    /// Catalogue name of a reranker; `default` or nothing is the server's default.
    pub(super) model: Option<String>,
    query: String,
    /// Texts, or objects with a `text` or with the fields named by `rank_fields`.
    #[schema(value_type = Vec<Object>)]
    pub(super) documents: Vec<Value>,
    /// How many results to give; all of them where it is left out.
    pub(super) top_n: Option<usize>,
    /// Fields of an object that are scored, each as a line `name: value`.
    #[serde(default)]
    rank_fields: Option<Vec<String>>,
    /// Whether results repeat their documents.
    #[serde(default)]
    pub(super) return_documents: bool,
    /// Whether scores are as the model gives them, not from 0 to 1.
    #[serde(default)]
    pub(super) raw_scores: bool,
    /// 1 cuts a long document instead of scoring it in windows; larger numbers set no bound.
    max_chunks_per_doc: Option<u32>,
    /// True cuts a long document instead of scoring it in windows.
    truncation: Option<bool>,
    /// At least 1; the model's own limit holds.
    max_tokens_per_doc: Option<u32>,
}

impl CohereRerankBody {
    /// Whether long documents are to be cut.
    pub(super) fn cuts(&self) -> bool {
        self.truncation == Some(true) || self.max_chunks_per_doc == Some(1)
    }

    /// What to score.
    pub(super) fn understand(
        self,
        model: Option<String>,
        long_passages: LongPassages,
    ) -> Result<RerankPairs, ApiError> {
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
        let passages: Result<Vec<String>, ApiError> = self
            .documents
            .into_iter()
            .enumerate()
            .map(|(index, document)| passage(index, document, fields.as_deref()))
            .collect();
        Ok(RerankPairs {
            query: self.query,
            passages: passages?,
            model,
            long_passages,
            truncation_side: TruncationSide::Right,
        })
    }
}

fn passage(index: usize, document: Value, fields: Option<&[String]>) -> Result<String, ApiError> {
    let wrong = |problem: &str| ApiError::invalid(&format!("documents[{index}]"), problem);
    let mut object = match document {
        Value::String(text) => return Ok(text),
        Value::Object(object) => object,
        _ => return Err(wrong("must be a text or an object")),
    };
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
    }
}
