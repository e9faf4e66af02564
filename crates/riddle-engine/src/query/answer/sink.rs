use futures_util::future::BoxFuture;
use riddle_core::AnswerEvent;
use tokio::sync::mpsc;

use crate::events::Event;

/// Where an answer's events go.
pub(in crate::query) struct Sink(
    Box<dyn Fn(Event<AnswerEvent>) -> BoxFuture<'static, ()> + Send + Sync>,
);

impl Sink {
    /// Into a stream, each event in the form that the stream has it.
    pub(in crate::query) fn new<E: Send + 'static>(
        events: mpsc::Sender<Event<E>>,
        form: impl Fn(AnswerEvent) -> E + Send + Sync + 'static,
    ) -> Self {
        Self(Box::new(move |event| {
            let (events, event) = (events.clone(), event.map(&form));
            // A reader that has gone takes the work with it, so that is no concern here.
            Box::pin(async move { drop(events.send(event).await) })
        }))
    }

    /// Waits until there is room.
    pub(in crate::query) async fn send(&self, event: Event<AnswerEvent>) {
        (self.0)(event).await;
    }
}
