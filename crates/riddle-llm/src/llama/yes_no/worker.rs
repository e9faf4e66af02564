//! The thread that owns a model: llama.cpp's contexts borrow from it and cannot be moved with it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use riddle_core::{ModelError, PairScore, RerankKind, RerankerInfo, ScoreOptions, ScoreScale};

use super::super::options::LlamaOptions;
use super::super::worker::{STACK_BYTES, open};
use super::YesNoOptions;
use super::scorer::Scorer;

/// How long the first pair may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Pairs that somebody waits for.
pub(super) struct Job {
    pub(super) pairs: Vec<(String, String)>,
    pub(super) options: ScoreOptions,
    pub(super) wanted: Wanted,
}

/// What is to be known of pairs, and who waits for it.
pub(super) enum Wanted {
    /// Their scores.
    Scores(SyncSender<Told<Option<PairScore>>>),
    /// Whether they would be read whole.
    ReadWhole(SyncSender<Told<bool>>),
}

pub(super) type Told<T> = Result<Vec<T>, ModelError>;

/// A thread that scores.
pub(super) struct Ready {
    pub(super) info: RerankerInfo,
    pub(super) jobs: Sender<Job>,
    pub(super) thread: JoinHandle<()>,
}

/// Starts the thread and waits until its model has scored a pair.
pub(super) fn spawn(options: &YesNoOptions) -> Result<Ready, ModelError> {
    let failed = |message: String| ModelError::Failed {
        model: options.name.clone(),
        message,
    };
    let (report, reported) = sync_channel(1);
    let (jobs, waiting) = channel();
    let thread_options = options.clone();
    let thread = std::thread::Builder::new()
        .name("yes-no".to_owned())
        .stack_size(STACK_BYTES)
        .spawn(move || run(&thread_options, &waiting, &report))
        .map_err(|error| failed(format!("no thread is to be had: {error}")))?;
    let info = reported
        .recv()
        .map_err(|_gone| failed("its thread ended while loading".to_owned()))??;
    Ok(Ready { info, jobs, thread })
}

fn run(
    options: &YesNoOptions,
    jobs: &Receiver<Job>,
    report: &SyncSender<Result<RerankerInfo, ModelError>>,
) {
    let unavailable = |error: &dyn std::error::Error| ModelError::Unavailable {
        model: options.name.clone(),
        remedy: error.to_string(),
    };
    // The receiver of the report waits for exactly one and lives until it has it.
    let (backend, model, architecture) =
        match open(&LlamaOptions::new(&options.path, &options.name)) {
            Ok(opened) => opened,
            Err(error) => {
                let _ = report.send(Err(unavailable(&error)));
                return;
            }
        };
    let opened = Scorer::new(backend, &model, &architecture, options);
    let mut scorer = match opened.and_then(|scorer| try_out(scorer, &options.name)) {
        Ok(scorer) => scorer,
        Err(error) => {
            let _ = report.send(Err(error));
            return;
        }
    };
    let _ = report.send(Ok(info(options, scorer.max_tokens())));
    while let Ok(job) = jobs.recv() {
        let Job {
            pairs,
            options: how,
            wanted,
        } = job;
        // Whoever asked may have gone.
        match wanted {
            Wanted::Scores(reply) => {
                let scores = guarded(&mut scorer, options, |scorer| scorer.score(&pairs, &how));
                let _ = reply.send(scores);
            }
            Wanted::ReadWhole(reply) => {
                let whole = |scorer: &mut Scorer<'_>| Ok(scorer.read_whole(&pairs, &how));
                let _ = reply.send(guarded(&mut scorer, options, whole));
            }
        }
    }
}

/// A panic is told as an error, and the scorer goes on.
fn guarded<'m, T>(
    scorer: &mut Scorer<'m>,
    options: &YesNoOptions,
    work: impl FnOnce(&mut Scorer<'m>) -> Told<T>,
) -> Told<T> {
    catch_unwind(AssertUnwindSafe(|| work(scorer))).unwrap_or_else(|_panic| {
        scorer.forget();
        Err(ModelError::Failed {
            model: options.name.clone(),
            message: "llama.cpp met an internal error; ask again".to_owned(),
        })
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
    }
}
