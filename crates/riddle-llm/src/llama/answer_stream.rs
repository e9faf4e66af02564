//! The reader's end of an answer.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use riddle_core::{ChatDelta, ChatError};
use tokio::sync::mpsc;

/// Deltas as the model's thread sends them. Dropping it closes the channel, which the thread looks at.
pub(super) struct AnswerStream {
    receiver: mpsc::Receiver<Result<ChatDelta, ChatError>>,
    ended: bool,
}

impl AnswerStream {
    pub(super) fn new(receiver: mpsc::Receiver<Result<ChatDelta, ChatError>>) -> Self {
        Self {
            receiver,
            ended: false,
        }
    }
}

impl Stream for AnswerStream {
    type Item = Result<ChatDelta, ChatError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.ended {
            return Poll::Ready(None);
        }
        self.receiver.poll_recv(context).map(|received| {
            let item = received.unwrap_or_else(|| {
                Err(ChatError::Failed {
                    message: "the model was stopped before the answer was complete; ask again"
                        .to_owned(),
                })
            });
            self.ended = !matches!(item, Ok(ChatDelta::Text(_) | ChatDelta::Restart));
            Some(item)
        })
    }
}
