//! What points hold and what is asked of them, wherever they are.

use riddle_core::{DenseQuery, DocumentId, IndexEntry, KnowledgeBaseId};
use riddle_qdrant::{Condition, Point};
use serde_json::{Map, Value, json};

use crate::metadata_terms::{
    Bound, TermCondition, conditions_of, escaped_key, numbers_of, terms_of,
};

/// Payload key of the knowledge base.
pub(super) const KNOWLEDGE_BASE: &str = "kb";
/// Payload key of the document.
pub(super) const DOCUMENT: &str = "doc";
/// Payload key of the metadata terms.
pub(super) const TERMS: &str = "terms";
/// Payload key under which the numbers of the metadata lie, by escaped key.
pub(super) const NUMBERS: &str = "numbers";
/// Most metadata keys whose numbers get an index. A range over any other key reads the payloads, which is slow but
/// right.
pub(super) const MOST_NUMBER_INDEXES: usize = 32;

/// A chunk as it is kept.
pub(super) fn point(entry: &IndexEntry, vector: &[f32]) -> Point {
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
    Point {
        id: entry.chunk.0,
        vector: vector.to_vec(),
        payload,
    }
}

/// What chunks of these knowledge bases have to fulfil.
pub(super) fn conditions(
    knowledge_bases: &[KnowledgeBaseId],
    conditions: &[TermCondition],
) -> Vec<Condition> {
    let mut all = vec![any_of(KNOWLEDGE_BASE, knowledge_bases)];
    all.extend(conditions.iter().map(|condition| match condition {
        TermCondition::AnyOf(terms) => any_of(TERMS, terms),
        TermCondition::Range { key, lower, upper } => {
            let at = |bound: Option<Bound>, inclusive| {
                let bound = bound.filter(|bound| bound.inclusive == inclusive);
                bound.map(|bound| bound.value)
            };
            let is_open = lower.is_none() && upper.is_none();
            Condition::Range {
                key: number_key(&escaped_key(key)),
                gt: at(*lower, false),
                // Without any bound it still asks for a number.
                gte: at(*lower, true).or(is_open.then_some(f64::MIN)),
                lt: at(*upper, false),
                lte: at(*upper, true),
            }
        }
    }));
    all
}

/// What the chunks that a search wants have to fulfil; `None` where there can be none.
pub(super) fn of_query(query: &DenseQuery<'_>) -> Option<Vec<Condition>> {
    if query.limit == 0 || query.knowledge_bases.is_empty() {
        return None;
    }
    let terms = conditions_of(query.filter)?;
    Some(conditions(query.knowledge_bases, &terms))
}

/// What chunks of this document have to fulfil.
pub(super) fn of_document(document: DocumentId) -> Vec<Condition> {
    vec![any_of(DOCUMENT, &[document])]
}

/// Where the numbers of an escaped metadata key lie.
pub(super) fn number_key(escaped: &str) -> String {
    format!("{NUMBERS}.{escaped}")
}

/// The escaped metadata keys under which points have numbers.
pub(super) fn number_keys(payload: &Map<String, Value>) -> impl Iterator<Item = &String> {
    let numbers = payload.get(NUMBERS).and_then(Value::as_object);
    numbers.into_iter().flat_map(Map::keys)
}

fn any_of(key: &str, values: &[impl ToString]) -> Condition {
    Condition::AnyOf {
        key: key.to_owned(),
        values: values.iter().map(ToString::to_string).collect(),
    }
}
