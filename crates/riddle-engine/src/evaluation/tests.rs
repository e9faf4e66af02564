mod bounds;
mod known;
mod live_line;
mod made_questions;
mod model_judging;
mod own_models;
mod recounting;

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use riddle_core::{
    ChunkId, EvaluatedQuestion, EvaluationRun, EvaluationRunId, EvaluationRunStatus, Gold,
    ImportedDocument, ImportedRanking, KnowledgeBase, NewEvaluationRun, QuestionOutcome,
    QuestionScope, RunQuestion,
};
use riddle_testkit::{FakeLibrary, FakeModels, RERANKER, ScriptedChat, WordReranker};
use tokio::sync::Semaphore;
use tracing::Level;
use uuid::Uuid;

use super::{Evaluation, EvaluationRunView, NewEvaluationSet, NewQuestion, RunControl, SetSource};
use crate::asking::{AskInArms, Asking};
use crate::error::{EngineError, INTERNAL_MESSAGE, InternalCause, internal_errors};
use crate::testing::TestEngine;
use crate::testing::log::Log;

/// Answers nothing, and says how often it was asked. Each question waits for a permit.
struct ScriptedAsker {
    begun: AtomicUsize,
    /// How often it was asked for nothing, which waits for no permit.
    warmed: AtomicUsize,
    permits: Semaphore,
    /// Failures that are still to come.
    failures: Mutex<usize>,
    fault: fn() -> EngineError,
}

impl ScriptedAsker {
    fn new(permits: usize, failures: usize, fault: fn() -> EngineError) -> Arc<Self> {
        Arc::new(Self {
            begun: AtomicUsize::new(0),
            warmed: AtomicUsize::new(0),
            permits: Semaphore::new(permits),
            failures: Mutex::new(failures),
            fault,
        })
    }

    fn begun(&self) -> usize {
        self.begun.load(Ordering::SeqCst)
    }

    fn fails(&self) -> bool {
        let mut failures = self.failures.lock().expect("no test panics with it");
        let fails = *failures > 0;
        *failures -= usize::from(fails);
        fails
    }
}

#[async_trait]
impl AskInArms for ScriptedAsker {
    async fn ask_in_arms(&self, asking: Asking<'_>) -> Result<QuestionOutcome, EngineError> {
        self.begun.fetch_add(1, Ordering::SeqCst);
        let permit = self.permits.acquire().await.expect("it is open");
        permit.forget();
        if self.fails() {
            return Err((self.fault)());
        }
        let question = asking.question;
        Ok(QuestionOutcome {
            question: EvaluatedQuestion {
                id: question.id.clone(),
                text: question.text.clone(),
                answers: Vec::new(),
                unanswerable: false,
                half: question.half,
                language: None,
                origin: None,
                items: Vec::new(),
            },
            candidates: Vec::new(),
            arms: Vec::new(),
            fusions: Vec::new(),
        })
    }

    async fn warm_up(&self, _asking: Asking<'_>) -> Result<(), EngineError> {
        self.warmed.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    async fn rank_of(
        &self,
        _knowledge_base: &KnowledgeBase,
        _question: &str,
        _chunk: ChunkId,
    ) -> Result<Option<u32>, EngineError> {
        Ok(None)
    }
}

fn no_fault() -> EngineError {
    EngineError::Stopping
}

fn gold_of_tea() -> Gold {
    Gold {
        document: "tea.txt".to_owned(),
        quote: None,
        grade: 1,
    }
}

fn about_tea(number: usize) -> NewQuestion {
    NewQuestion {
        text: format!("Is tea number {number} ready?"),
        answers: Vec::new(),
        golds: vec![gold_of_tea()],
        unanswerable: false,
    }
}

fn plain_run() -> NewEvaluationRun {
    NewEvaluationRun {
        name: None,
        arms: Vec::new(),
        questions: QuestionScope::All,
        limit: None,
        answers: false,
        others: Vec::new(),
        imports: Vec::new(),
    }
}

/// An engine with a document, and a set with these questions about it.
struct Evaluating {
    test: TestEngine,
    room: Arc<Evaluation>,
}

impl Evaluating {
    async fn with(asker: Arc<impl AskInArms + 'static>, questions: usize) -> Self {
        Self::over(TestEngine::running().await, asker, questions).await
    }

    async fn over(
        test: TestEngine,
        asker: Arc<impl AskInArms + 'static>,
        questions: usize,
    ) -> Self {
        test.add_ready("tea.txt", "Tea is ready.").await;
        let room = Evaluation::new(Arc::clone(&test.engine.rooms.shared), asker);
        let this = Self {
            room: Arc::new(room),
            test,
        };
        let new = NewEvaluationSet {
            name: "set".to_owned(),
            description: String::new(),
            knowledge_base: Some("handbook".to_owned()),
            source: SetSource::Empty,
        };
        let parsed = this.room.parse_set(new).await.expect("an empty set");
        this.room
            .keep_set(parsed, "handbook")
            .await
            .expect("it is kept");
        for number in 0..questions {
            this.room
                .add_question("set", about_tea(number))
                .await
                .expect("it is kept");
        }
        this.room.start();
        this
    }

