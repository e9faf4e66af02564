use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use riddle_api::{
    ApplyEvaluationArm, AskBody, CompareBody, CreateKnowledgeBase, PatchKnowledgeBase, SearchBody,
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::flat_names::FlatNames;
use super::json::{ApiJson, parse_json};
use crate::error::ApiError;

/// A body that says how to rerank.
pub(crate) trait Reranks: DeserializeOwned {
    /// The object of the body that says it; `None` for the body itself.
    const WITHIN: Option<&'static str>;
}

impl Reranks for SearchBody {
    const WITHIN: Option<&'static str> = None;
}

impl Reranks for AskBody {
    const WITHIN: Option<&'static str> = None;
}

impl Reranks for CompareBody {
    const WITHIN: Option<&'static str> = None;
}

impl Reranks for CreateKnowledgeBase {
    const WITHIN: Option<&'static str> = Some("retrieval");
}

impl Reranks for PatchKnowledgeBase {
    const WITHIN: Option<&'static str> = Some("retrieval");
}

impl Reranks for ApplyEvaluationArm {
    const WITHIN: Option<&'static str> = Some("retrieval");
}

/// A JSON body that says how to rerank, in either form.
pub(crate) struct RerankJson<T>(pub(crate) T);

impl<T: Reranks + 'static> FromRequest for RerankJson<T> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let fields = ApiJson::<Map<String, Value>>::from_request(request, payload);
        let request = request.clone();
        Box::pin(async move {
            let ApiJson(fields) = fields.await?;
            parse_reranking(&request, fields).map(Self)
        })
    }
}

/// Reads the fields of a body. The names that the request used are kept for its errors.
pub(super) fn parse_reranking<T: Reranks>(
    request: &HttpRequest,
    mut fields: Map<String, Value>,
) -> Result<T, ApiError> {
    let names = FlatNames::lift(&mut fields, T::WITHIN)?;
    request.extensions_mut().insert(names);
    parse_json(Value::Object(fields).to_string().as_bytes())
}
