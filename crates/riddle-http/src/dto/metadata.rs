use riddle_api::MetadataDto;
use riddle_core::{
    MAX_METADATA_CHARS, MAX_METADATA_KEY_CHARS, MAX_METADATA_KEYS, MAX_METADATA_LIST, Metadata,
    MetadataValue, metadata_bytes,
};
use riddle_engine::bounds::MAX_METADATA_BYTES;
use serde_json::{Number, Value};

use crate::error::ApiError;

/// Checks metadata of a client.
pub(crate) fn metadata_from_json(json: MetadataDto) -> Result<Metadata, ApiError> {
    if json.len() > MAX_METADATA_KEYS {
        let message = format!("may have at most {MAX_METADATA_KEYS} keys");
        return Err(ApiError::invalid("metadata", message));
    }
    let fields = json.into_iter();
    let metadata: Metadata = fields
        .map(|(key, value)| {
            if key.is_empty() || key.chars().count() > MAX_METADATA_KEY_CHARS {
                let message = format!("keys must have 1 to {MAX_METADATA_KEY_CHARS} characters");
                return Err(ApiError::invalid("metadata", message));
            }
            match value_from_json(value) {
                Ok(value) => Ok((key, value)),
                Err(problem) => Err(ApiError::invalid(&format!("metadata.{key}"), problem)),
            }
        })
        .collect::<Result<_, ApiError>>()?;
    if metadata_bytes(&metadata) > MAX_METADATA_BYTES {
        let message = format!("may have at most {MAX_METADATA_BYTES} bytes in all");
        return Err(ApiError::invalid("metadata", message));
    }
    Ok(metadata)
}

/// Metadata for a client; whole numbers are written without a fraction.
pub(super) fn metadata_to_json(metadata: Metadata) -> MetadataDto {
    metadata
        .into_iter()
        .map(|(key, value)| (key, value_to_json(value)))
        .collect()
}

fn value_from_json(value: Value) -> Result<MetadataValue, String> {
    match value {
        Value::Bool(flag) => Ok(MetadataValue::Bool(flag)),
        Value::Number(number) => number
            .as_f64()
            .map(MetadataValue::Number)
            .ok_or_else(|| "is not a number that can be kept".to_owned()),
        Value::String(text) => text_from_json(text).map(MetadataValue::Text),
        Value::Array(values) if values.len() <= MAX_METADATA_LIST => values
            .into_iter()
            .map(|value| match value {
                Value::String(text) => text_from_json(text),
                _ => Err("may hold a list of texts only".to_owned()),
            })
            .collect::<Result<_, _>>()
            .map(MetadataValue::Texts),
        Value::Array(_) => Err(format!("may list at most {MAX_METADATA_LIST} texts")),
        Value::Null | Value::Object(_) => {
            Err("must be a text, a number, a boolean or a list of texts".to_owned())
        }
    }
}

fn text_from_json(text: String) -> Result<String, String> {
    if text.chars().count() > MAX_METADATA_CHARS {
        return Err(format!("may have at most {MAX_METADATA_CHARS} characters"));
    }
    Ok(text)
}

fn value_to_json(value: MetadataValue) -> Value {
    match value {
        MetadataValue::Bool(flag) => Value::Bool(flag),
        MetadataValue::Number(number) => number_to_json(number),
        MetadataValue::Text(text) => Value::String(text),
        MetadataValue::Texts(texts) => Value::from(texts),
    }
}

fn number_to_json(number: f64) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() <= EXACT {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "checked to be whole and within 2^53"
        )]
        return Value::from(number as i64);
    }
    Number::from_f64(number).map_or(Value::Null, Value::Number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn metadata_survives_a_round_trip() {
        let json =
            json!({"year": 2024, "share": 0.5, "draft": false, "team": ["a", "b"], "by": "Ada"});
        let dto: MetadataDto = serde_json::from_value(json.clone()).expect("an object");
        let metadata = metadata_from_json(dto).expect("valid");
        assert_eq!(json!(metadata_to_json(metadata)), json);
    }

    #[test]
    fn metadata_is_bounded_as_a_whole() {
        const FIELDS: usize = 8;
        // Beside a key of one byte and 8 bytes for each of both.
        let text = "x".repeat(MAX_METADATA_BYTES / FIELDS - 17);
        let fields = (0..FIELDS).map(|key| (key.to_string(), json!(text)));
        let mut dto: MetadataDto = fields.collect();
        assert!(metadata_from_json(dto.clone()).is_ok());
        dto.insert("a".to_owned(), json!(true));
        let error = metadata_from_json(dto).expect_err("a field too many");
        assert_eq!(error.param.as_deref(), Some("metadata"));
        let bytes = MAX_METADATA_BYTES.to_string();
        assert!(error.message.contains(&bytes), "{}", error.message);
    }

    #[test]
    fn what_cannot_be_kept_is_named() {
        for json in [
            json!({"a": null}),
            json!({"a": {"b": 1}}),
            json!({"a": [1]}),
        ] {
            let dto: MetadataDto = serde_json::from_value(json).expect("an object");
            let error = metadata_from_json(dto).expect_err("not acceptable");
            assert_eq!(error.param.as_deref(), Some("metadata.a"));
        }
    }
}
