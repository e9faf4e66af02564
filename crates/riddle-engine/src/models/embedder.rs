use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use riddle_core::{
    Embedder, EmbedderInfo, LoadedEmbedder, ModelError, Purpose, TokenVectors, Tokenizer,
};

use super::resting::Resting;
use super::{AwayEmbedders, QUEUE_CAPACITY, SPECIAL_TOKENS, Writing};
use crate::error::{EngineError, InternalCause};
use crate::model_thread::{ModelThread, Priority};
use crate::throughput::{Room, Throughput};
use crate::token_estimate::estimated_tokens;

/// What the thread does, for the log.
const EMBEDDING: &str = "embedding";
const ONE_EACH: &str = "one vector for each text";

/// An embedder on its thread. Many texts are embedded in batches of some 100 ms, so that a question waits for one
/// batch at most. A batch is measured by estimated tokens and the model's throughput. Ingestion rests between batches
/// while a language model writes an answer on the same CPUs.
#[derive(Clone)]
pub(crate) struct EmbedderHandle {
    pub(crate) info: Arc<EmbedderInfo>,
    /// Counts tokens as the model does.
    pub(crate) tokenizer: Arc<dyn Tokenizer>,
    thread: Arc<ModelThread<Box<dyn Embedder>>>,
    throughput: Arc<Mutex<Throughput>>,
    resting: Arc<Mutex<Resting>>,
    writing: Writing,
    away: AwayEmbedders,
    /// Texts that the model computes at once.
    parallel: usize,
    /// Whether it can stand in for a reranker.
    pub(crate) gives_token_vectors: bool,
}

impl EmbedderHandle {
    /// Moves a model to a thread of its own.
    pub(super) fn spawn(
        loaded: LoadedEmbedder,
        writing: Writing,
        away: AwayEmbedders,
    ) -> std::io::Result<Self> {
        let LoadedEmbedder {
            embedder,
            tokenizer,
        } = loaded;
        Ok(Self {
            info: Arc::new(embedder.info().clone()),
            tokenizer,
            parallel: embedder.parallel(),
            gives_token_vectors: embedder.gives_token_vectors(),
            thread: Arc::new(ModelThread::spawn("embedder", QUEUE_CAPACITY, embedder)?),
            throughput: Arc::default(),
            resting: Arc::default(),
            writing,
            away,
        })
    }

    /// The same embedder under the fingerprint `stored`, if their vectors may be compared. Knowledge bases that an
    /// earlier version has embedded stay as they are.
    #[must_use]
    pub(crate) fn under(mut self, stored: Option<&str>) -> Self {
        if let Some(stored) = stored.filter(|stored| self.info.reads(stored)) {
            self.info = Arc::new(EmbedderInfo {
                fingerprint: stored.to_owned(),
                ..(*self.info).clone()
            });
        }
        self
    }

    /// One vector for each text, and how long the calls waited for the model. Dropping the future cancels the batches
    /// that have not begun.
    pub(crate) async fn embed(
        &self,
        texts: Vec<String>,
        purpose: Purpose,
        priority: Priority,
    ) -> Result<(Vec<Vec<f32>>, Duration), EngineError> {
        let mut vectors = Vec::with_capacity(texts.len());
        let mut waited = Duration::ZERO;
        let mut rest = texts;
        while !rest.is_empty() {
            let batch = self.next_batch(&mut rest);
            let call =
                move |embedder: &mut dyn Embedder, texts: &[&str]| embedder.embed(texts, purpose);
            let (made, batch_waited) = self.run(batch, priority, call).await?;
            vectors.extend(made);
            waited += batch_waited;
        }
        Ok((vectors, waited))
    }

    /// The vector of one short text, and how long the call waited for the model.
    pub(crate) async fn embed_one(
        &self,
        text: String,
        purpose: Purpose,
        priority: Priority,
    ) -> Result<(Vec<f32>, Duration), EngineError> {
        let (vectors, waited) = self.embed(vec![text], purpose, priority).await?;
        Ok((only(vectors)?, waited))
    }

    /// The token vectors of one short text, and how long the call waited for the model.
    pub(crate) async fn token_vectors_of_one(
        &self,
        text: String,
        purpose: Purpose,
        priority: Priority,
    ) -> Result<(TokenVectors, Duration), EngineError> {
        let (vectors, waited) = self.token_vectors(vec![text], purpose, priority).await?;
        Ok((only(vectors)?, waited))
    }

