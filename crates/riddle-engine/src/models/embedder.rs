use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use riddle_core::{
    Embedder, EmbedderInfo, LoadedEmbedder, ModelError, Purpose, TokenVectors, Tokenizer,
};

use super::{QUEUE_CAPACITY, SPECIAL_TOKENS};
use crate::error::EngineError;
use crate::model_thread::{ModelThread, Priority};
use crate::pace::{Pace, Room};
use crate::token_estimate::estimated_tokens;

/// An embedder on its thread. Many texts are embedded in pieces of some 100 ms, by a token estimate and the pace of the
/// model, so that a question waits for one piece at most.
#[derive(Clone)]
pub(crate) struct EmbedderHandle {
    /// What it is.
    pub(crate) info: Arc<EmbedderInfo>,
    /// Counts tokens as it does.
    pub(crate) tokenizer: Arc<dyn Tokenizer>,
    thread: Arc<ModelThread<Box<dyn Embedder>>>,
    pace: Arc<Mutex<Pace>>,
    /// Texts that the model computes at once.
    parallel: usize,
}

impl EmbedderHandle {
    /// Moves a model to a thread of its own.
    pub(super) fn spawn(loaded: LoadedEmbedder) -> std::io::Result<Self> {
        let LoadedEmbedder {
            embedder,
            tokenizer,
        } = loaded;
        Ok(Self {
            info: Arc::new(embedder.info().clone()),
            tokenizer,
            parallel: embedder.parallel(),
            thread: Arc::new(ModelThread::spawn("embedder", QUEUE_CAPACITY, embedder)?),
            pace: Arc::default(),
        })
    }

    /// The same under the fingerprint `stored`, if its vectors may be compared with those: what an earlier version has
    /// embedded is searched and added to as it is.
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

    /// One vector for each text, and how long the calls waited for the model. Dropping the future leaves the rest of
    /// the pieces undone.
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
            let piece = self.next_piece(&mut rest);
            let call =
                move |embedder: &mut dyn Embedder, texts: &[&str]| embedder.embed(texts, purpose);
            let (made, piece_waited) = self.run(piece, priority, call).await?;
            vectors.extend(made);
            waited += piece_waited;
        }
        Ok((vectors, waited))
    }

    /// The token vectors of each text, and how long the call waited for the model. The caller cuts many texts into
    /// pieces with [`Self::next_piece`].
    pub(crate) async fn token_vectors(
        &self,
        piece: Vec<String>,
        purpose: Purpose,
        priority: Priority,
    ) -> Result<(Vec<TokenVectors>, Duration), EngineError> {
        let call = move |embedder: &mut dyn Embedder, texts: &[&str]| {
            embedder.token_vectors(texts, purpose)
        };
        self.run(piece, priority, call).await
    }

    /// Takes the texts of the next call off the front: as many as the model computes at once, and more where they fit
    /// the present pace.
    pub(crate) fn next_piece(&self, texts: &mut Vec<String>) -> Vec<String> {
        let room = Room {
            tokens: self.pace().budget(),
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

    async fn run<R: Send + 'static>(
        &self,
        piece: Vec<String>,
        priority: Priority,
        call: impl FnOnce(&mut dyn Embedder, &[&str]) -> Result<R, ModelError> + Send + 'static,
    ) -> Result<(R, Duration), EngineError> {
        let tokens = piece.iter().map(|text| self.tokens(text)).sum();
        let work = move |embedder: &mut Box<dyn Embedder>| {
            let texts: Vec<&str> = piece.iter().map(String::as_str).collect();
            let started = Instant::now();
            let made = call(embedder.as_mut(), &texts);
            (made, started.elapsed())
        };
        let ((made, took), waited) = self.thread.run(priority, work).await?;
        self.pace().learn(tokens, took);
        Ok((made?, waited))
    }

    /// About what the model reads of a text.
    fn tokens(&self, text: &str) -> u64 {
        let limit = self.info.max_tokens as u64;
        (estimated_tokens(text) + SPECIAL_TOKENS as u64).min(limit)
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        // No code that can panic runs under the lock.
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use futures_util::poll;
    use riddle_core::LanguageCoverage;

    use super::*;

    /// Tells of each call, which goes on when told to.
    struct Gated {
        info: EmbedderInfo,
        calls: mpsc::Sender<Vec<String>>,
        go: mpsc::Receiver<()>,
    }

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
        (EmbedderHandle::spawn(loaded).expect("a thread"), seen, go)
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
    async fn a_question_waits_for_one_piece_of_long_texts_at_most() {
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
