use std::cell::Cell;
use std::rc::Rc;
use std::sync::mpsc;
use std::thread::{self, ThreadId};

use futures_util::poll;
use proptest::prelude::*;
use riddle_core::{LongPassages, Pair, RerankKind, ScoreScale};
use tracing::Instrument;

use super::schedule::Schedule;
use super::*;
use crate::testing::log::Log;
use crate::throughput::Room;

const NAME: &str = "script";

/// Told of each call, with how many pairs it has; the call goes on when told to.
type Gate = (mpsc::Sender<Vec<String>>, mpsc::Receiver<()>);

/// Scores the number that a passage begins with, and does as the passage says.
struct Script {
    info: RerankerInfo,
    gate: Option<Gate>,
    /// Calls that panicked and after which nothing was forgotten. No other thread may have it.
    in_doubt: Rc<Cell<usize>>,
}

impl Script {
    fn new(gate: Option<Gate>) -> Self {
        let info = RerankerInfo {
            name: NAME.to_owned(),
            kind: RerankKind::CrossEncoder,
            max_tokens: 512,
            scale: ScoreScale::Logit,
            default_weight: 1.0,
            device: "cpu".to_owned(),
            layers: None,
            fingerprint: None,
        };
        Self {
            info,
            gate,
            in_doubt: Rc::default(),
        }
    }

    /// A thread that owns one.
    fn on_thread(capacity: usize, gate: Option<Gate>) -> RerankThread {
        let open = move |owner: RerankerOwner<'_>| {
            owner(&mut Self::new(gate));
            Ok(())
        };
        RerankThread::spawn(NAME.to_owned(), capacity, open).expect("a thread")
    }

    fn obey(&self, pairs: &[Pair<'_>]) {
        assert_eq!(self.in_doubt.get(), 0, "it was to forget that first");
        self.in_doubt.set(1);
        assert!(pairs.iter().all(|p| p.passage != "panic"), "as told");
        self.in_doubt.set(0);
    }
}

impl Reranker for Script {
    fn info(&self) -> &RerankerInfo {
        &self.info
    }

    fn score(
        &mut self,
        pairs: &[Pair<'_>],
        _options: &ScoreOptions,
    ) -> Result<Vec<Option<PairScore>>, ModelError> {
        if let Some((calls, go)) = &self.gate {
            let queries = pairs.iter().map(|pair| pair.query.to_owned()).collect();
            calls.send(queries).expect("the test listens");
            // A test that has ended lets everything pass.
            let _ = go.recv();
        }
        self.obey(pairs);
        if pairs.iter().any(|p| p.passage == "fail") {
            return Err(ModelError::Failed {
                model: "script".to_owned(),
                message: "as told".to_owned(),
            });
        }
        let mut scores: Vec<Option<PairScore>> =
            pairs.iter().map(|p| Some(scored(p.passage))).collect();
        if pairs.iter().any(|p| p.passage == "few") {
            scores.truncate(1);
        }
        Ok(scores)
    }

    fn read_whole(
        &mut self,
        pairs: &[Pair<'_>],
        _options: &ScoreOptions,
    ) -> Result<Vec<bool>, ModelError> {
        self.obey(pairs);
        Ok(pairs.iter().map(|p| p.passage != "long").collect())
    }

    fn recover(&mut self) {
        self.in_doubt.set(0);
    }
}

fn scored(passage: &str) -> PairScore {
    let number = passage.split(' ').next().and_then(|n| n.parse().ok());
    PairScore {
        raw: number.unwrap_or(f32::NAN),
        tokens: 1,
        truncated: false,
        window: None,
    }
}

fn soon() -> ScoreOptions {
    ScoreOptions::until(Instant::now() + Duration::from_secs(3_600))
}

fn passages(count: usize) -> Vec<String> {
    (0..count)
        .map(|n| format!("{n} {}", "x".repeat(300)))
        .collect()
}

fn raw(scored: &PairScores) -> Vec<f32> {
    let score = |score: &Option<PairScore>| score.expect("scored").raw;
    scored.scores.iter().map(score).collect()
}

fn ordinal(n: usize) -> f32 {
    f32::from(u16::try_from(n).expect("few"))
}

/// A thread whose calls are seen and let go one by one.
fn gated(capacity: usize) -> (RerankThread, mpsc::Receiver<Vec<String>>, mpsc::Sender<()>) {
    let (calls, seen) = mpsc::channel();
    let (go, may_go) = mpsc::channel();
    (Script::on_thread(capacity, Some((calls, may_go))), seen, go)
}

/// Tells of the thread on which it is dropped.
struct Dropped(mpsc::Sender<ThreadId>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0
            .send(thread::current().id())
            .expect("the test listens");
    }
}

#[tokio::test]
async fn one_thread_opens_a_reranker_and_drops_it() {
    let (tells, told) = mpsc::channel();
    let open = move |owner: RerankerOwner<'_>| {
        let here = thread::current();
        assert_eq!(here.name(), Some("reranker"));
        tells.send(here.id()).expect("the test listens");
        let _dropped = Dropped(tells);
        owner(&mut Script::new(None));
        Ok(())
    };
    let thread = RerankThread::spawn(NAME.to_owned(), 8, open).expect("a thread");
    let scored = thread.score("q".to_owned(), passages(2), soon()).await;
    assert_eq!(raw(&scored.expect("scores")), [0.0, 1.0]);
    let opened_on = told.recv().expect("it was opened");
    assert!(told.try_recv().is_err(), "it is there");
    drop(thread);
    assert_eq!(told.recv(), Ok(opened_on));
}