    /// The token vectors of each text, and how long the call waited for the model. The caller makes batches of many
    /// texts with [`Self::next_batch`].
    pub(crate) async fn token_vectors(
        &self,
        batch: Vec<String>,
        purpose: Purpose,
        priority: Priority,
    ) -> Result<(Vec<TokenVectors>, Duration), EngineError> {
        let call = move |embedder: &mut dyn Embedder, texts: &[&str]| {
            embedder.token_vectors(texts, purpose)
        };
        self.run(batch, priority, call).await
    }

    /// Takes the texts of the next batch off the front: as many as the model computes at once, and more where the
    /// throughput allows it.
    pub(crate) fn next_batch(&self, texts: &mut Vec<String>) -> Vec<String> {
        let room = Room {
            tokens: self.throughput().budget(),
            texts: self.parallel,
        };
        let (count, _tokens) = room.first(texts.iter().map(|text| self.tokens(text)));
        let rest = texts.split_off(count);
        std::mem::replace(texts, rest)
    }

    /// Calls waiting now.
    pub(super) fn waiting(&self) -> usize {
        self.thread.waiting()
    }

    /// Whether its thread has ended by itself, so that the model has to be loaded again.
    pub(crate) fn has_ended(&self) -> bool {
        self.thread.has_ended()
    }

