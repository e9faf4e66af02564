use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::json::{parse_json, read_json};
use super::payload::Carries;
use super::rerank_json::{Reranks, parse_reranking};
use crate::error::ApiError;

/// Fields that a body has beside those of another body.
pub(crate) trait Part: DeserializeOwned {
    /// Their names.
    const FIELDS: &'static [&'static str];
}

/// A JSON body that is another body with a few fields more. Each half refuses fields that neither has, which serde's
/// own flattening would not.
#[derive(Deserialize, ToSchema)]
pub(crate) struct With<P, B> {
    /// The fields more.
    #[serde(flatten)]
    pub(crate) part: P,
    /// The other body.
    #[serde(flatten)]
    pub(crate) body: B,
}

impl<P: Part + 'static, B: Reranks + 'static> FromRequest for With<P, B> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let payload = payload.take();
        Box::pin(async move {
            let body = read_json(&request, payload, Carries::Request).await?;
            let (part, fields) = split(&body)?;
            let body = parse_reranking(&request, fields)?;
            Ok(Self { part, body })
        })
    }
}

/// The fields more, and all others.
fn split<P: Part>(body: &[u8]) -> Result<(P, Map<String, Value>), ApiError> {
    let mut fields: Map<String, Value> = parse_json(body)?;
    let own = P::FIELDS.iter();
    let own: Map<String, Value> = own.filter_map(|name| fields.remove_entry(*name)).collect();
    let part = parse_json(Value::Object(own).to_string().as_bytes())?;
    Ok((part, fields))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;
    use riddle_api::SearchBody;

    #[derive(Deserialize)]
    struct More {
        extra: Option<u32>,
    }

    impl Part for More {
        const FIELDS: &'static [&'static str] = &["extra"];
    }

    fn read(body: &str) -> Result<With<More, SearchBody>, ApiError> {
        let request = TestRequest::default().to_http_request();
        let (part, fields) = split(body.as_bytes())?;
        let body = parse_reranking(&request, fields)?;
        Ok(With { part, body })
    }

    #[test]
    fn each_half_takes_its_fields_and_names_those_that_do_not_fit() {
        let both = read(r#"{"query": "a", "extra": 3}"#).expect("fits");
        assert_eq!((both.part.extra, both.body.query.as_str()), (Some(3), "a"));
        let without = read(r#"{"query": "a"}"#).expect("fits");
        assert_eq!(without.part.extra, None);
        for (body, field) in [
            (r#"{"query": "a", "extra": "b"}"#, "extra"),
            (r#"{"query": 1}"#, "query"),
            (r#"{"query": "a", "other": 1}"#, "other"),
        ] {
            let error = read(body).err().expect("does not fit");
            assert!(error.message.contains(field), "{}", error.message);
        }
    }
}
