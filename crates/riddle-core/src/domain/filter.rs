use crate::domain::metadata::{
    MAX_METADATA_CHARS, MAX_METADATA_KEY_CHARS, Metadata, MetadataValue,
};

/// A conjunction of conditions on document metadata. The empty filter lets everything pass.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Filter {
    /// All of these must hold.
    pub all: Vec<Condition>,
}

/// One condition on one metadata key. A document without the key does not match.
#[derive(Clone, PartialEq, Debug)]
pub struct Condition {
    /// The metadata key.
    pub key: String,
    /// What its value must satisfy.
    pub predicate: Predicate,
}

/// What a metadata value must satisfy.
#[derive(Clone, PartialEq, Debug)]
pub enum Predicate {
    /// Equal to one of these scalars; a single one is plain equality. `Texts` never occurs here.
    In(Vec<MetadataValue>),
    /// A number within these bounds, each optional.
    Range {
        /// Exclusive lower bound.
        gt: Option<f64>,
        /// Inclusive lower bound.
        gte: Option<f64>,
        /// Exclusive upper bound.
        lt: Option<f64>,
        /// Inclusive upper bound.
        lte: Option<f64>,
    },
}

/// A filter that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("filter on `{key}`: {problem}")]
pub struct FilterError {
    /// The key whose condition is wrong; `filter` when the whole is.
    pub key: String,
    /// What is wrong and what to write instead.
    pub problem: String,
}

/// Conditions of one filter.
pub const MAX_FILTER_CONDITIONS: usize = 64;
/// Values that one condition may list.
pub const MAX_FILTER_VALUES: usize = 1_000;
/// Characters of a key, as many as a key of metadata may have.
pub const MAX_FILTER_KEY_CHARS: usize = MAX_METADATA_KEY_CHARS;
/// Characters of a value, as many as a text of metadata may have.
pub const MAX_FILTER_TEXT_CHARS: usize = MAX_METADATA_CHARS;

impl Filter {
    /// Reads `{"key": scalar | [scalar, …] | {"gt"|"gte"|"lt"|"lte": number, …}, …}`.
    ///
    /// # Errors
    /// A value of another shape, an empty list, an empty range or an unknown operator, or more than a filter may hold:
    /// 64 keys of 100 characters, 1,000 values of 4,000 characters each.
    pub fn parse(json: &serde_json::Value) -> Result<Self, FilterError> {
        let error = |key: &str, problem: &str| FilterError {
            key: key.to_owned(),
            problem: problem.to_owned(),
        };
        let object = json.as_object().ok_or_else(|| {
            error(
                "filter",
                "must be an object such as {\"year\": 2024, \"team\": [\"a\", \"b\"]}",
            )
        })?;
        if object.len() > MAX_FILTER_CONDITIONS {
            return Err(error("filter", "may have at most 64 keys"));
        }
        let mut all = Vec::with_capacity(object.len());
        for (key, value) in object {
            if characters_exceed(key, MAX_FILTER_KEY_CHARS) {
                return Err(error("filter", "may have keys of at most 100 characters"));
            }
            let predicate = parse_predicate(value).map_err(|problem| error(key, problem))?;
            all.push(Condition {
                key: key.clone(),
                predicate,
            });
        }
        Ok(Self { all })
    }

    /// Whether a document with this metadata passes. Both indexes must agree with this.
    pub fn matches(&self, metadata: &Metadata) -> bool {
        self.all.iter().all(|condition| {
            metadata
                .get(&condition.key)
                .is_some_and(|value| condition.predicate.holds(value))
        })
    }
}

impl Predicate {
    fn holds(&self, value: &MetadataValue) -> bool {
        match (self, value) {
            (Self::In(allowed), MetadataValue::Texts(texts)) => texts.iter().any(|text| {
                allowed
                    .iter()
                    .any(|a| matches!(a, MetadataValue::Text(t) if t == text))
            }),
            (Self::In(allowed), scalar) => allowed.contains(scalar),
            (Self::Range { gt, gte, lt, lte }, MetadataValue::Number(number)) => {
                gt.is_none_or(|bound| *number > bound)
                    && gte.is_none_or(|bound| *number >= bound)
                    && lt.is_none_or(|bound| *number < bound)
                    && lte.is_none_or(|bound| *number <= bound)
            }
            (Self::Range { .. }, _) => false,
        }
    }
}