    async fn run<R: Send + 'static>(
        &self,
        batch: Vec<String>,
        priority: Priority,
        call: impl FnOnce(&mut dyn Embedder, &[&str]) -> Result<Vec<R>, ModelError> + Send + 'static,
    ) -> Result<(Vec<R>, Duration), EngineError> {
        let tokens = batch.iter().map(|text| self.tokens(text)).sum();
        let count = batch.len();
        let disturbed = self.writing.is_going_on();
        let work = move |embedder: &mut Box<dyn Embedder>| {
            let texts: Vec<&str> = batch.iter().map(String::as_str).collect();
            let started = Instant::now();
            let made = call(embedder.as_mut(), &texts);
            (made, started.elapsed())
        };
        let ((made, took), waited) = self.thread.run(EMBEDDING, priority, work).await?;
        self.away.learn(&self.info.name, made.as_ref().err());
        // A call that failed took no time that says anything.
        let made = made?;
        self.throughput().learn(tokens, took);
        if priority == Priority::Background {
            self.rest(disturbed, tokens, took).await;
        }
        if made.len() != count {
            let broken = InternalCause::BrokenPromise(ONE_EACH);
            return Err(EngineError::internal(EMBEDDING, broken));
        }
        Ok((made, waited))
    }

    /// Leaves the CPUs to an answer that is being written, after a batch of ingestion that took so long.
    async fn rest(&self, disturbed: bool, tokens: u64, took: Duration) {
        let rest = {
            let mut resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
            if !disturbed && !self.writing.is_going_on() {
                resting.learn(tokens, took);
            }
            resting.rest(tokens, took)
        };
        self.writing.rest(rest).await;
    }

    /// Estimated tokens that the model reads of a text.
    fn tokens(&self, text: &str) -> u64 {
        let limit = self.info.max_tokens as u64;
        (estimated_tokens(text) + SPECIAL_TOKENS as u64).min(limit)
    }

    fn throughput(&self) -> MutexGuard<'_, Throughput> {
        // No code that can panic runs under the lock.
        self.throughput
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn only<T>(made: Vec<T>) -> Result<T, EngineError> {
    let broken = || EngineError::internal(EMBEDDING, InternalCause::BrokenPromise(ONE_EACH));
    made.into_iter().next().ok_or_else(broken)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use futures_util::poll;
    use riddle_core::{Clock, LanguageCoverage, Timestamp};
    use riddle_testkit::FakeClock;

    use super::*;

    /// Tells of each call, which goes on when told to.
    struct Gated {
        info: EmbedderInfo,
        calls: mpsc::Sender<Vec<String>>,
        go: mpsc::Receiver<()>,
    }

    /// A text that [`Gated`] fails on.
    const BAD: &str = "bad";

    struct Bytes;

    impl Tokenizer for Bytes {
        fn token_starts(&self, text: &str) -> Vec<usize> {
            (0..text.len()).collect()
        }
    }

    impl Embedder for Gated {
        fn info(&self) -> &EmbedderInfo {
            &self.info
        }

        fn embed(&mut self, texts: &[&str], _: Purpose) -> Result<Vec<Vec<f32>>, ModelError> {
            let told = texts.iter().copied().map(str::to_owned).collect();
            self.calls.send(told).expect("the test listens");
            // A test that has ended lets everything pass.
            let _ = self.go.recv();
            if texts.iter().any(|text| text.starts_with(BAD)) {
                return Err(ModelError::Failed {
                    model: "gated".to_owned(),
                    message: "as told".to_owned(),
                });
            }
            Ok(texts.iter().map(|text| vec![text.len() as f32]).collect())
        }

        fn token_vectors(
            &mut self,
            _: &[&str],
            _: Purpose,
        ) -> Result<Vec<TokenVectors>, ModelError> {
            Ok(Vec::new())
        }
    }

    fn gated() -> (
        EmbedderHandle,
        mpsc::Receiver<Vec<String>>,
        mpsc::Sender<()>,
    ) {
        let (calls, seen) = mpsc::channel();
        let (go, may_go) = mpsc::channel();
        let clock: Arc<dyn Clock> = Arc::new(FakeClock::at(Timestamp(0)));
        let away = AwayEmbedders::new(&clock);
        let info = EmbedderInfo {
            name: "gated".to_owned(),
            fingerprint: "gated".to_owned(),
            compatible: vec!["older".to_owned()],
            dimensions: 1,
            max_tokens: 8_192,
            languages: LanguageCoverage::Multilingual,
            device: "cpu".to_owned(),
        };
        let embedder = Gated {
            info,
            calls,
            go: may_go,
        };
        let loaded = LoadedEmbedder {
            embedder: Box::new(embedder),
            tokenizer: Arc::new(Bytes),
        };
        (
            EmbedderHandle::spawn(loaded, Writing::default(), away).expect("a thread"),
            seen,
            go,
        )
    }

    #[tokio::test]
    async fn what_an_earlier_version_embedded_keeps_its_fingerprint() {
        let (embedder, _calls, _go) = gated();
        let under = |stored| embedder.clone().under(stored).info.fingerprint.clone();
        assert_eq!(under(Some("older")), "older");
        assert_eq!(under(Some("another")), "gated");
        assert_eq!(under(None), "gated");
    }

    #[tokio::test]
    async fn calls_that_fail_teach_no_throughput() {
        let (embedder, _calls, go) = gated();
        drop(go);
        let before = embedder.throughput().budget();
        let long = BAD.repeat(8_192);
        let failed = embedder.embed(vec![long], Purpose::Passage, Priority::Interactive);
        assert!(failed.await.is_err());
        assert_eq!(embedder.throughput().budget(), before);
    }

    #[tokio::test]
    async fn a_question_waits_for_one_batch_of_long_texts_at_most() {
        let (embedder, calls, go) = gated();
        let long: Vec<String> = (0..16).map(|_| "x".repeat(3 * 8_192)).collect();
        let texts = embedder.embed(long, Purpose::Passage, Priority::Interactive);
        tokio::pin!(texts);
        assert!(poll!(&mut texts).is_pending());
        assert_eq!(calls.recv().expect("in work").len(), 1);
        // Another tool's texts were there before the question, and a document's.
        let other = embedder.embed(
            vec!["other".into()],
            Purpose::Passage,
            Priority::Interactive,
        );
        let document = embedder.embed(vec!["doc".into()], Purpose::Passage, Priority::Background);
        let question = embedder.embed(vec!["why".into()], Purpose::Query, Priority::Question);
        tokio::pin!(other, document, question);
        assert!(poll!(&mut other).is_pending() && poll!(&mut document).is_pending());
        assert!(poll!(&mut question).is_pending());
        go.send(()).expect("the model waits");
        assert_eq!(calls.recv().expect("the next call"), ["why"]);
        drop(go);
        assert_eq!(question.await.expect("a vector").0, [[3.0]]);
        let (vectors, _waited) = texts.await.expect("vectors");
        assert_eq!(vectors, vec![vec![3.0 * 8_192.0]; 16]);
        other.await.expect("a vector");
        document.await.expect("a vector");
    }

    #[tokio::test]
    async fn short_texts_share_a_call_and_keep_their_order() {
        let (embedder, calls, go) = gated();
        drop(go);
        let texts: Vec<String> = (1..=2_000).map(|n| "x".repeat(n % 100)).collect();
        let lengths: Vec<Vec<f32>> = texts.iter().map(|text| vec![text.len() as f32]).collect();
        let (vectors, _waited) = embedder
            .embed(texts, Purpose::Passage, Priority::Background)
            .await
            .expect("vectors");
        assert_eq!(vectors, lengths);
        assert!(calls.try_iter().count() < 200);
        let none = embedder.embed(Vec::new(), Purpose::Passage, Priority::Background);
        assert_eq!(none.await.expect("nothing to do").0, Vec::<Vec<f32>>::new());
    }
}
