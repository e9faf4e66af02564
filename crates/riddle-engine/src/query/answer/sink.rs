use futures_util::future::BoxFuture;
use riddle_core::AnswerEvent;
use tokio::sync::mpsc;

use crate::events::Event;

/// Where an answer's events go.
pub(in crate::query) struct Sink(
    Box<dyn Fn(Event<AnswerEvent>) -> BoxFuture<'static, ()> + Send + Sync>,
);

impl Sink {
    /// A sink into a stream, whose items `form` makes of the events.
    pub(in crate::query) fn new<E: Send + 'static>(
        events: mpsc::Sender<Event<E>>,
        form: impl Fn(AnswerEvent) -> E + Send + Sync + 'static,
    ) -> Self {
        Self(Box::new(move |event| {
            let (events, event) = (events.clone(), event.map(&form));
            // If the reader has gone, the work is dropped too, so the error does not matter.
            Box::pin(async move { drop(events.send(event).await) })
        }))
    }

    /// Sends an event. Waits until there is room.
    pub(in crate::query) async fn send(&self, event: Event<AnswerEvent>) {
        (self.0)(event).await;
    }
}
