use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::{HttpRequest, web};
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};

use crate::error::{ApiError, ErrorCode};
use crate::guard::Gate;

/// How much of a body is read, and how patiently.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) max_json_bytes: usize,
    pub(crate) max_upload_bytes: u64,
    pub(crate) max_upload_parts: usize,
    /// How long the body may stand still.
    pub(crate) idle: Duration,
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
        })
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

/// A whole body in memory.
pub(super) async fn read_all(mut payload: Payload, bounds: Bounds) -> Result<Bytes, ApiError> {
    let mut body = BytesMut::new();
    while let Some(piece) = next_within(&mut payload, bounds.idle).await? {
        let piece = piece?;
        if body.len() + piece.len() > bounds.max_json_bytes {
            let limit = bounds.max_json_bytes;
            return Err(ApiError::new(
                ErrorCode::TOO_LARGE,
                format!("the JSON body is larger than {limit} bytes; send text as a file instead"),
            ));
        }
        body.extend_from_slice(&piece);
    }
    Ok(body.freeze())
}
