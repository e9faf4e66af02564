use riddle_api::RerankBody;
use serde_json::{Map, Value};

use crate::error::ApiError;

/// Where the options of reranking stand.
const RERANK: &str = "rerank";
const ENABLED: &str = "enabled";

/// The settings of a knowledge base, where null takes one back. Elsewhere clients of earlier versions write the fields
/// that they do not use as null.
const SETTINGS: &str = "retrieval";

/// The options of reranking that a request gives in the form of earlier clients: as fields beside `rerank`, or as a
/// boolean in its place. Errors name them as the request does.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct FlatNames {
    /// The object of the body that they stand in, with a dot behind it; empty for the body itself.
    prefix: String,
    /// Field and option.
    given: Vec<(&'static str, &'static str)>,
}

impl FlatNames {
    /// Moves all of them into the object `rerank`, where the types read them. Something that is neither form stays as
    /// it is, so that it is refused where it is read.
    ///
    /// # Errors
    /// An option is given in both forms.
    pub(super) fn lift(
        body: &mut Map<String, Value>,
        within: Option<&str>,
    ) -> Result<Self, ApiError> {
        let is_settings = within == Some(SETTINGS);
        let mut names = Self {
            prefix: within.map(|name| format!("{name}.")).unwrap_or_default(),
            given: Vec::new(),
        };
        let fields = match within {
            None => body,
            Some(name) => match body.get_mut(name) {
                Some(Value::Object(fields)) => fields,
                _ => return Ok(names),
            },
        };
        let mut options = match fields.get_mut(RERANK) {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(options)) => std::mem::take(options),
            Some(Value::Bool(enabled)) => {
                names.given.push((RERANK, ENABLED));
                Map::from_iter([(ENABLED.to_owned(), Value::Bool(*enabled))])
            }
            Some(_) => return Ok(names),
        };
        for (field, option) in RerankBody::FLAT {
            let Some(value) = fields.remove(field) else {
                continue;
            };
            if options.contains_key(option) {
                let prefix = &names.prefix;
                return Err(ApiError::invalid(
                    &format!("{prefix}{field}"),
                    format!("and `{prefix}{RERANK}.{option}` are one option; give it once"),
                ));
            }
            if value.is_null() && !is_settings {
                continue;
            }
            options.insert(option.to_owned(), value);
            names.given.push((field, option));
        }
        fields.insert(RERANK.to_owned(), Value::Object(options));
        Ok(names)
    }

    /// The error with the field at fault named as the request names it.
    pub(crate) fn name(&self, mut error: ApiError) -> ApiError {
        let Some(param) = error.param.as_deref() else {
            return error;
        };
        let (prefix, path) = match param.strip_prefix(self.prefix.as_str()) {
            Some(path) => (self.prefix.as_str(), path),
            None => ("", param),
        };
        let option = path
            .strip_prefix(RERANK)
            .and_then(|path| path.strip_prefix('.'));
        let given = self.given.iter().find(|(_, name)| Some(*name) == option);
        if let Some((field, _)) = given {
            let named = format!("{prefix}{field}");
            if let Some(rest) = error.message.strip_prefix(&format!("`{param}`")) {
                error.message = format!("`{named}`{rest}");
            }
            error.param = Some(named.into());
        }
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn lift(body: Value, within: Option<&str>) -> (Value, Result<FlatNames, ApiError>) {
        let Value::Object(mut body) = body else {
            panic!("not an object");
        };
        let names = FlatNames::lift(&mut body, within);
        (Value::Object(body), names)
    }

    #[test]
    fn both_forms_become_one() {
        let nested = json!({"rerank": {"enabled": true, "weight": 0.5, "model": "x"}, "top_k": 3});
        for body in [
            nested.clone(),
            json!({"rerank": true, "rerank_weight": 0.5, "reranker": "x", "top_k": 3}),
            json!({"rerank": {"enabled": true, "weight": 0.5}, "reranker": "x", "top_k": 3}),
        ] {
            let (lifted, names) = lift(body.clone(), None);
            assert_eq!(lifted, nested, "{body}");
            assert!(names.is_ok());
        }
        let (lifted, _) = lift(json!({"retrieval": {"cutoff_layer": 8}}), Some("retrieval"));
        assert_eq!(
            lifted,
            json!({"retrieval": {"rerank": {"cutoff_layer": 8}}})
        );
        let (other, _) = lift(json!({"rerank": "yes"}), None);
        assert_eq!(other, json!({"rerank": "yes"}));
    }

    #[test]
    fn a_null_beside_rerank_says_nothing_but_in_settings() {
        let flat = json!({"rerank": true, "reranker": null});
        let (of_request, _) = lift(flat.clone(), None);
        assert_eq!(of_request, json!({"rerank": {"enabled": true}}));
        let (of_settings, _) = lift(json!({"retrieval": flat}), Some("retrieval"));
        let cleared = json!({"enabled": true, "model": null});
        assert_eq!(of_settings, json!({"retrieval": {"rerank": cleared}}));
    }

    #[test]
    fn an_option_in_both_forms_is_refused() {
        for (field, option) in RerankBody::FLAT {
            let body = json!({"retrieval": {field: 1, "rerank": {option: 1}}});
            let error = lift(body, Some("retrieval")).1.expect_err("given twice");
            let named = format!("retrieval.{field}");
            assert_eq!(error.param.as_deref(), Some(named.as_str()));
            let other = format!("`retrieval.rerank.{option}`");
            assert!(error.message.contains(&other), "{}", error.message);
        }
    }

    #[test]
    fn errors_name_what_the_request_named() {
        let (_, names) = lift(
            json!({"riddle": {"rerank": false, "reranker": "x"}}),
            Some("riddle"),
        );
        let names = names.expect("one form");
        for (param, named) in [
            ("riddle.rerank.model", "riddle.reranker"),
            ("rerank.model", "reranker"),
            ("rerank.enabled", "rerank"),
            ("rerank.weight", "rerank.weight"),
            ("rerank", "rerank"),
            ("top_k", "top_k"),
        ] {
            let error = names.name(ApiError::invalid(param, "is wrong"));
            assert_eq!(error.param.as_deref(), Some(named));
            assert_eq!(error.message, format!("`{named}` is wrong"));
        }
    }
}