fn parse_predicate(value: &serde_json::Value) -> Result<Predicate, &'static str> {
    use serde_json::Value;
    match value {
        Value::Array(values) if values.is_empty() => {
            Err("an empty list matches nothing; leave the key out")
        }
        Value::Array(values) if values.len() > MAX_FILTER_VALUES => {
            Err("a list may hold at most 1,000 values")
        }
        Value::Array(values) => values
            .iter()
            .map(|value| {
                check_text(value)?;
                parse_scalar(value).ok_or("a list may hold texts, numbers and booleans only")
            })
            .collect::<Result<_, _>>()
            .map(Predicate::In),
        Value::Object(bounds) => parse_range(bounds),
        scalar => {
            check_text(scalar)?;
            parse_scalar(scalar)
                .map(|scalar| Predicate::In(vec![scalar]))
                .ok_or("null cannot be matched; leave the key out")
        }
    }
}

fn check_text(value: &serde_json::Value) -> Result<(), &'static str> {
    match value.as_str() {
        Some(text) if characters_exceed(text, MAX_FILTER_TEXT_CHARS) => {
            Err("a value may have at most 4,000 characters")
        }
        _ => Ok(()),
    }
}

fn characters_exceed(text: &str, limit: usize) -> bool {
    text.len() > limit && text.chars().count() > limit
}

fn parse_range(
    bounds: &serde_json::Map<String, serde_json::Value>,
) -> Result<Predicate, &'static str> {
    let (mut gt, mut gte, mut lt, mut lte) = (None, None, None, None);
    for (operator, bound) in bounds {
        let slot = match operator.as_str() {
            "gt" => &mut gt,
            "gte" => &mut gte,
            "lt" => &mut lt,
            "lte" => &mut lte,
            _ => return Err("unknown operator; use gt, gte, lt or lte"),
        };
        *slot = Some(bound.as_f64().ok_or("a range bound must be a number")?);
    }
    if bounds.is_empty() {
        return Err("an empty range; give gt, gte, lt or lte");
    }
    Ok(Predicate::Range { gt, gte, lt, lte })
}

fn parse_scalar(value: &serde_json::Value) -> Option<MetadataValue> {
    match value {
        serde_json::Value::Bool(flag) => Some(MetadataValue::Bool(*flag)),
        serde_json::Value::Number(number) => number.as_f64().map(MetadataValue::Number),
        serde_json::Value::String(text) => Some(MetadataValue::Text(text.clone())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn metadata() -> Metadata {
        serde_json::from_value(
            json!({"team": ["red", "blue"], "year": 2024, "draft": false, "by": "Ada"}),
        )
        .expect("valid metadata")
    }

    #[test]
    fn conditions_match_as_documented() {
        let cases = [
            (json!({}), true),
            (json!({"by": "Ada"}), true),
            (json!({"by": "ada"}), false),
            (json!({"team": "blue"}), true),
            (
                json!({"team": ["green", "red"], "year": {"gte": 2024, "lt": 2025}}),
                true,
            ),
            (json!({"year": {"gt": 2024}}), false),
            (json!({"draft": false}), true),
            (json!({"missing": "x"}), false),
        ];
        for (filter, expected) in cases {
            assert_eq!(
                Filter::parse(&filter).expect("parses").matches(&metadata()),
                expected,
                "{filter}"
            );
        }
    }

    #[test]
    fn filters_are_bounded() {
        let keys = |count: usize| {
            let keys = (0..count).map(|key| (key.to_string(), json!(1)));
            serde_json::Value::Object(keys.collect())
        };
        for fits in [
            keys(64),
            json!({"a": vec![0; 1_000]}),
            json!({"k".repeat(100): "字".repeat(4_000)}),
        ] {
            assert!(Filter::parse(&fits).is_ok());
        }
        for too_large in [
            keys(65),
            json!({"a": vec![0; 1_001]}),
            json!({"k".repeat(101): 1}),
            json!({"a": "字".repeat(4_001)}),
            json!({"a": ["字".repeat(4_001)]}),
        ] {
            let error = Filter::parse(&too_large).expect_err("too large");
            assert!(error.to_string().len() < 200, "{error}");
        }
    }

    #[test]
    fn malformed_filters_name_the_key() {
        for filter in [
            json!({"a": null}),
            json!({"a": []}),
            json!({"a": {"near": 1}}),
            json!({"a": [[1]]}),
            json!({"a": {}}),
        ] {
            assert_eq!(
                Filter::parse(&filter).expect_err("malformed").key,
                "a",
                "{filter}"
            );
        }
        assert!(Filter::parse(&json!("a=b")).is_err());
    }
}
