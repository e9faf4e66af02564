//! The codes that a program may be sent, listed where they are described.

use riddle_core::{FailureCode, LibraryError, Notice, ReplyFailure, RerankReasonCode};
use riddle_engine::HealthNotice;
use serde_json::Value;
use utoipa::openapi::schema::{Object, SchemaType, Type};
use utoipa::openapi::{OpenApi, RefOr, Schema};

use crate::dto::WARNING_CODES;
use crate::error::ErrorCode;

/// A type of the API, its field, and the codes that this field may have.
type Listed = ((&'static str, &'static str), Vec<&'static str>);

fn all() -> [Listed; 7] {
    let errors = || ErrorCode::ALL.iter().map(|code| code.name);
    [
        (
            ("NoticeDto", "code"),
            [Notice::CODES, HealthNotice::CODES].concat(),
        ),
        (
            ("RerankDto", "reason_code"),
            RerankReasonCode::CODES.to_vec(),
        ),
        (
            ("FailureDto", "code"),
            FailureCode::ALL.map(FailureCode::as_str).to_vec(),
        ),
        (("DocumentWarningDto", "code"), WARNING_CODES.to_vec()),
        (("DownloadErrorDto", "code"), LibraryError::CODES.to_vec()),
        (
            ("MessageErrorDto", "code"),
            errors().chain([ReplyFailure::INTERRUPTED]).collect(),
        ),
        (("ErrorBody", "code"), errors().collect()),
    ]
}

/// Lists the codes of each field that has them.
pub(super) fn list(document: &mut OpenApi) {
    for ((schema, field), codes) in all() {
        if let Some(field) = find(document, schema, field) {
            let mut values: Vec<Value> = codes.into_iter().map(Value::from).collect();
            if may_be_null(field) {
                values.push(Value::Null);
            }
            field.enum_values = Some(values);
        }
    }
}

fn find<'d>(document: &'d mut OpenApi, schema: &str, field: &str) -> Option<&'d mut Object> {
    let components = document.components.as_mut()?;
    let RefOr::T(Schema::Object(object)) = components.schemas.get_mut(schema)? else {
        return None;
    };
    match object.properties.get_mut(field)? {
        RefOr::T(Schema::Object(field)) => Some(field),
        _ => None,
    }
}

fn may_be_null(field: &Object) -> bool {
    matches!(&field.schema_type, SchemaType::Array(types) if types.contains(&Type::Null))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_of_codes_is_in_the_description() {
        let mut document = crate::openapi();
        for ((schema, name), codes) in all() {
            let field = find(&mut document, schema, name);
            let field = field.unwrap_or_else(|| panic!("{schema}.{name} is gone"));
            let listed = field.enum_values.as_deref().unwrap_or_default();
            assert!(!codes.is_empty());
            for code in codes {
                assert!(listed.contains(&code.into()), "{schema}.{name}: {code}");
            }
        }
    }
}
