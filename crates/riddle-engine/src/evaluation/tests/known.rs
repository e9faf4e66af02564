//! Runs whose outcomes are known before, and what is judged and counted of them.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use futures_util::future::join_all;
use riddle_core::{
    ArmOutcome, ChunkId, EvaluatedQuestion, EvaluationRunStatus, FrozenCandidate, Gold, GoldPlace,
    JudgedItem, KnowledgeBase, QuestionHalf, QuestionOutcome, Quote, fusions_to_try,
};
use riddle_evaluation::JudgingOrder;

use super::{Evaluating, TestEngine};
use crate::asking::{AskInArms, Asking};
use crate::error::EngineError;
use crate::evaluation::{EvaluationRunView, QuestionPatch};

/// Says the same of every question, in every arm.
#[derive(Default)]
struct KnownAsker {
    outcome: OnceLock<QuestionOutcome>,
}

#[async_trait]
impl AskInArms for KnownAsker {
    async fn ask_in_arms(&self, asking: Asking<'_>) -> Result<QuestionOutcome, EngineError> {
        let known = self.outcome.get().expect("it is told").clone();
        Ok(QuestionOutcome {
            question: EvaluatedQuestion {
                id: asking.question.id.clone(),
                ..known.question
            },
            arms: vec![known.arms[0].clone(); asking.arms.len()],
            ..known
        })
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

async fn first_chunk(evaluating: &Evaluating, document: &str) -> ChunkId {
    let shared = &evaluating.test.engine.rooms.shared;
    let base = evaluating.test.knowledge_base.id;
    let names = [document.to_owned()];
    let named = shared.store.documents_named(base, &names).await;
    let id = named.expect("a store")[document];
    let position = shared.index_progress.position();
    let chunks = shared.store.document_chunks(id, 0, 1, position).await;
    chunks.expect("a store")[0].record.id
}

/// Every arm has found `tea.txt`, which is judged; behind it a fusion alone has found `milk.txt`.
async fn tea_before_milk(evaluating: &Evaluating) -> QuestionOutcome {
    let mut candidates = Vec::new();
    for (document, item) in [("tea.txt", 0), ("milk.txt", 1)] {
        candidates.push(FrozenCandidate {
            chunk: first_chunk(evaluating, document).await,
            document: document.to_owned(),
            knowledge_base: None,
            item,
        });
    }
    QuestionOutcome {
        question: EvaluatedQuestion {
            id: String::new(),
            text: "Is tea ready?".to_owned(),
            answers: Vec::new(),
            unanswerable: false,
            half: QuestionHalf::Dev,
            language: None,
            origin: None,
            items: vec![JudgedItem {
                document: "tea.txt".to_owned(),
                grade: 1,
                place: GoldPlace::Found,
                position: None,
                chunk_chars: None,
                overlap: None,
                judge: None,
                model_grade: None,
            }],
        },
        candidates,
        arms: vec![ArmOutcome {
            retrieved: vec![0],
            fused: vec![1.0],
            ranking: vec![0],
            ..ArmOutcome::default()
        }],
        fusions: vec![vec![0, 1]; fusions_to_try().len()],
    }
}

/// A set with one question, and its finished run.
pub(super) async fn finished() -> (Evaluating, EvaluationRunView) {
    finished_over(TestEngine::running().await).await
}

/// The same on an engine with other models.
pub(super) async fn finished_over(test: TestEngine) -> (Evaluating, EvaluationRunView) {
    let asker = Arc::<KnownAsker>::default();
    let evaluating = Evaluating::over(test, Arc::clone(&asker), 1).await;
    evaluating
        .test
        .add_ready("milk.txt", "Milk is in the fridge.")
        .await;
    let outcome = tea_before_milk(&evaluating).await;
    assert!(asker.outcome.set(outcome).is_ok());
    let run = evaluating.start().await;
    let run = evaluating.once(&run, EvaluationRunStatus::Finished).await;
    (evaluating, run)
}

pub(super) async fn only_question(evaluating: &Evaluating) -> String {
    let page = evaluating.room.set_questions("set", 0, 1).await;
    page.expect("a page").0.questions[0].id.clone()
}

pub(super) fn of_passage(text: &str) -> Gold {
    Gold {
        document: "tea.txt".to_owned(),
        quote: Some(Quote {
            text: text.to_owned(),
            span: None,
        }),
        grade: 1,
    }
}

#[tokio::test]
async fn what_only_the_tuned_fusion_finds_is_given_out_to_be_judged() {
    let (evaluating, run) = finished().await;
    let open = evaluating
        .room
        .to_judge(run.run.id, 10, JudgingOrder::ByDifference)
        .await;
    let open = open.expect("passages");
    let documents: Vec<&str> = open
        .passages
        .iter()
        .map(|passage| passage.gold.document.as_str())
        .collect();
    assert_eq!((documents, open.more), (vec!["milk.txt"], false));
}

#[tokio::test]
async fn a_question_whose_judged_passage_is_gone_counts_as_it_did() {
    let (evaluating, run) = finished().await;
    let (room, id) = (&evaluating.room, run.run.id);
    let question = only_question(&evaluating).await;
    let patch = QuestionPatch {
        golds: Some(vec![of_passage("tea\nIS ready")]),
        ..QuestionPatch::default()
    };
    let patched = room.update_question("set", &question, patch).await;
    patched.expect("it is kept");
    let present = async || {
        let report = room.report(id).await.expect("a report");
        report.arms[0].measures[0].headline.map(|found| found.mean)
    };
    let recounted = room.recount(id, None).await.expect("it is finished");
    assert_eq!((recounted.run.problem, present().await), (None, Some(1.0)));

    let changed = "Tea is ready. So is the cake, which nobody has asked about.";
    evaluating.test.add_ready("tea.txt", changed).await;
    for _ in 0..2 {
        let recounted = room.recount(id, None).await.expect("it is finished");
        let problem = recounted.run.problem.expect("a notice");
        assert!(problem.starts_with("1 of its questions"), "{problem}");
        assert_eq!(present().await, Some(1.0));
    }
}

#[tokio::test]
async fn judgments_that_come_at_once_are_all_kept() {
    let (evaluating, _run) = finished().await;
    let question = only_question(&evaluating).await;
    let room = &evaluating.room;
    let judged = join_all((0..20).map(|number| {
        let gold = of_passage(&format!("passage {number}"));
        room.judge("set", &question, gold)
    }));
    assert!(judged.await.iter().all(Result::is_ok));
    let kept = room.question("set", &question).await.expect("it is there");
    // The set has a judgment of the whole document from the beginning.
    assert_eq!(kept.golds.len(), 1 + 20);
}
