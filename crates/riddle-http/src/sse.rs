//! Server-sent events.

use std::any::Any;
use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, pin_mut, stream};
use riddle_engine::{EngineError, on_behalf_of};
use serde::Serialize;
use tokio::sync::mpsc;
use tracing::Instrument;

use crate::error::{ApiError, ErrorShape};
use crate::guard::RequestId;
use crate::large_json::HoldsPermit;

/// Silence after which a comment is sent: it keeps proxies from closing, and finds out whether the client is there.
const HEARTBEAT: Duration = Duration::from_secs(10);
const HEARTBEAT_FRAME: &[u8] = b": still here\n\n";
/// How long a client may leave events unread before the work behind them is given up.
const STALL: Duration = Duration::from_secs(30);
/// Events made ahead of the client.
const AHEAD: usize = 64;

/// An event with a name and JSON data.
pub(crate) fn event(name: &str, data: &impl Serialize) -> Bytes {
    frame(Some(name), &json(data))
}

/// An event without a name, as OpenAI sends them.
pub(crate) fn data(data: &impl Serialize) -> Bytes {
    frame(None, &json(data))
}

/// What ends a stream of OpenAI's.
pub(crate) fn openai_end() -> Bytes {
    frame(None, "[DONE]")
}

/// Answers with these frames as they come. The stream is dropped when the client goes or stops reading. Where making a
/// frame panics, the last one says so as errors of this shape do.
pub(crate) fn respond(
    frames: impl Stream<Item = Bytes> + 'static,
    shape: ErrorShape,
    request_id: RequestId,
) -> HttpResponse {
    let (sender, receiver) = mpsc::channel(AHEAD);
    let id = request_id.clone();
    let frames = AssertUnwindSafe(frames).catch_unwind();
    let frames = frames.map(move |frame| {
        frame.unwrap_or_else(|panic| broken_off(panic.as_ref(), shape, &request_id))
    });
    let pumping = async move { on_behalf_of(id.as_str(), pump(frames, sender)).await };
    actix_web::rt::spawn(pumping.in_current_span());
    let mut response = HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/event-stream; charset=utf-8"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((HeaderName::from_static("x-accel-buffering"), "no"))
        .streaming(stream::unfold(receiver, next_frame));
    // Most work behind a stream holds one, for as long as its reader takes a little of it now and then.
    response.extensions_mut().insert(HoldsPermit);
    response
}

/// What ends a stream that a panic has broken off.
fn broken_off(panic: &(dyn Any + Send), shape: ErrorShape, request_id: &RequestId) -> Bytes {
    let error = ApiError::from(EngineError::panicked("answering with events", panic));
    error.log(request_id.as_str());
    match shape {
        ErrorShape::OpenAi => data(&error.openai_body()),
        _ => event("error", &error.body(request_id.as_str())),
    }
}

/// Runs apart from the body, because a body is only polled while the client reads.
async fn pump(frames: impl Stream<Item = Bytes>, sender: mpsc::Sender<Bytes>) {
    pin_mut!(frames);
    loop {
        let frame = tokio::select! {
            frame = frames.next() => frame,
            () = sender.closed() => None,
        };
        let Some(frame) = frame else { return };
        if sender.send_timeout(frame, STALL).await.is_err() {
            tracing::debug!("the client of an event stream is gone or does not read");
            return;
        }
    }
}

async fn next_frame(
    mut receiver: mpsc::Receiver<Bytes>,
) -> Option<(Result<Bytes, Infallible>, mpsc::Receiver<Bytes>)> {
    let frame = match tokio::time::timeout(HEARTBEAT, receiver.recv()).await {
        Ok(frame) => frame?,
        Err(_silence) => Bytes::from_static(HEARTBEAT_FRAME),
    };
    Some((Ok(frame), receiver))
}

fn frame(name: Option<&str>, data: &str) -> Bytes {
    let name = name.map_or_else(String::new, |name| format!("event: {name}\n"));
    Bytes::from(format!("{name}data: {data}\n\n"))
}