#[test]
fn a_reranker_that_cannot_be_opened_says_why() {
    let absent = ModelError::Unavailable {
        model: NAME.to_owned(),
        remedy: "pull it first".to_owned(),
    };
    let given = absent.clone();
    let failed = RerankThread::spawn(NAME.to_owned(), 8, move |_owner| Err(given));
    assert!(matches!(failed, Err(StartError::Failed(error)) if error == absent));
    let panicked = RerankThread::spawn(NAME.to_owned(), 8, |_owner| panic!("as told"));
    assert!(matches!(panicked, Err(StartError::Panicked(_))));
    let nothing = RerankThread::spawn(NAME.to_owned(), 8, |_owner| Ok(()));
    let is_failure = |error: &ModelError| matches!(error, ModelError::Failed { .. });
    assert!(matches!(nothing, Err(StartError::Failed(error)) if is_failure(&error)));
}

#[tokio::test]
async fn what_would_be_cut_is_told_without_scoring() {
    let (thread, calls, _go) = gated(8);
    let texts = ["fits", "long"].map(str::to_owned).to_vec();
    let told = thread.read_whole("q".to_owned(), texts, soon()).await;
    assert_eq!(told.expect("told"), [true, false]);
    let panics = thread.read_whole("q".to_owned(), vec!["panic".to_owned()], soon());
    let error = panics.await.expect_err("it panicked");
    assert!(matches!(
        error,
        EngineError::Internal {
            source: InternalCause::Panicked(_),
            ..
        }
    ));
    assert!(calls.try_recv().is_err(), "the model was not called");
}

#[tokio::test]
async fn pairs_are_scored_and_checked_under_the_span_of_their_request() {
    let (log, _recording) = Log::of_this_thread();
    let thread = Script::on_thread(8, None);
    let scored = thread.score("q".to_owned(), passages(1), soon());
    let scored = scored.instrument(tracing::info_span!("search")).await;
    assert_eq!(raw(&scored.expect("scores")), [0.0]);
    assert!(log.is_entered_elsewhere("search"));
    assert!(!log.is_entered_elsewhere("check"));
    let told = thread.read_whole("q".to_owned(), vec!["long".to_owned()], soon());
    let told = told.instrument(tracing::info_span!("check")).await;
    assert_eq!(told.expect("told"), [false]);
    assert!(log.is_entered_elsewhere("check"));
}

