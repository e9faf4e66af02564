use qdrant_edge::{Filter as EdgeFilter, PointId, PointStruct, PointStructPersisted};
use riddle_core::{DocumentId, IndexEntry, KnowledgeBaseId};
use serde_json::{Map, Value, json};

use crate::metadata_terms::{TermCondition, escaped_key, numbers_of, terms_of};

/// Payload key of the knowledge base.
pub(super) const KNOWLEDGE_BASE: &str = "kb";
/// Payload key of the document.
pub(super) const DOCUMENT: &str = "doc";
/// Payload key of the metadata terms.
pub(super) const TERMS: &str = "terms";
/// Payload key under which the numbers of the metadata lie, by escaped key.
pub(super) const NUMBERS: &str = "numbers";

/// A chunk as the shard keeps it.
pub(super) fn point(entry: &IndexEntry, vector: &[f32]) -> PointStructPersisted {
    let mut payload = Map::new();
    payload.insert(KNOWLEDGE_BASE.to_owned(), json!(entry.knowledge_base));
    payload.insert(DOCUMENT.to_owned(), json!(entry.document));
    let terms = terms_of(&entry.metadata);
    if !terms.is_empty() {
        payload.insert(TERMS.to_owned(), json!(terms));
    }
    let numbers: Map<String, Value> = numbers_of(&entry.metadata)
        .map(|(key, number)| (key, json!(number)))
        .collect();
    if !numbers.is_empty() {
        payload.insert(NUMBERS.to_owned(), Value::Object(numbers));
    }
    PointStruct::new(
        PointId::Uuid(entry.chunk.0),
        vector.to_vec(),
        Value::Object(payload),
    )
    .into()
}

/// The shard's filter for these knowledge bases and conditions.
pub(super) fn filter(
    knowledge_bases: &[KnowledgeBaseId],
    conditions: &[TermCondition],
) -> Result<EdgeFilter, serde_json::Error> {
    let mut must = vec![any_of(KNOWLEDGE_BASE, json!(knowledge_bases))];
    must.extend(conditions.iter().map(|condition| match condition {
        TermCondition::AnyOf(terms) => any_of(TERMS, json!(terms)),
        TermCondition::Range { key, lower, upper } => {
            let mut range = Map::new();
            if let Some(bound) = lower {
                let operator = if bound.inclusive { "gte" } else { "gt" };
                range.insert(operator.to_owned(), json!(bound.value));
            }
            if let Some(bound) = upper {
                let operator = if bound.inclusive { "lte" } else { "lt" };
                range.insert(operator.to_owned(), json!(bound.value));
            }
            if range.is_empty() {
                range.insert("gte".to_owned(), json!(f64::MIN));
            }
            json!({"key": format!("{NUMBERS}.{}", escaped_key(key)), "range": range})
        }
    }));
    serde_json::from_value(json!({ "must": must }))
}

/// The shard's filter for one document.
pub(super) fn document_filter(document: DocumentId) -> Result<EdgeFilter, serde_json::Error> {
    serde_json::from_value(json!({ "must": [any_of(DOCUMENT, json!([document]))] }))
}

fn any_of(key: &str, values: Value) -> Value {
    json!({"key": key, "match": {"any": values}})
}
