use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{FromRequest, HttpRequest};
use bytes::Bytes;
use futures_util::Stream;
use serde::de::DeserializeOwned;

use super::payload::{Carries, read_all};
use super::whole_numbers::in_plain_digits;
use crate::aside::aside;
use crate::error::{ApiError, ErrorCode};

/// Longest message about a body: what serde quotes may be as long as the client likes.
const MAX_MESSAGE_CHARS: usize = 300;

/// Bytes that are read through in less time than moving them to another thread is worth.
const READ_AT_ONCE_BYTES: usize = 64 << 10;

/// A JSON body that carries no documents.
pub(crate) struct ApiJson<T>(pub(crate) T);

/// A JSON body that carries documents or texts for a model, and may be as large as they are.
pub(crate) struct TextsJson<T>(pub(crate) T);

impl<T: DeserializeOwned + Send + 'static> FromRequest for ApiJson<T> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let body = read_json(&request, payload, Carries::Request).await?;
            parse_aside(body, parse_json).await.map(Self)
        })
    }
}

impl<T: DeserializeOwned + Send + 'static> FromRequest for TextsJson<T> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let body = read_json(&request, payload, Carries::Texts).await?;
            parse_aside(body, parse_json).await.map(Self)
        })
    }
}

/// The bytes of a body that claims to be JSON, within the bounds of what it carries.
pub(crate) async fn read_json(
    request: &HttpRequest,
    payload: Payload,
    carries: Carries,
) -> Result<Bytes, ApiError> {
    check_content_type(request)?;
    read_bounded(request, payload, carries).await
}

/// The bytes of JSON, from a body or from a part of one, within the bounds of what it carries.
pub(crate) async fn read_bounded<S, E>(
    request: &HttpRequest,
    stream: S,
    carries: Carries,
) -> Result<Bytes, ApiError>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
    ApiError: From<E>,
{
    let body = read_all(request, stream, carries).await?;
    read_aside(body.len(), move || {
        carries.check_shape(&body).map(|()| body)
    })
    .await
}

/// Parses a large body where it keeps no other request waiting.
pub(crate) async fn parse_aside<T: Send + 'static>(
    body: Bytes,
    parse: fn(&[u8]) -> Result<T, ApiError>,
) -> Result<T, ApiError> {
    read_aside(body.len(), move || parse(&body)).await
}

/// Reads through so many bytes, on a thread that no other request waits for if they are many.
async fn read_aside<T: Send + 'static>(
    bytes: usize,
    read: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    if bytes <= READ_AT_ONCE_BYTES {
        return read();
    }
    aside("reading a body", read).await
}

/// Reads JSON; the error names the field and quotes nothing of a text.
pub(crate) fn parse_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    if body.is_empty() {
        return Err(ApiError::new(
            ErrorCode::INVALID_JSON,
            "the body is empty; send JSON",
        ));
    }
    read(body).or_else(|error| {
        // Only what does not fit as it is: a field may tell `1.0` from `1`.
        match in_plain_digits(body).map(|plain| read(&plain)) {
            Some(Ok(parsed)) => Ok(parsed),
            Some(Err(in_plain)) if in_plain.param.is_some() => Err(in_plain),
            _ => Err(error),
        }
    })
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let parsed = serde_path_to_error::deserialize(&mut deserializer).map_err(explain)?;
    deserializer.end().map_err(|_trailing| {
        ApiError::new(
            ErrorCode::INVALID_JSON,
            "there is more after the JSON value",
        )
    })?;
    Ok(parsed)
}

fn check_content_type(request: &HttpRequest) -> Result<(), ApiError> {
    let value = request.headers().get(CONTENT_TYPE);
    let kind = value
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .map(|kind| kind.trim().to_ascii_lowercase());
    match kind.as_deref() {
        Some("application/json") => Ok(()),
        _ => Err(ApiError::new(
            ErrorCode::UNSUPPORTED_MEDIA_TYPE,
            "send JSON with the header `Content-Type: application/json`",
        )),
    }
}

fn explain(error: serde_path_to_error::Error<serde_json::Error>) -> ApiError {
    let path = error.path().to_string();
    let inner = error.into_inner();
    let (line, column) = (inner.line(), inner.column());
    if !inner.is_data() {
        return ApiError::new(
            ErrorCode::INVALID_JSON,
            format!("the body is not valid JSON at line {line}, column {column}"),
        );
    }
    let mut message = without_quotation(&inner.to_string());
    if let Some(place) = message.rfind(" at line ") {
        message.truncate(place);
    }
    let message: String = message.chars().take(MAX_MESSAGE_CHARS).collect();
    if path == "." {
        return ApiError::new(ErrorCode::INVALID_JSON, message);
    }
    ApiError::new(ErrorCode::INVALID_JSON, format!("`{path}`: {message}")).about(&path)
}

/// Serde quotes a string that does not fit; it may be a document.
fn without_quotation(message: &str) -> String {
    match (message.find("string \""), message.rfind("\", expected")) {
        (Some(start), Some(end)) if start < end => {
            format!("{}string{}", &message[..start], &message[end + 1..])
        }
        _ => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Deserialize, Debug)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only the errors matter")]
    struct Body {
        top_k: Option<u32>,
        list: Option<Vec<Inner>>,
    }

    #[derive(Deserialize, Debug)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only the errors matter")]
    struct Inner {
        name: u32,
    }

    #[test]
    fn errors_name_the_field_and_quote_no_text() {
        let cases = [
            (r#"{"top_k": "a secret"}"#, Some("top_k")),
            (
                r#"{"list": [{"name": 1}, {"name": "x"}]}"#,
                Some("list[1].name"),
            ),
            (r#"{"topk": 1}"#, Some("topk")),
            (r#"{"top_k": -1}"#, Some("top_k")),
            (r#"{"top_k": 1"#, None),
            (r#"{} {}"#, None),
            ("", None),
            ("[]", None),
        ];
        for (body, param) in cases {
            let error = parse_json::<Body>(body.as_bytes()).expect_err("does not fit");
            assert_eq!(error.param.as_deref(), param, "{body}: {}", error.message);
            assert!(!error.message.contains("secret"), "{}", error.message);
        }
    }

    #[test]
    fn a_whole_number_may_be_written_with_a_fraction() {
        let body = parse_json::<Body>(br#"{"top_k": 7.0}"#).expect("fits");
        assert_eq!(body.top_k, Some(7));
        let error = parse_json::<Body>(br#"{"top_k": 7.0, "list": [{"name": 1.5}]}"#);
        let error = error.expect_err("does not fit");
        assert_eq!(error.param.as_deref(), Some("list[0].name"));
    }

    #[test]
    fn unknown_fields_are_told_what_is_known() {
        let error = parse_json::<Body>(br#"{"topk": 1}"#).expect_err("does not fit");
        assert!(error.message.contains("`top_k`"), "{}", error.message);
    }
}
