//! Metadata as terms. Both stores use the same ones, so both agree with `Filter::matches` by construction.
//!
//! A term is `<type><key><value>`; the key carries its length, so no key or value can imitate another term.

use riddle_core::{ContentHash, Filter, Metadata, MetadataValue, Predicate};

/// Longer keys and texts, in bytes, are replaced in terms by their SHA-256.
const LONGEST_VERBATIM: usize = 128;

/// A lower or upper bound of a range.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Bound {
    pub(crate) value: f64,
    pub(crate) inclusive: bool,
}

/// A condition in the form that the stores execute.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum TermCondition {
    /// Carries one of these terms.
    AnyOf(Vec<String>),
    /// Has a number under this key within the bounds.
    Range {
        key: String,
        lower: Option<Bound>,
        upper: Option<Bound>,
    },
}

/// All terms of a document's metadata.
pub(crate) fn terms_of(metadata: &Metadata) -> Vec<String> {
    let mut terms = Vec::with_capacity(metadata.len());
    for (key, value) in metadata {
        match value {
            MetadataValue::Texts(texts) => {
                terms.extend(texts.iter().map(|text| text_term(key, text)));
            }
            scalar => terms.extend(scalar_term(key, scalar)),
        }
    }
    terms
}

/// The numbers of a document's metadata, by escaped key.
pub(crate) fn numbers_of(metadata: &Metadata) -> impl Iterator<Item = (String, f64)> + '_ {
    metadata.iter().filter_map(|(key, value)| match value {
        MetadataValue::Number(number) if !number.is_nan() => Some((escaped_key(key), *number)),
        _ => None,
    })
}

/// The conditions of a filter, or `None` when nothing can satisfy it.
pub(crate) fn conditions_of(filter: &Filter) -> Option<Vec<TermCondition>> {
    filter
        .all
        .iter()
        .map(|condition| match &condition.predicate {
            Predicate::In(allowed) => {
                let terms: Vec<_> = allowed
                    .iter()
                    .filter_map(|value| scalar_term(&condition.key, value))
                    .collect();
                (!terms.is_empty()).then_some(TermCondition::AnyOf(terms))
            }
            Predicate::Range { gt, gte, lt, lte } => range(&condition.key, [*gt, *gte, *lt, *lte]),
        })
        .collect()
}

/// The term of a number. Terms of one key sort as their numbers do.
pub(crate) fn number_term(key: &str, number: f64) -> String {
    // Adding zero turns -0.0 into 0.0: the two are equal, so they must be one term.
    let bits = (number + 0.0).to_bits();
    let sortable = if bits >> 63 == 0 {
        bits | (1 << 63)
    } else {
        !bits
    };
    format!("n{}{sortable:016x}", key_part(key))
}

/// A key in hexadecimal or as its hash, so that none of its characters means something in a JSON path.
pub(crate) fn escaped_key(key: &str) -> String {
    let mut escaped = String::with_capacity(1 + key.len() * 2);
    escaped.push('k');
    if key.len() > LONGEST_VERBATIM {
        escaped.push_str(&ContentHash::of(key.as_bytes()).to_string());
    } else {
        for byte in key.bytes() {
            escaped.push_str(&format!("{byte:02x}"));
        }
    }
    escaped
}

fn range(key: &str, [gt, gte, lt, lte]: [Option<f64>; 4]) -> Option<TermCondition> {
    if [gt, gte, lt, lte].into_iter().flatten().any(f64::is_nan) {
        return None;
    }
    let lower = stricter(gt, gte, |exclusive, inclusive| exclusive >= inclusive);
    let upper = stricter(lt, lte, |exclusive, inclusive| exclusive <= inclusive);
    Some(TermCondition::Range {
        key: key.to_owned(),
        lower,
        upper,
    })
}

fn stricter(
    exclusive: Option<f64>,
    inclusive: Option<f64>,
    exclusive_wins: impl Fn(f64, f64) -> bool,
) -> Option<Bound> {
    match (exclusive, inclusive) {
        (Some(e), Some(i)) if exclusive_wins(e, i) => Some((e, false)),
        (_, Some(i)) => Some((i, true)),
        (Some(e), None) => Some((e, false)),
        (None, None) => None,
    }
    .map(|(value, inclusive)| Bound { value, inclusive })
}

fn scalar_term(key: &str, value: &MetadataValue) -> Option<String> {
    match value {
        MetadataValue::Bool(flag) => Some(format!("b{}{}", key_part(key), u8::from(*flag))),
        MetadataValue::Number(number) if number.is_nan() => None,
        MetadataValue::Number(number) => Some(number_term(key, *number)),
        MetadataValue::Text(text) => Some(text_term(key, text)),
        MetadataValue::Texts(_) => None,
    }
}

fn text_term(key: &str, text: &str) -> String {
    if text.len() > LONGEST_VERBATIM {
        format!("h{}{}", key_part(key), ContentHash::of(text.as_bytes()))
    } else {
        format!("t{}{text}", key_part(key))
    }
}

fn key_part(key: &str) -> String {
    if key.len() > LONGEST_VERBATIM {
        format!("#{}:", ContentHash::of(key.as_bytes()))
    } else {
        format!("{}:{key}", key.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_terms_sort_as_numbers() {
        let numbers = [
            f64::NEG_INFINITY,
            -1e300,
            -2.5,
            -1.0,
            0.0,
            1e-300,
            1.0,
            2.0,
            10.0,
            f64::INFINITY,
        ];
        let terms: Vec<_> = numbers.iter().map(|n| number_term("year", *n)).collect();
        assert!(terms.is_sorted());
        assert_eq!(number_term("year", -0.0), number_term("year", 0.0));
    }

    #[test]
    fn no_key_imitates_another() {
        assert_ne!(text_term("a", "b:c"), text_term("a:b", "c"));
        assert_ne!(text_term("a", "1"), text_term("a1", ""));
        assert_ne!(
            text_term(&"k".repeat(200), "x"),
            text_term(&"k".repeat(201), "x")
        );
    }
}
