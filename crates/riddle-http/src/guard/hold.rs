use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::ConnectionType;
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse, web};
use bytes::Bytes;
use futures_util::Stream;

use super::promise::{Promised, no_room};
use crate::answers::Answers;
use crate::connections::{Connection, Holds, Peer};
use crate::error::{ApiError, ErrorCode};
use crate::gate::Gate;
use crate::large_json::{HoldsPermit, InParts, OfTheProgram, PART};
use crate::memory_budget::Portion;

/// Tells the connection of a request what the server does with it, and keeps what is beyond the bounds to health
/// checks.
pub(crate) async fn hold(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    // Requests of tests that bind no socket have none.
    let Some(connection) = request.conn_data::<Arc<Connection>>().cloned() else {
        return Ok(next.call(request).await?.map_into_boxed_body());
    };
    let payload = request.take_payload();
    let has_body = !matches!(payload, Payload::None);
    connection.begin(has_body);
    let in_work = InWork(Arc::clone(&connection));
    request.set_payload(if has_body {
        watched(payload, Arc::clone(&connection))
    } else {
        payload
    });
    let gate = request.app_data::<web::Data<Gate>>();
    let answers = gate.and_then(|gate| gate.answers.clone());
    let response = if connection.reserved && !asks_for_health(request.path()) {
        let (request, _payload) = request.into_parts();
        ServiceResponse::new(request, HttpResponse::from_error(beyond_the_bounds()))
    } else {
        next.call(request).await?.map_into_boxed_body()
    };
    let mut response = send(response, in_work, answers.as_deref()).await;
    if connection.reserved {
        let head = response.response_mut().head_mut();
        head.set_connection_type(ConnectionType::Close);
    }
    Ok(response)
}

/// Whether a connection of the reserve may ask this.
fn asks_for_health(path: &str) -> bool {
    matches!(path, "/api/v1/health" | "/ping")
}

/// Keeps the connection at work until the answer has gone out, and what a large one takes of the memory.
async fn send(
    response: ServiceResponse<BoxBody>,
    in_work: InWork,
    answers: Option<&Answers>,
) -> ServiceResponse<BoxBody> {
    let (request, response) = response.into_parts();
    let promised = request.extensions_mut().remove::<Promised>();
    let (response, body) = response.into_parts();
    let sent = match body.try_into_bytes() {
        Ok(bytes) if bytes.len() <= PART => response.set_body(BoxBody::new(bytes)),
        Ok(bytes) if response.extensions().contains::<OfTheProgram>() => {
            response.set_body(BoxBody::new(InParts::new(bytes, in_work)))
        }
        Ok(bytes) => {
            let room = room_for(bytes.len(), in_work.0.peer, answers, promised).await;
            send_large(response, bytes, in_work, room)
        }
        Err(body) => {
            if response.extensions().contains::<HoldsPermit>() {
                in_work.0.sends(Holds::Permit);
            }
            let body = HeldBody {
                body,
                _in_work: in_work,
            };
            response.set_body(BoxBody::new(body))
        }
    };
    ServiceResponse::new(request, sent)
}

/// The memory that a large answer holds; none where no socket is bound.
async fn room_for(
    bytes: usize,
    peer: Peer,
    answers: Option<&Answers>,
    promised: Option<Promised>,
) -> Result<Option<Portion>, ApiError> {
    match (answers, promised) {
        (Some(answers), Some(Promised(mut room))) => {
            answers.keep_promise(&mut room, bytes).await;
            Ok(Some(room))
        }
        (Some(answers), None) => match answers.room(peer, bytes).await {
            Some(room) => Ok(Some(room)),
            None => Err(no_room()),
        },
        (None, _) => Ok(None),
    }
}

fn send_large(
    response: HttpResponse<()>,
    bytes: Bytes,
    in_work: InWork,
    room: Result<Option<Portion>, ApiError>,
) -> HttpResponse {
    match room {
        Ok(room) => {
            in_work.0.sends(Holds::Memory);
            response.set_body(BoxBody::new(InParts::new(bytes, (room, in_work))))
        }
        Err(error) => HttpResponse::from_error(error),
    }
}

fn beyond_the_bounds() -> ApiError {
    ApiError::new(
        ErrorCode::OVERLOADED,
        "too many connections are at work; close some or wait, and if a proxy stands before this server, raise \
         `limits.max_connections_per_address`",
    )
}

/// Ends the connection's work when dropped.
struct InWork(Arc<Connection>);

impl Drop for InWork {
    fn drop(&mut self) {
        self.0.end(Instant::now());
    }
}

/// A body that is still to be made, or is sent in parts: until it has gone out or its client has gone, the connection
/// is at work.
struct HeldBody {
    body: BoxBody,
    _in_work: InWork,
}

impl MessageBody for HeldBody {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}

fn watched(payload: Payload, connection: Arc<Connection>) -> Payload {
    Payload::Stream {
        payload: Box::pin(WatchedBody {
            payload,
            connection,
        }),
    }
}

/// The body of a request, which must not come too slowly.
struct WatchedBody {
    payload: Payload,
    connection: Arc<Connection>,
}

impl Stream for WatchedBody {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = Pin::new(&mut self.payload).poll_next(context);
        match &polled {
            Poll::Pending => self.connection.body_waits(Instant::now()),
            Poll::Ready(Some(Ok(bytes))) => {
                if !self.connection.body_came(Instant::now(), bytes.len()) {
                    return Poll::Ready(Some(Err(PayloadError::Io(too_slow()))));
                }
            }
            Poll::Ready(_) => self.connection.body_ended(),
        }
        polled
    }
}

impl Drop for WatchedBody {
    fn drop(&mut self) {
        self.connection.body_ended();
    }
}

fn too_slow() -> std::io::Error {
    std::io::Error::new(
        std::io::ErrorKind::TimedOut,
        "the body comes too slowly; send it again over a faster connection, or in smaller parts",
    )
}
