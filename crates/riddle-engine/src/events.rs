use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use riddle_core::AnswerEvent;
use tokio::sync::mpsc;

use crate::error::EngineError;

/// Events that may wait for a slow reader before the work pauses.
const CAPACITY: usize = 32;

pub(crate) type Event<T> = Result<T, EngineError>;

/// A stream of events. Dropping it stops the work.
pub(crate) type Events<T> = Pin<Box<dyn Stream<Item = Event<T>> + Send>>;

/// The events of an answer. Dropping the stream stops the work.
pub type AnswerEvents = Events<AnswerEvent>;

/// A stream that works only while it is polled. Dropping it drops the work.
pub(crate) fn event_stream<T, W, F>(work: W) -> Events<T>
where
    T: Send + 'static,
    W: FnOnce(mpsc::Sender<Event<T>>) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    let (sender, events) = mpsc::channel(CAPACITY);
    Box::pin(EventStream {
        work: Some(Box::pin(work(sender))),
        events,
    })
}

struct EventStream<T> {
    work: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    events: mpsc::Receiver<Event<T>>,
}

impl<T> Stream for EventStream<T> {
    type Item = Event<T>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Event<T>>> {
        if let Poll::Ready(event) = self.events.poll_recv(cx) {
            return Poll::Ready(event);
        }
        // Without work the end has been sent. It is still to come where the runtime wants others to have their turn
        // first, and polls again.
        let Some(work) = self.work.as_mut() else {
            return Poll::Pending;
        };
        if work.as_mut().poll(cx).is_ready() {
            self.work = None;
        }
        self.events.poll_recv(cx)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt;

    use super::*;

    fn token(text: &str) -> Event<AnswerEvent> {
        Ok(AnswerEvent::Token(text.to_owned()))
    }

    #[tokio::test]
    async fn all_events_come_in_order_and_the_stream_ends() {
        let stream = event_stream(|events| async move {
            for number in 0..100 {
                let _ = events.send(token(&number.to_string())).await;
                tokio::task::yield_now().await;
            }
        });
        let events: Vec<Event<AnswerEvent>> = stream.collect().await;
        assert_eq!(events.len(), 100);
        assert!(matches!(&events[99], Ok(AnswerEvent::Token(text)) if text == "99"));
    }

    /// However often the runtime makes the reader wait for its turn, which it does after some hundred steps.
    #[tokio::test]
    async fn what_was_sent_at_once_comes_whole() {
        for _ in 0..1_000 {
            let stream = event_stream(|events| async move {
                for _ in 0..20 {
                    let _ = events.send(token("at once")).await;
                }
            });
            assert_eq!(stream.count().await, 20);
        }
    }

    #[tokio::test]
    async fn dropping_the_stream_drops_the_work() {
        let (alive, gone) = tokio::sync::oneshot::channel::<()>();
        let mut stream = event_stream(|events| async move {
            let _alive = alive;
            let _ = events.send(token("first")).await;
            std::future::pending::<()>().await;
        });
        assert!(stream.next().await.is_some());
        drop(stream);
        assert!(gone.await.is_err());
    }
}
