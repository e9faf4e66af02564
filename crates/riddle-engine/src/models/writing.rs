use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use riddle_core::{ChatModel, ChatModelInfo, ChatRequest, ChatStream};
use tokio::sync::watch;

/// The device of a model that shares the CPUs with everything else here.
const CPU: &str = "cpu";

/// How many answers a language model writes on the CPUs of this machine now. Work in the background rests
/// meanwhile for a part of the time, so that whoever reads the answer does not wait for it.
#[derive(Clone)]
pub(crate) struct Writing {
    answers: Arc<watch::Sender<usize>>,
}

/// An answer that is being written.
struct Answer(Writing);

impl Default for Writing {
    fn default() -> Self {
        Self {
            answers: Arc::new(watch::Sender::new(0)),
        }
    }
}

impl Writing {
    /// The same model, whose answers are counted from the request until their stream is dropped. A model that computes
    /// elsewhere keeps nobody here waiting and comes back as it is.
    pub(super) fn counted(&self, chat: Arc<dyn ChatModel>) -> Arc<dyn ChatModel> {
        if chat.info().device != CPU {
            return chat;
        }
        let writing = self.clone();
        Arc::new(Counted { chat, writing })
    }

    pub(super) fn is_going_on(&self) -> bool {
        *self.answers.borrow() > 0
    }

    /// Waits for `most`, but no longer than an answer is being written.
    pub(crate) async fn rest(&self, most: Duration) {
        let mut answers = self.answers.subscribe();
        let silence = answers.wait_for(|answers| *answers == 0);
        // The sender lives as long as this, and the end of the time is as good as silence.
        let _ = tokio::time::timeout(most, silence).await;
    }

    fn begin(&self) -> Answer {
        self.answers.send_modify(|answers| *answers += 1);
        Answer(self.clone())
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.0.answers.send_modify(|answers| *answers -= 1);
    }
}

struct Counted {
    chat: Arc<dyn ChatModel>,
    writing: Writing,
}

impl ChatModel for Counted {
    fn info(&self) -> &ChatModelInfo {
        self.chat.info()
    }

    fn count_tokens(&self, text: &str) -> usize {
        self.chat.count_tokens(text)
    }

    fn chat(&self, request: ChatRequest) -> ChatStream {
        let answer = self.writing.begin();
        let deltas = self.chat.chat(request);
        // The closure, and the answer in it, lives until the stream is dropped.
        Box::pin(deltas.inspect(move |_delta| {
            let _counted = &answer;
        }))
    }

    fn has_ended(&self) -> bool {
        self.chat.has_ended()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use futures_util::{poll, stream};

    use super::*;

    struct Silent(ChatModelInfo);

    impl ChatModel for Silent {
        fn info(&self) -> &ChatModelInfo {
            &self.0
        }

        fn count_tokens(&self, text: &str) -> usize {
            text.len()
        }

        fn chat(&self, _request: ChatRequest) -> ChatStream {
            Box::pin(stream::pending())
        }
    }

    fn model_on(device: &str) -> Arc<dyn ChatModel> {
        Arc::new(Silent(ChatModelInfo {
            name: "silent".to_owned(),
            engine: "none".to_owned(),
            device: device.to_owned(),
            context_tokens: 64,
        }))
    }

    fn ask(chat: &dyn ChatModel) -> ChatStream {
        chat.chat(ChatRequest {
            messages: Vec::new(),
            max_tokens: 1,
            temperature: 0.0,
            seed: None,
            thinking: false,
        })
    }

    #[test]
    fn an_answer_counts_until_its_stream_is_dropped() {
        let writing = Writing::default();
        let chat = writing.counted(model_on("cpu"));
        assert!(!writing.is_going_on());
        let (one, other) = (ask(&*chat), ask(&*chat));
        assert!(writing.is_going_on());
        drop(one);
        assert!(writing.is_going_on());
        drop(other);
        assert!(!writing.is_going_on());
    }

    #[test]
    fn a_model_that_computes_elsewhere_keeps_nothing_back() {
        let writing = Writing::default();
        for device in ["remote", "gpu"] {
            let chat = writing.counted(model_on(device));
            let _answer = ask(&*chat);
            assert!(!writing.is_going_on(), "{device}");
        }
    }

    #[tokio::test]
    async fn a_rest_ends_with_its_time_or_with_the_last_answer() {
        const LONG: Duration = Duration::from_secs(86_400);
        let writing = Writing::default();
        writing.rest(LONG).await;

        let (one, other) = (writing.begin(), writing.begin());
        let started = Instant::now();
        writing.rest(Duration::from_millis(20)).await;
        assert!(started.elapsed() >= Duration::from_millis(20));

        let resting = writing.rest(LONG);
        tokio::pin!(resting);
        assert!(poll!(&mut resting).is_pending());
        drop(one);
        assert!(poll!(&mut resting).is_pending());
        drop(other);
        assert!(poll!(&mut resting).is_ready());
    }
}