#[tokio::test]
async fn a_large_request_does_not_hold_a_small_one_up() {
    let (thread, calls, go) = gated(8);
    let large = thread.score("large".to_owned(), passages(2_000), soon());
    tokio::pin!(large);
    assert!(poll!(&mut large).is_pending());
    calls.recv().expect("the large one is in work");
    // It comes later and its deadline is later too.
    let small = thread.score("small".to_owned(), passages(20), soon());
    tokio::pin!(small);
    assert!(poll!(&mut small).is_pending());
    let (mut of_the_small_one, mut of_the_large_one) = (0, 0);
    while of_the_small_one < 20 {
        go.send(()).expect("the model waits");
        for query in calls.recv().expect("a call") {
            let count = match query.as_str() {
                "small" => &mut of_the_small_one,
                _ => &mut of_the_large_one,
            };
            *count += 1;
        }
    }
    assert!(
        of_the_large_one < 600,
        "{of_the_large_one} pairs went first"
    );
    go.send(()).expect("the model waits");
    // The model is held in its next call, so this is all that the answer needs.
    let answered = small.await.expect("scores");
    assert_eq!(raw(&answered), (0..20).map(ordinal).collect::<Vec<_>>());
    assert!(poll!(&mut large).is_pending());
    drop(go);
    let large = large.await.expect("scores");
    assert_eq!(raw(&large), (0..2_000).map(ordinal).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_caller_that_has_gone_is_skipped() {
    let (thread, calls, go) = gated(8);
    let mut large = Box::pin(thread.score("large".to_owned(), passages(1_000), soon()));
    assert!(poll!(&mut large).is_pending());
    calls.recv().expect("in work");
    let mut gone = Box::pin(thread.score("gone".to_owned(), passages(5), soon()));
    assert!(poll!(&mut gone).is_pending());
    let other = thread.score("other".to_owned(), passages(2), soon());
    tokio::pin!(other);
    assert!(poll!(&mut other).is_pending());
    assert_eq!(thread.waiting(), 2);
    drop((large, gone));
    drop(go);
    assert_eq!(raw(&other.await.expect("scores")), [0.0, 1.0]);
    let queries: Vec<String> = calls.try_iter().flatten().collect();
    assert_eq!(queries, ["other", "other"]);
}

#[tokio::test]
async fn a_full_queue_refuses() {
    let (thread, calls, go) = gated(1);
    let first = thread.score("first".to_owned(), passages(1), soon());
    tokio::pin!(first);
    assert!(poll!(&mut first).is_pending());
    calls.recv().expect("in work");
    let second = thread.score("second".to_owned(), passages(1), soon());
    tokio::pin!(second);
    assert!(poll!(&mut second).is_pending());
    let third = thread.score("third".to_owned(), passages(1), soon()).await;
    assert!(matches!(third, Err(EngineError::Overloaded { .. })));
    drop(go);
    assert!(first.await.is_ok() && second.await.is_ok());
}

#[tokio::test]
async fn whoever_makes_the_model_fail_fails_alone() {
    for word in ["fail", "panic"] {
        let (thread, calls, go) = gated(8);
        let first = thread.score("first".to_owned(), passages(1), soon());
        tokio::pin!(first);
        assert!(poll!(&mut first).is_pending());
        calls.recv().expect("in work");
        let bad = thread.score("bad".to_owned(), vec![word.to_owned()], soon());
        let good = thread.score("good".to_owned(), passages(3), soon());
        tokio::pin!(bad, good);
        assert!(poll!(&mut bad).is_pending() && poll!(&mut good).is_pending());
        drop(go);
        let error = bad.await.expect_err("as told");
        let panicked = matches!(error, EngineError::Internal { .. });
        assert_eq!(panicked, word == "panic", "{error:?}");
        assert_eq!(raw(&good.await.expect("scores")), [0.0, 1.0, 2.0]);
        assert!(first.await.is_ok());
        let shared = calls.try_iter().next().expect("a call");
        assert_eq!(shared, ["bad", "good", "good", "good"]);
    }
}

#[tokio::test]
async fn a_score_that_is_not_finite_leaves_its_pair_unscored() {
    let thread = Script::on_thread(8, None);
    let cases: [(&[&str], &[bool]); 2] = [
        (
            &["3", "not a number", "inf", "4"],
            &[true, false, false, true],
        ),
        (&[], &[]),
    ];
    for (texts, expected) in cases {
        let texts = texts.iter().copied().map(str::to_owned).collect();
        let scored = thread.score(String::new(), texts, soon()).await;
        let scores = scored.expect("scores").scores;
        let found: Vec<bool> = scores.iter().map(Option::is_some).collect();
        assert_eq!(found, expected);
    }
}

#[tokio::test]
async fn a_model_that_does_not_tell_of_every_pair_is_at_fault() {
    let thread = Script::on_thread(8, None);
    let texts = ["3", "few", "4"].map(str::to_owned).to_vec();
    let scored = thread.score(String::new(), texts, soon()).await;
    let error = scored.expect_err("it gives one score");
    assert!(matches!(error, EngineError::Internal { .. }), "{error:?}");
}

#[tokio::test]
async fn after_its_deadline_a_request_is_not_begun() {
    let (thread, calls, _go) = gated(8);
    let late = ScoreOptions::until(Instant::now());
    let late = thread.score("late".to_owned(), passages(3), late).await;
    assert_eq!(late.expect("an answer").scores, [None; 3]);
    assert!(calls.try_recv().is_err(), "the model was not called");
}

#[tokio::test]
async fn what_is_in_work_at_the_deadline_is_waited_for_a_moment() {
    // Again, with more time, where this machine was too slow for the deadline or for the moment.
    let mut allowed = Duration::from_millis(50);
    loop {
        let (thread, calls, go) = gated(8);
        let deadline = Instant::now() + allowed;
        allowed *= 2;
        let cut = thread.score("cut".to_owned(), passages(3), ScoreOptions::until(deadline));
        tokio::pin!(cut);
        assert!(poll!(&mut cut).is_pending());
        if calls.recv_timeout(allowed).is_err() {
            continue;
        }
        tokio::time::sleep_until(deadline.into()).await;
        go.send(()).expect("the model waits");
        let scored = cut.await.expect("an answer");
        if scored.scores == [None; 3] {
            assert!(Instant::now() >= deadline + GRACE, "nobody waited");
            continue;
        }
        assert_eq!(raw(&scored), [0.0, 1.0, 2.0]);
        return;
    }
}

#[tokio::test]
async fn a_model_that_is_held_up_holds_up_nobody_past_a_deadline() {
    let (thread, calls, go) = gated(8);
    let slow = thread.score("slow".to_owned(), passages(1), soon());
    tokio::pin!(slow);
    assert!(poll!(&mut slow).is_pending());
    calls.recv().expect("in work");
    let started = Instant::now();
    let allowed = Duration::from_millis(50);
    let options = ScoreOptions::until(started + allowed);
    let other = thread.score("other".to_owned(), passages(3), options).await;
    let (other, took) = (other.expect("an answer"), started.elapsed());
    assert_eq!(other.scores, [None; 3]);
    assert!(took >= allowed && other.waited >= allowed, "{took:?}");
    assert_eq!(thread.waiting(), 0);
    drop(go);
    assert_eq!(raw(&slow.await.expect("scores")), [0.0]);
    assert_eq!(calls.try_iter().count(), 0, "nobody wants it any more");
}

#[tokio::test]
async fn what_is_scored_by_the_deadline_is_not_lost_to_a_call_that_takes_longer() {
    // Again, with more time, where this machine was too slow for two calls before the deadline.
    let mut allowed = Duration::from_millis(100);
    loop {
        let (thread, calls, go) = gated(8);
        let deadline = Instant::now() + allowed;
        allowed *= 2;
        let options = ScoreOptions::until(deadline);
        let cut = thread.score("cut".to_owned(), passages(2_000), options);
        tokio::pin!(cut);
        assert!(poll!(&mut cut).is_pending());
        let Ok(first) = calls.recv_timeout(allowed) else {
            continue;
        };
        go.send(()).expect("the model waits");
        if calls.recv_timeout(allowed).is_err() {
            continue;
        }
        // The model is held in its second call.
        let scores = cut.await.expect("an answer").scores;
        assert_eq!(scores.len(), 2_000);
        let (scored, tail) = scores.split_at(first.len());
        assert!(scored.iter().all(Option::is_some));
        assert!(tail.iter().all(Option::is_none));
        return;
    }
}

fn request_of(
    texts: Vec<String>,
    options: ScoreOptions,
) -> (
    ScoreRequest,
    oneshot::Receiver<Result<PairScores, CallFailure>>,
) {
    let (answer, answered) = oneshot::channel();
    let query = String::new();
    let texts = Texts {
        query,
        passages: texts,
    };
    (ScoreRequest::new(texts, options, 512, answer), answered)
}

fn room(tokens: u64) -> Room {
    Room { tokens, texts: 1 }
}

#[test]
fn a_batch_gives_every_core_a_pair_and_shares_what_is_left() {
    let now = Instant::now();
    let mut schedule = Schedule::default();
    let options = ScoreOptions::until(now + Duration::from_secs(60));
    let long: Vec<String> = (0..7).map(|n| format!("{n} {}", "y".repeat(900))).collect();
    let (request, _first) = request_of(long, options);
    schedule.push(request);
    let tokens = 100;
    let batch = schedule.next(Room { tokens, texts: 4 }, now).expect("work");
    assert_eq!(batch.pairs().len(), 4, "more tokens than there is room for");
    schedule.finish(&batch, Ok(vec![None; 4]), Duration::ZERO);
    let batch = schedule.next(Room { tokens, texts: 4 }, now).expect("work");
    assert_eq!(batch.pairs().len(), 3, "all that are left");
    schedule.finish(&batch, Ok(vec![None; 3]), Duration::ZERO);

    let (request, _second) = request_of(passages(7), options);
    schedule.push(request);
    let (request, _third) = request_of(passages(7), options);
    schedule.push(request);
    let each = schedule.next(room(1), now).expect("work").tokens;
    let room = Room {
        tokens: 6 * each,
        texts: 4,
    };
    let batch = schedule.next(room, now).expect("work");
    let parts: Vec<usize> = batch.parts.iter().map(|part| part.pairs.len()).collect();
    assert_eq!(parts, [4, 2]);
}

#[test]
fn a_deadline_leaves_the_tail() {
    let now = Instant::now();
    let deadline = now + Duration::from_secs(60);
    let mut schedule = Schedule::default();
    let (request, mut answered) = request_of(passages(7), ScoreOptions::until(deadline));
    schedule.push(request);
    let batch = schedule
        .next(
            Room {
                tokens: 1,
                texts: 4,
            },
            now,
        )
        .expect("work");
    let scores = batch
        .pairs()
        .into_iter()
        .map(|pair| Some(scored(pair.passage)));
    schedule.finish(&batch, Ok(scores.collect()), Duration::ZERO);
    assert!(answered.try_recv().is_err(), "three are left");
    assert!(schedule.next(room(1_000), deadline).is_none());
    let scores = answered
        .try_recv()
        .expect("answered")
        .expect("no error")
        .scores;
    assert_eq!(scores.len(), 7);
    assert!(scores[..4].iter().all(Option::is_some));
    assert!(scores[4..].iter().all(Option::is_none));
}

proptest! {
    #[test]
    fn every_pair_has_its_turn_once_and_every_request_gets_its_own(
        sizes in prop::collection::vec((0_usize..40, 0_usize..2_500, 1_u64..50, any::<bool>()), 1..8),
        budget in 1_u64..5_000,
        at_once in 1_usize..6,
    ) {
        let now = Instant::now();
        let mut schedule = Schedule::default();
        let mut next = 0;
        let mut answers = Vec::new();
        for (count, length, due, windows) in sizes {
            let texts: Vec<String> = (next..next + count)
                .map(|n| format!("{n} {}", "y".repeat(length)))
                .collect();
            let mut options = ScoreOptions::until(now + Duration::from_secs(60 * due));
            if windows {
                options.long_passages = LongPassages::MaxSlice;
            }
            let (request, answered) = request_of(texts, options);
            schedule.push(request);
            answers.push((next..next + count, answered));
            next += count;
        }
        let mut scored_pairs = 0;
        let room = Room { tokens: budget, texts: at_once };
        while let Some(batch) = schedule.next(room, now) {
            let pairs = batch.pairs();
            prop_assert!(!pairs.is_empty());
            prop_assert!(batch.tokens <= budget || pairs.len() <= at_once);
            scored_pairs += pairs.len();
            let scores = pairs.iter().map(|pair| Some(scored(pair.passage))).collect();
            schedule.finish(&batch, Ok(scores), Duration::ZERO);
        }
        prop_assert_eq!(scored_pairs, next);
        for (numbers, mut answered) in answers {
            let scored = answered.try_recv().expect("answered").expect("no error");
            prop_assert_eq!(raw(&scored), numbers.map(ordinal).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_search_is_answered_before_an_endless_request_has_had_twice_its_share(
        budget in 100_u64..8_000,
        earlier in 0_u64..1_000,
        before in 0_usize..20,
    ) {
        let now = Instant::now();
        let mut schedule = Schedule::default();
        let endless = ScoreOptions::until(now + Duration::from_secs(10));
        let (request, mut never) = request_of(passages(20_000), endless);
        schedule.push(request);
        let work = |schedule: &mut Schedule| {
            let batch = schedule.next(room(budget), now).expect("work");
            let scores = batch.pairs().iter().map(|pair| Some(scored(pair.passage))).collect();
            let of_first = batch.parts.iter().filter(|part| part.request == 1);
            let tokens: u64 = of_first.map(|part| part.tokens).sum();
            schedule.finish(&batch, Ok(scores), Duration::ZERO);
            tokens
        };
        for _ in 0..before {
            work(&mut schedule);
        }
        // The search comes later, and its deadline is later.
        let options = ScoreOptions::until(now + Duration::from_secs(10 + earlier));
        let (request, mut answered) = request_of(passages(20), options);
        schedule.push(request);
        let mut taken = 0;
        while answered.try_recv().is_err() {
            taken += work(&mut schedule);
        }
        prop_assert!(taken <= 2 * 16_384 + 2 * budget, "{taken} tokens went first");
        prop_assert!(never.try_recv().is_err());
    }
}
