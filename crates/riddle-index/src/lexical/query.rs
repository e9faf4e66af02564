use std::collections::HashMap;
use std::ops::Bound as TermBound;

use riddle_core::KnowledgeBaseId;
use tantivy::query::{
    BooleanQuery, BoostQuery, InvertedIndexRangeQuery, Occur, Query, TermQuery, TermSetQuery,
};
use tantivy::schema::IndexRecordOption;
use tantivy::{Searcher, Term};

use super::schema::Fields;
use crate::analyser::QueryTerm;
use crate::metadata_terms::{Bound, TermCondition, number_term};

/// Most terms of a query. A whole passage as a query would touch most of the index, and its rarest terms decide the
/// ranking.
const MOST_QUERY_TERMS: usize = 64;

/// The union of the terms, each with the sum of its weights in the query; `None` when the index has none of them.
pub(super) fn text_query(
    searcher: &Searcher,
    fields: Fields,
    terms: &[QueryTerm],
) -> tantivy::Result<Option<BooleanQuery>> {
    let mut weights: HashMap<&str, f32> = HashMap::new();
    for term in terms {
        *weights.entry(&term.text).or_default() += term.weight;
    }
    let mut known = Vec::with_capacity(weights.len());
    for (text, weight) in weights {
        let term = Term::from_field_text(fields.text, text);
        let frequency = searcher.doc_freq(&term)?;
        if frequency > 0 {
            known.push((frequency, term, weight));
        }
    }
    if known.is_empty() {
        return Ok(None);
    }
    let key =
        |(frequency, term, weight): &(u64, Term, f32)| (*weight < 1.0, *frequency, term.clone());
    known.sort_by_cached_key(key);
    known.truncate(MOST_QUERY_TERMS);
    let clauses = known
        .into_iter()
        .map(|(_, term, weight)| (Occur::Should, weighted(term, weight)))
        .collect();
    Ok(Some(BooleanQuery::new(clauses)))
}

/// Chunks of these knowledge bases.
pub(super) fn knowledge_base_query(
    fields: Fields,
    knowledge_bases: &[KnowledgeBaseId],
) -> Box<dyn Query> {
    any_of(
        knowledge_bases
            .iter()
            .map(|id| Term::from_field_text(fields.knowledge_base, &id.to_string())),
    )
}

/// Chunks whose metadata satisfies all conditions.
pub(super) fn condition_queries(
    fields: Fields,
    conditions: &[TermCondition],
) -> Vec<Box<dyn Query>> {
    conditions
        .iter()
        .map(|condition| match condition {
            TermCondition::AnyOf(terms) => any_of(
                terms
                    .iter()
                    .map(|term| Term::from_field_text(fields.metadata, term)),
            ),
            TermCondition::Range { key, lower, upper } => {
                let bound = |bound: &Option<Bound>, open: f64| {
                    let bound = bound.unwrap_or(Bound {
                        value: open,
                        inclusive: true,
                    });
                    let term =
                        Term::from_field_text(fields.metadata, &number_term(key, bound.value));
                    if bound.inclusive {
                        TermBound::Included(term)
                    } else {
                        TermBound::Excluded(term)
                    }
                };
                Box::new(InvertedIndexRangeQuery::new(
                    bound(lower, f64::NEG_INFINITY),
                    bound(upper, f64::INFINITY),
                ))
            }
        })
        .collect()
}

/// All of these at once.
pub(super) fn all_of(queries: Vec<Box<dyn Query>>) -> Box<dyn Query> {
    Box::new(BooleanQuery::new(
        queries
            .into_iter()
            .map(|query| (Occur::Must, query))
            .collect(),
    ))
}

fn any_of(terms: impl Iterator<Item = Term>) -> Box<dyn Query> {
    let mut terms: Vec<Term> = terms.collect();
    match terms.pop() {
        Some(only) if terms.is_empty() => Box::new(TermQuery::new(only, IndexRecordOption::Basic)),
        last => Box::new(TermSetQuery::new(terms.into_iter().chain(last))),
    }
}

fn weighted(term: Term, weight: f32) -> Box<dyn Query> {
    let query: Box<dyn Query> = Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs));
    if weight == 1.0 {
        query
    } else {
        Box::new(BoostQuery::new(query, weight))
    }
}
