use std::time::Duration;

use actix_web::{HttpMessage, HttpRequest, web};
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use tokio::time::{Instant, timeout_at};

use super::shape::Shape;
use crate::body_budget::{BodyBudget, Held};
use crate::bounds::MAX_REQUEST_BYTES;
use crate::error::{ApiError, ErrorCode};
use crate::gate::Gate;
use crate::options::JsonBodyTime;

/// Values of such a body.
const MAX_REQUEST_VALUES: usize = 20_000;
/// Values of a body that carries documents or texts.
const MAX_TEXTS_VALUES: usize = 250_000;
/// Levels of any body.
const MAX_DEPTH: usize = 64;

/// What a JSON body carries, which decides how large it may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Carries {
    /// A question, settings, or a passage.
    Request,
    /// Documents, or texts for a model.
    Texts,
    /// Metadata of files that come behind it in the same request. It is held until they are there, so it takes nothing
    /// of the memory of questions.
    Metadata,
}

/// How much of a body is read, and how patiently.
#[derive(Clone, Debug)]
pub(crate) struct Bounds {
    max_json_bytes: usize,
    pub(crate) max_upload_bytes: u64,
    pub(crate) max_upload_parts: usize,
    /// How long the body may stand still.
    pub(crate) idle: Duration,
    json_time: JsonBodyTime,
    budget: BodyBudget,
}

impl Bounds {
    pub(crate) fn of(request: &HttpRequest) -> Result<Self, ApiError> {
        let gate = request
            .app_data::<web::Data<Gate>>()
            .ok_or_else(|| ApiError::internal("the gate is not configured"))?;
        let options = &gate.options;
        Ok(Self {
            max_json_bytes: options.max_json_bytes,
            max_upload_bytes: options.max_upload_bytes,
            max_upload_parts: options.max_upload_parts,
            idle: options.client_timeout,
            json_time: options.json_time,
            budget: gate.bodies.clone(),
        })
    }

    /// Bytes of a JSON body.
    fn max_bytes(&self, carries: Carries) -> usize {
        match carries {
            Carries::Request | Carries::Metadata => self.max_json_bytes.min(MAX_REQUEST_BYTES),
            Carries::Texts => self.max_json_bytes,
        }
    }

    /// Where the body is to be held. Nothing of it is yet.
    fn hold(&self, request: &HttpRequest, carries: Carries) -> Held {
        match carries {
            Carries::Request => self.budget.of_requests(request),
            Carries::Texts | Carries::Metadata => self.budget.of_texts(request),
        }
    }
}

impl Carries {
    /// Refuses a JSON body that would take much more memory than its length lets expect.
    pub(super) fn check_shape(self, json: &[u8]) -> Result<(), ApiError> {
        let shape = Shape {
            max_values: match self {
                Self::Request | Self::Metadata => MAX_REQUEST_VALUES,
                Self::Texts => MAX_TEXTS_VALUES,
            },
            max_depth: MAX_DEPTH,
        };
        shape.check(json)
    }
}

/// The next item of a body, or an error if it does not come in time.
pub(crate) async fn next_within<S: Stream + Unpin>(
    stream: &mut S,
    idle: Duration,
) -> Result<Option<S::Item>, ApiError> {
    let next = tokio::time::timeout(idle, stream.next()).await;
    next.map_err(|_elapsed| {
        ApiError::new(
            ErrorCode::REQUEST_TIMEOUT,
            "the body stopped coming; send it again",
        )
    })
}

/// A whole body, or a part of one, in memory. It takes from others what it holds, so it must come in time. The request
/// holds its part of the budget to its end, because what is made of the body lives as long.
pub(super) async fn read_all<S, E>(
    request: &HttpRequest,
    mut body_stream: S,
    carries: Carries,
) -> Result<Bytes, ApiError>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
    ApiError: From<E>,
{
    let bounds = Bounds::of(request)?;
    let limit = bounds.max_bytes(carries);
    let due = Instant::now() + bounds.json_time.of(limit);
    let mut held = bounds.hold(request, carries);
    let mut body = BytesMut::new();
    while let Some(bytes) = next_until(due, &mut body_stream, bounds.idle).await? {
        let bytes = bytes?;
        if body.len() + bytes.len() > limit {
            return Err(ApiError::new(
                ErrorCode::TOO_LARGE,
                format!("the JSON is larger than {limit} bytes; send text as a file instead"),
            ));
        }
        held.take(bytes.len())?;
        body.extend_from_slice(&bytes);
    }
    request.extensions_mut().insert(held);
    Ok(body.freeze())
}

/// The next item of a body that must be whole by then.
async fn next_until<S: Stream + Unpin>(
    due: Instant,
    stream: &mut S,
    idle: Duration,
) -> Result<Option<S::Item>, ApiError> {
    let next = timeout_at(due, next_within(stream, idle)).await;
    next.map_err(|_elapsed| {
        ApiError::new(
            ErrorCode::REQUEST_TIMEOUT,
            "the body took too long to come; send it over a faster connection, or in smaller parts",
        )
    })?
}
