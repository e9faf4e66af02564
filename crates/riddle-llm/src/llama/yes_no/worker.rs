//! The thread that owns a model: llama.cpp's contexts borrow from it and cannot be moved with it.

use std::sync::mpsc::SyncSender;
use std::thread::Builder;
use std::time::{Duration, Instant};

use riddle_core::{ModelError, PairScore, RerankKind, RerankerInfo, ScoreOptions, ScoreScale};
use riddle_owner_thread::{Fifo, OwnerThread, Panicked, StartError};
use tracing::Span;

use super::super::options::LlamaOptions;
use super::super::panicked::message_of;
use super::super::worker::{STACK_BYTES, open};
use super::YesNoOptions;
use super::scorer::Scorer;

/// How long the first pair may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Pairs that somebody waits for.
pub(super) struct Job {
    pub(super) pairs: Vec<(String, String)>,
    pub(super) options: ScoreOptions,
    pub(super) kind: JobKind,
    pub(super) span: Span,
}

/// What is asked about the pairs, and where the answer goes.
pub(super) enum JobKind {
    /// Their scores.
    Scores(Reply<Option<PairScore>>),
    /// Whether each fits the model whole.
    ReadWhole(Reply<bool>),
}

pub(super) type PairResults<T> = Result<Vec<T>, ModelError>;

/// The answer for a caller who waits.
pub(super) struct Reply<T> {
    made: Option<PairResults<T>>,
    sender: SyncSender<Result<PairResults<T>, Panicked>>,
}

impl<T> Reply<T> {
    pub(super) fn to(sender: SyncSender<Result<PairResults<T>, Panicked>>) -> Self {
        Self { made: None, sender }
    }

    fn send(self, outcome: Result<(), Panicked>) {
        let told = match (outcome, self.made) {
            (Err(panicked), _) => Err(panicked),
            (Ok(()), Some(made)) => Ok(made),
            // A call that ended without a panic has a result.
            (Ok(()), None) => return,
        };
        // Whoever asked may have gone.
        let _ = self.sender.send(told);
    }
}

impl Job {
    fn run(&mut self, scorer: &mut Scorer<'_>) {
        let (pairs, options) = (&self.pairs, &self.options);
        match &mut self.kind {
            JobKind::Scores(reply) => reply.made = Some(scorer.score(pairs, options)),
            JobKind::ReadWhole(reply) => reply.made = Some(Ok(scorer.read_whole(pairs, options))),
        }
    }
}

impl riddle_owner_thread::Job for Job {
    type Outcome = ();

    /// Always, because the caller blocks until the answer.
    fn is_wanted(&self) -> bool {
        true
    }

    fn answer(self, outcome: Result<(), Panicked>) {
        match self.kind {
            JobKind::Scores(reply) => reply.send(outcome),
            JobKind::ReadWhole(reply) => reply.send(outcome),
        }
    }

    fn span(&self) -> &Span {
        &self.span
    }
}

/// Starts the thread and waits until its model has scored a pair. One job waits at most: who asks waits for the answer.
pub(super) fn spawn(
    options: &YesNoOptions,
) -> Result<(OwnerThread<Fifo<Job>>, RerankerInfo), ModelError> {
    let builder = Builder::new()
        .name("yes-no".to_owned())
        .stack_size(STACK_BYTES);
    let thread_options = options.clone();
    let started = OwnerThread::spawn(builder, Fifo::new(1), move |owner| {
        let options = &thread_options;
        let opened = open(&LlamaOptions::new(&options.path, &options.name));
        let (backend, model, architecture) = opened.map_err(|error| ModelError::Unavailable {
            model: options.name.clone(),
            remedy: error.to_string(),
        })?;
        let scorer = Scorer::new(backend, &model, &architecture, options)?;
        let mut scorer = try_out(scorer, &options.name)?;
        let ready = info(options, scorer.max_tokens());
        Ok(owner.serve(
            ready,
            &mut scorer,
            |scorer, job: &mut Job| job.run(scorer),
            |scorer| scorer.forget(),
        ))
    });
    let failed = |message: String| ModelError::Failed {
        model: options.name.clone(),
        message,
    };
    started.map_err(|error| match error {
        StartError::Failed(error) => error,
        StartError::NoThread(error) => failed(format!("no thread is to be had: {error}")),
        StartError::Panicked(panicked) => failed(message_of(&panicked)),
    })
}

/// A model that gives no score is told now, not with the first question.
fn try_out<'m>(mut scorer: Scorer<'m>, name: &str) -> Result<Scorer<'m>, ModelError> {
    let pair = ("riddle".to_owned(), "sieve".to_owned());
    let options = ScoreOptions::until(Instant::now() + PATIENCE);
    match scorer.score(&[pair], &options)?.as_slice() {
        [Some(score)] if score.raw.is_finite() => Ok(scorer),
        _ => Err(ModelError::Failed {
            model: name.to_owned(),
            message: "it gives no finite score for a short pair; choose a smaller or another model"
                .to_owned(),
        }),
    }
}

fn info(options: &YesNoOptions, max_tokens: usize) -> RerankerInfo {
    RerankerInfo {
        name: options.name.clone(),
        kind: RerankKind::YesNo,
        max_tokens,
        scale: ScoreScale::Logit,
        default_weight: options.default_weight,
        device: "cpu".to_owned(),
        layers: None,
        fingerprint: None,
    }
}