    async fn start(&self) -> EvaluationRunView {
        let run = self.room.create_run("set", plain_run()).await;
        run.expect("a run")
    }

    /// The run, once it has this status.
    async fn once(
        &self,
        run: &EvaluationRunView,
        status: EvaluationRunStatus,
    ) -> EvaluationRunView {
        loop {
            let now = self.room.run(run.run.id).await.expect("it is there");
            if now.run.status == status {
                return now;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

async fn until(wanted: impl Fn() -> bool) {
    while !wanted() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_question_is_given_up_when_a_person_asks_and_asked_anew_afterwards() {
    let asker = ScriptedAsker::new(0, 0, no_fault);
    let evaluating = Evaluating::with(Arc::clone(&asker), 1).await;
    let run = evaluating.start().await;
    until(|| asker.begun() == 1).await;
    let shared = &evaluating.test.engine.rooms.shared;
    let person = shared.query_permit().expect("a permit");
    // The question waits for a permit that comes too late for it: it was given up.
    tokio::time::sleep(Duration::from_millis(100)).await;
    asker.permits.add_permits(1);
    tokio::time::sleep(Duration::from_millis(100)).await;
    let now = evaluating.room.run(run.run.id).await.expect("it is there");
    assert_eq!((now.run.done, asker.begun()), (0, 1));
    drop(person);
    let finished = evaluating.once(&run, EvaluationRunStatus::Finished).await;
    assert_eq!((finished.run.done, asker.begun()), (1, 2));
}

#[tokio::test]
async fn a_run_puts_down_what_its_reranker_is_made_of() {
    let models = FakeModels::default().with_reranker(Arc::<WordReranker>::default());
    let test = TestEngine::with(models, FakeLibrary::empty()).await;
    test.start().await;
    let asker = ScriptedAsker::new(100, 0, no_fault);
    let evaluating = Evaluating::over(test, asker, 1).await;
    let run = evaluating.start().await;
    let models = run.run.manifest.models.iter();
    let rerankers: Vec<_> = models.filter(|model| model.role == "rerank").collect();
    let [reranker] = rerankers.as_slice() else {
        panic!("{rerankers:?}");
    };
    assert_eq!(reranker.name, RERANKER);
    assert_eq!(reranker.fingerprint, Some(format!("{RERANKER}:1")));
}

#[tokio::test]
async fn a_run_puts_down_what_its_texts_and_its_language_model_are() {
    let models = FakeModels::default().with_chat(ScriptedChat::saying(&["Tea."]));
    let test = TestEngine::with(models, FakeLibrary::empty()).await;
    test.start().await;
    let asker = ScriptedAsker::new(100, 0, no_fault);
    let evaluating = Evaluating::over(test, asker, 1).await;
    let manifest = async || {
        let new = NewEvaluationRun {
            answers: true,
            ..plain_run()
        };
        let run = evaluating.room.create_run("set", new).await;
        run.expect("a run").run.manifest
    };
    let first = manifest().await;
    let hash = first.corpus_hash.as_ref().expect("a hash");
    assert_eq!(hash.len(), 64);
    assert_eq!(manifest().await.corpus_hash.as_ref(), Some(hash));
    let chat = first.models.iter().find(|model| model.role == "chat");
    let fingerprint = chat.and_then(|chat| chat.fingerprint.as_deref());
    assert_eq!(fingerprint, Some("weights of scripted"));
    let tea = "Tea is ready, and so is milk.";
    evaluating.test.add_ready("tea.txt", tea).await;
    assert_ne!(manifest().await.corpus_hash.as_ref(), Some(hash));
}

#[tokio::test]
async fn a_fault_that_passes_costs_nothing() {
    let busy = || EngineError::Overloaded { retry_after_s: 1 };
    let asker = ScriptedAsker::new(100, 2, busy);
    let evaluating = Evaluating::with(Arc::clone(&asker), 2).await;
    let run = evaluating.start().await;
    let finished = evaluating.once(&run, EvaluationRunStatus::Finished).await;
    assert_eq!((finished.run.done, finished.run.problem), (2, None));
    assert_eq!(asker.begun(), 4);
    let warmed = asker.warmed.load(Ordering::SeqCst);
    assert_eq!(warmed, 1, "before the first question alone");
}

#[tokio::test]
async fn a_fault_that_stays_ends_the_run_with_its_question_and_it_can_be_resumed() {
    let broken = || EngineError::internal("searching", InternalCause::Gone);
    let asker = ScriptedAsker::new(100, 3, broken);
    let evaluating = Evaluating::with(Arc::clone(&asker), 2).await;
    let run = evaluating.start().await;
    let failed = evaluating.once(&run, EvaluationRunStatus::Failed).await;
    let problem = failed.run.problem.expect("a reason");
    assert!(problem.starts_with("question `q-"), "{problem}");
    assert!(failed.run.finished_at.is_some());
    let resumed = evaluating
        .room
        .control_run(run.run.id, RunControl::Resume)
        .await;
    assert_eq!(resumed.expect("it goes on").run.problem, None);
    let finished = evaluating.once(&run, EvaluationRunStatus::Finished).await;
    assert_eq!(finished.run.done, 2);
}

#[tokio::test]
async fn a_panic_ends_its_run_and_the_next_one_is_worked_on() {
    let (log, _recording) = Log::of_this_thread();
    let asker = ScriptedAsker::new(100, 1, || panic!("as told"));
    let evaluating = Evaluating::with(Arc::clone(&asker), 2).await;
    let before = internal_errors();
    let run = evaluating.start().await;
    let next = evaluating.start().await;
    let failed = evaluating.once(&run, EvaluationRunStatus::Failed).await;
    let problem = failed.run.problem.as_deref();
    assert_eq!((failed.run.done, problem), (0, Some(INTERNAL_MESSAGE)));
    assert_eq!(log.levels_of("as told"), [Level::ERROR]);
    // Other tests of this process count too.
    assert!(internal_errors() > before);
    let finished = evaluating.once(&next, EvaluationRunStatus::Finished).await;
    assert_eq!((finished.run.done, asker.begun()), (2, 1 + 2));
}

#[tokio::test]
async fn a_run_that_cannot_be_read_ends_and_the_next_one_is_worked_on() {
    let asker = ScriptedAsker::new(100, 0, no_fault);
    let evaluating = Evaluating::with(asker, 1).await;
    let run = evaluating.start().await;
    let finished = evaluating.once(&run, EvaluationRunStatus::Finished).await;
    let page = evaluating.room.set_questions("set", 0, 1).await;
    let question = page.expect("a page").0.questions.remove(0);
    // JSON has no such number, so it is read as none.
    let spoilt = ImportedDocument {
        name: "tea.txt".to_owned(),
        score: f32::NAN,
    };
    let question = RunQuestion {
        imported: vec![ImportedRanking {
            arm: "theirs".to_owned(),
            documents: vec![spoilt],
        }],
        ..RunQuestion::from(question)
    };
    let spoilt = EvaluationRun {
        id: EvaluationRunId(Uuid::from_u128(1)),
        status: EvaluationRunStatus::Queued,
        done: 0,
        finished_at: None,
        ..finished.run
    };
    let store = &evaluating.test.engine.rooms.shared.store;
    let inserted = store.insert_evaluation_run(&spoilt, &[question]).await;
    inserted.expect("it is kept");
    let next = evaluating.start().await;
    evaluating.once(&next, EvaluationRunStatus::Finished).await;
    let spoilt = evaluating.room.run(spoilt.id).await;
    let spoilt = spoilt.expect("it is there").run;
    assert_eq!(spoilt.status, EvaluationRunStatus::Failed);
    assert_eq!(spoilt.problem.as_deref(), Some(INTERNAL_MESSAGE));
}

#[tokio::test]
async fn a_run_is_exported_once_it_is_finished() {
    let asker = ScriptedAsker::new(1, 0, no_fault);
    let evaluating = Evaluating::with(Arc::clone(&asker), 2).await;
    let run = evaluating.start().await;
    until(|| asker.begun() == 2).await;
    let refused = evaluating.room.export_run(run.run.id, None).await;
    let refused = refused.expect_err("a question is not asked yet");
    assert_eq!(refused.code(), "evaluation_run_state");
    assert!(refused.to_string().contains("is not finished"), "{refused}");
    asker.permits.add_permits(1);
    evaluating.once(&run, EvaluationRunStatus::Finished).await;
    let exported = evaluating.room.export_run(run.run.id, None).await;
    let (export, _permit) = exported.expect("all questions are asked");
    let names = export.files.iter().map(|file| file.name.as_str());
    assert_eq!(names.collect::<Vec<_>>(), ["run.txt", "qrels.txt"]);
}

#[tokio::test]
async fn documents_that_change_during_a_run_are_told() {
    let asker = ScriptedAsker::new(0, 0, no_fault);
    let evaluating = Evaluating::with(Arc::clone(&asker), 1).await;
    let run = evaluating.start().await;
    until(|| asker.begun() == 1).await;
    evaluating
        .test
        .add_ready("milk.txt", "Milk is in the fridge.")
        .await;
    asker.permits.add_permits(1);
    let finished = evaluating.once(&run, EvaluationRunStatus::Finished).await;
    let problem = finished.run.problem.expect("a notice");
    assert!(problem.contains("changed"), "{problem}");
}

#[tokio::test]
async fn a_deleted_run_is_left_alone() {
    let asker = ScriptedAsker::new(1, 0, no_fault);
    let evaluating = Evaluating::with(Arc::clone(&asker), 5).await;
    let run = evaluating.start().await;
    until(|| asker.begun() == 2).await;
    evaluating
        .room
        .delete_run(run.run.id)
        .await
        .expect("it is there");
    asker.permits.add_permits(10);
    let next = evaluating.start().await;
    let finished = evaluating.once(&next, EvaluationRunStatus::Finished).await;
    assert_eq!(finished.run.done, 5);
    // One question was in work when the run went.
    assert_eq!(asker.begun(), 2 + 5);
}
