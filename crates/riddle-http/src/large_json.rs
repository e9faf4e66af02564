//! JSON that may be large.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use actix_web::http::header::ContentType;
use actix_web::{HttpResponse, HttpResponseBuilder};
use bytes::Bytes;
use riddle_engine::SendingPermit;
use serde::{Serialize, Serializer};

use crate::aside::aside;
use crate::error::ApiError;

/// Bytes that are handed over at once. No more than these wait in the buffer of a connection.
pub(crate) const PART: usize = 64 << 10;

/// Is with a response that keeps a permit until it is taken, of which others wait for the next.
pub(crate) struct HoldsPermit;

/// Is with a response whose bytes are part of the program, so that they take no memory however long they wait.
pub(crate) struct OfTheProgram;

/// Answers with JSON that may be large. It is made and written where that keeps no other request waiting, and keeps its
/// permit until it is sent or its reader has gone.
pub(crate) async fn large_json<T: Serialize>(
    permit: SendingPermit,
    make: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<HttpResponse, ApiError> {
    let body = InParts::new(written(make).await?, permit);
    let mut response = HttpResponse::Ok()
        .content_type(ContentType::json())
        .body(body);
    response.extensions_mut().insert(HoldsPermit);
    Ok(response)
}

/// Answers with JSON that may be large and needs no permit. It is made and written where that keeps no other request
/// waiting.
pub(crate) async fn json_aside<T: Serialize>(
    mut response: HttpResponseBuilder,
    make: impl FnOnce() -> T + Send + 'static,
) -> Result<HttpResponse, ApiError> {
    let body = written(move || Ok(make())).await?;
    Ok(response.content_type(ContentType::json()).body(body))
}

async fn written<T: Serialize>(
    make: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<Bytes, ApiError> {
    let write = move || {
        let written = serde_json::to_vec(&make()?);
        written.map_err(|error| ApiError::internal(format!("an answer is no JSON: {error}")))
    };
    Ok(Bytes::from(aside("writing an answer", write).await?))
}

/// What is written, with what must be kept until then.
pub(crate) struct Holding<T, K> {
    value: T,
    _kept: K,
}

impl<T, K> Holding<T, K> {
    pub(crate) fn new(value: T, kept: K) -> Self {
        Self { value, _kept: kept }
    }
}

impl<T: Serialize, K> Serialize for Holding<T, K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(serializer)
    }
}

/// What is left to send, with what must be kept until then.
pub(crate) struct InParts<K> {
    left: Bytes,
    _kept: K,
}

impl<K> InParts<K> {
    pub(crate) fn new(whole: Bytes, kept: K) -> Self {
        Self {
            left: whole,
            _kept: kept,
        }
    }
}

impl<K: Unpin> MessageBody for InParts<K> {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.left.len() as u64)
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        if self.left.is_empty() {
            return Poll::Ready(None);
        }
        let part = PART.min(self.left.len());
        Poll::Ready(Some(Ok(self.left.split_to(part))))
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::sync::Arc;

    use super::*;

    #[actix_web::test]
    async fn a_large_answer_keeps_its_permit_until_all_of_it_is_taken() {
        let permit = Arc::new(());
        let whole = vec![7; 2 * PART + 1];
        let mut body = InParts::new(Bytes::from(whole), Arc::clone(&permit));
        assert_eq!(body.size(), BodySize::Sized(131_073));
        let mut lengths = Vec::new();
        while let Some(part) = poll_fn(|context| Pin::new(&mut body).poll_next(context)).await {
            lengths.push(part.expect("it never fails").len());
            assert_eq!(Arc::strong_count(&permit), 2);
        }
        assert_eq!(lengths, [PART, PART, 1]);
        drop(body);
        assert_eq!(Arc::strong_count(&permit), 1);
    }
}