/// JSON on one line: serde escapes line breaks, so that data cannot end an event early.
fn json(data: &impl Serialize) -> String {
    serde_json::to_string(data).unwrap_or_else(|error| {
        tracing::error!(%error, "an event could not be written as JSON");
        "{}".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderMap;
    use serde_json::json;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    #[test]
    fn line_breaks_stay_inside_the_data() {
        let frame = event("token", &json!({"text": "a\n\nevent: done\r\n"}));
        let frame = std::str::from_utf8(&frame).expect("UTF-8");
        assert_eq!(
            frame,
            "event: token\ndata: {\"text\":\"a\\n\\nevent: done\\r\\n\"}\n\n"
        );
    }

    #[actix_web::test]
    async fn a_stream_that_panics_ends_with_an_error_in_the_words_of_its_reader() {
        for (shape, expected) in [
            (
                ErrorShape::Own,
                "event: error\ndata: {\"code\":\"internal\"",
            ),
            (ErrorShape::OpenAi, "data: {\"error\":{"),
        ] {
            let frames = stream::iter([1, 2]).map(|number| {
                assert!(number == 1, "as told");
                Bytes::from_static(b"data: 1\n\n")
            });
            let response = respond(frames, shape, RequestId::of(&HeaderMap::new()));
            let body = actix_web::body::to_bytes(response.into_body()).await;
            let body = body.expect("a body");
            let text = std::str::from_utf8(&body).expect("UTF-8");
            let last = text.strip_prefix("data: 1\n\n").expect("the first frame");
            assert!(last.starts_with(expected), "{last}");
            assert!(!last.contains("as told"), "{last}");
        }
    }

    #[actix_web::test]
    async fn a_stream_must_be_taken_as_fast_as_what_others_wait_for() {
        let id = RequestId::of(&HeaderMap::new());
        let response = respond(stream::empty(), ErrorShape::Own, id);
        assert!(response.extensions().contains::<HoldsPermit>());
    }

    #[actix_web::test]
    async fn dropping_the_body_drops_the_work() {
        let (alive, mut dropped) = mpsc::channel::<()>(1);
        let frames = stream::once(async { Bytes::from_static(b"data: 1\n\n") }).chain(
            stream::once(async move {
                let _alive = alive;
                std::future::pending().await
            }),
        );
        let response = respond(frames, ErrorShape::Own, RequestId::of(&HeaderMap::new()));
        let mut body = response.into_body();
        let first = std::future::poll_fn(|context| {
            actix_web::body::MessageBody::poll_next(std::pin::Pin::new(&mut body), context)
        })
        .await;
        assert_eq!(first.expect("a frame").expect("no error"), "data: 1\n\n");
        drop(body);
        assert_eq!(dropped.recv().await, None);
    }

    /// Tells when it is dropped.
    struct Guard(mpsc::UnboundedSender<()>);

    impl Drop for Guard {
        fn drop(&mut self) {
            let _ = self.0.send(());
        }
    }

    /// As the server is configured: a client that closes its side has gone.
    #[actix_web::test]
    async fn a_client_that_goes_while_nothing_is_sent_ends_the_work() {
        let (sender, mut ended) = mpsc::unbounded_channel();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("bound");
        let server = actix_web::HttpServer::new(move || {
            let sender = sender.clone();
            let silent = move || {
                let guard = Guard(sender.clone());
                let frames = stream::once(async move {
                    let _guard = guard;
                    std::future::pending().await
                });
                async {
                    let id = RequestId::of(&HeaderMap::new());
                    respond(frames, ErrorShape::Own, id)
                }
            };
            actix_web::App::new().route("/", actix_web::web::get().to(silent))
        })
        .h1_allow_half_closed(false)
        .workers(1)
        .disable_signals()
        .listen(listener)
        .expect("listens")
        .run();
        let handle = server.handle();
        actix_web::rt::spawn(server);

        let mut client = TcpStream::connect(address).await.expect("connected");
        let request = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        client.write_all(request).await.expect("sent");
        let mut head = [0_u8; 12];
        client.read_exact(&mut head).await.expect("a response");
        assert_eq!(&head, b"HTTP/1.1 200");
        assert!(ended.try_recv().is_err(), "the stream has ended too early");
        drop(client);
        // Before the first heartbeat, which would find out as well.
        let dropped = tokio::time::timeout(HEARTBEAT / 2, ended.recv()).await;
        assert_eq!(dropped, Ok(Some(())));
        handle.stop(false).await;
    }
}
