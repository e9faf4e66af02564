//! Runs of the real searches beside what another system ranks, counted anew with judgments that came afterwards.

use futures_util::{FutureExt, StreamExt};
use riddle_core::{DocumentId, EvaluationQuestion, NewImportedRun, Quote};
use riddle_evaluation::question_scores;
use riddle_testkit::ChatScript;

use super::known::{finished, only_question};
use super::*;
use crate::evaluation::QuestionPatch;
use crate::testing::named;

const JUDGE: &str = "judge";
const THEIRS: &str = "theirs";
const MILK: &str = "Milk is ready in the fridge.";

/// An engine with a language model that finds that everything answers, tea and milk, and an empty set about them.
async fn tea_and_milk() -> TestEngine {
    let script = ChatScript {
        rewritten: Err(()),
        answer: &["3"],
        breaks: false,
    };
    let models = FakeModels::default().with_chat(ScriptedChat::named(JUDGE, script));
    let test = TestEngine::with(models, FakeLibrary::empty()).await;
    test.start().await;
    test.add_ready("tea.txt", "Tea is ready.").await;
    test.add_ready("milk.txt", MILK).await;
    let new = NewEvaluationSet {
        name: "set".to_owned(),
        description: String::new(),
        knowledge_base: Some("handbook".to_owned()),
        source: SetSource::Empty,
    };
    let created = test.engine.create_evaluation_set(new).await;
    created.expect("a set");
    test
}

fn document(name: &str) -> Gold {
    Gold {
        document: name.to_owned(),
        quote: None,
        grade: 1,
    }
}

fn passage(name: &str, text: &str) -> Gold {
    Gold {
        quote: Some(Quote {
            text: text.to_owned(),
            span: None,
        }),
        ..document(name)
    }
}

async fn question(test: &TestEngine, golds: Vec<Gold>) -> String {
    let new = NewQuestion {
        golds,
        ..about_tea(1)
    };
    let added = test.engine.add_evaluation_question("set", new).await;
    added.expect("it is kept").id
}

async fn judged(test: &TestEngine, question: &str, golds: Vec<Gold>) -> EvaluationQuestion {
    let patch = QuestionPatch {
        golds: Some(golds),
        ..QuestionPatch::default()
    };
    let engine = &test.engine;
    let patched = engine.update_evaluation_question("set", question, patch);
    patched.await.expect("it is kept")
}

/// A finished run beside what another system ranks: rows of a question's id and a document, best first.
async fn run(test: &TestEngine, rows: &[(&str, &str)], others: Vec<String>) -> EvaluationRunView {
    let line = |(place, (question, document)): (usize, &(&str, &str))| {
        format!("{question} Q0 {document} 1 -{place} {THEIRS}\n")
    };
    let content: String = rows.iter().enumerate().map(line).collect();
    let new = NewEvaluationRun {
        imports: vec![NewImportedRun {
            arm: None,
            file: "theirs.run".to_owned(),
            content: content.into_bytes(),
        }],
        others,
        ..plain_run()
    };
    let engine = &test.engine;
    let run = engine.create_evaluation_run("set", new).await;
    let id = run.expect("a run").run.id;
    engine.rooms.evaluation.start();
    loop {
        let now = engine.evaluation_run(id).await.expect("it is there");
        assert_eq!(now.run.problem, None);
        if now.run.status == EvaluationRunStatus::Finished {
            return now;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn recounted(test: &TestEngine, run: &EvaluationRunView, judge: Option<&str>) {
    let recounted = test.engine.recount_evaluation_run(run.run.id, judge).await;
    assert_eq!(recounted.expect("it is finished").run.problem, None);
}

async fn outcome(test: &TestEngine, id: EvaluationRunId, question: &str) -> QuestionOutcome {
    let page = test.engine.evaluation_outcome_of(id, question).await;
    page.expect("it is asked").outcomes.remove(0).1
}

/// nDCG@10 of the other system, or why it has failed.
async fn theirs(
    test: &TestEngine,
    run: &EvaluationRunView,
    question: &str,
) -> Result<Option<f64>, String> {
    let outcome = outcome(test, run.run.id, question).await;
    let mut arms = run.run.manifest.arms.iter();
    let place = arms.position(|arm| arm.name == THEIRS).expect("an arm");
    match &outcome.arms[place].failure {
        Some(failure) => Err(failure.clone()),
        None => {
            let scores = question_scores(&outcome, place, 10);
            Ok(scores.and_then(|scores| scores.ndcg_10).map(rounded))
        }
    }
}

async fn judge_by_model(test: &TestEngine, run: &EvaluationRunView) {
    let judging = test.engine.judge_by_model(run.run.id, JUDGE, 100).await;
    let judging = judging.expect("it begins");
    judging
        .for_each(|event| async move { drop(event.expect("no error")) })
        .await;
}

fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

/// nDCG@10 of one relevant document that is the second.
fn second() -> f64 {
    rounded(1.0 / 3.0_f64.log2())
}

#[tokio::test]
async fn another_system_is_compared_once_documents_are_judged_and_no_longer_than_they_are() {
    let test = tea_and_milk().await;
    let by_document = question(&test, vec![document("tea.txt")]).await;
    let by_passage = question(&test, vec![passage("milk.txt", MILK)]).await;
    let rows = [
        (by_document.as_str(), "tea.txt"),
        (by_passage.as_str(), "tea.txt"),
        (by_passage.as_str(), "milk.txt"),
    ];
    let run = run(&test, &rows, Vec::new()).await;
    assert_eq!(theirs(&test, &run, &by_document).await, Ok(Some(1.0)));
    let failed = theirs(&test, &run, &by_passage).await;
    assert!(failed.is_err_and(|why| why.contains("rank documents")));
    let trec = test.engine.export_evaluation_run(run.run.id, Some(THEIRS));
    let (trec, _permit) = trec.await.expect("it is finished");
    let ranked = &trec.files[0].content;
    assert!(!ranked.contains(&by_passage), "{ranked}");

    judged(
        &test,
        &by_document,
        vec![passage("tea.txt", "Tea is ready.")],
    )
    .await;
    judged(&test, &by_passage, vec![document("milk.txt")]).await;
    recounted(&test, &run, None).await;
    assert!(theirs(&test, &run, &by_document).await.is_err());
    assert_eq!(theirs(&test, &run, &by_passage).await, Ok(Some(second())));

    judged(&test, &by_document, vec![document("tea.txt")]).await;
    recounted(&test, &run, None).await;
    assert_eq!(theirs(&test, &run, &by_document).await, Ok(Some(1.0)));
}

#[tokio::test]
async fn a_judgment_of_a_document_that_was_never_there_can_be_taken_back() {
    let test = tea_and_milk().await;
    let golds = vec![document("tea.txt"), document("gone.txt")];
    let question = question(&test, golds).await;
    let rows = [
        (question.as_str(), "gone.txt"),
        (question.as_str(), "tea.txt"),
    ];
    let run = run(&test, &rows, Vec::new()).await;
    assert_eq!(theirs(&test, &run, &question).await, Ok(Some(1.0)));
    judged(&test, &question, vec![document("tea.txt")]).await;
    recounted(&test, &run, None).await;
    assert_eq!(theirs(&test, &run, &question).await, Ok(Some(second())));
}

#[tokio::test]
async fn another_system_is_counted_anew_with_the_grades_of_a_model() {
    let test = tea_and_milk().await;
    let question = question(&test, vec![document("tea.txt")]).await;
    let rows = [
        (question.as_str(), "milk.txt"),
        (question.as_str(), "tea.txt"),
    ];
    let run = run(&test, &rows, Vec::new()).await;
    assert_eq!(theirs(&test, &run, &question).await, Ok(Some(second())));
    judge_by_model(&test, &run).await;
    // The model says 3 of milk, which counts no more than what the person says of tea.
    recounted(&test, &run, Some(JUDGE)).await;
    assert_eq!(theirs(&test, &run, &question).await, Ok(Some(1.0)));
    let counted = outcome(&test, run.run.id, &question).await;
    let items = counted.question.items.iter();
    let items: Vec<(&str, i32)> = items
        .map(|item| (item.document.as_str(), item.grade))
        .collect();
    assert_eq!(items, [("tea.txt", 1), ("milk.txt", 1)]);
    recounted(&test, &run, None).await;
    assert_eq!(theirs(&test, &run, &question).await, Ok(Some(second())));
}

/// Adds `annex` with milk and cake of its own. Gives the id of its milk, which stands behind that of the first.
async fn annex(test: &mut TestEngine) -> DocumentId {
    let annex = test.engine.create_knowledge_base(named("annex")).await;
    let first = std::mem::replace(&mut test.knowledge_base, annex.expect("another"));
    let behind = test.add_ready("milk.txt", "Tea is ready with milk.").await;
    test.add_ready("cake.txt", "Tea is ready with cake.").await;
    test.knowledge_base = first;
    behind.id
}

#[tokio::test]
async fn over_several_knowledge_bases_a_model_and_another_system_mean_the_first_of_a_name() {
    let mut test = tea_and_milk().await;
    let behind = annex(&mut test).await;
    let question = question(&test, vec![document("tea.txt")]).await;
    let by_id = behind.to_string();
    let rows = [
        (question.as_str(), by_id.as_str()),
        (question.as_str(), "cake.txt"),
        (question.as_str(), "tea.txt"),
    ];
    let run = run(&test, &rows, vec!["annex".to_owned()]).await;
    let imported = &run.run.manifest.imported[0];
    assert_eq!(imported.unknown_names, std::slice::from_ref(&by_id));
    judge_by_model(&test, &run).await;
    recounted(&test, &run, Some(JUDGE)).await;
    let counted = outcome(&test, run.run.id, &question).await;
    let mut judged: Vec<(&str, bool)> = counted
        .candidates
        .iter()
        .filter(|candidate| (candidate.item as usize) < counted.question.items.len())
        .map(|candidate| {
            let document = candidate.document.as_str();
            (document, candidate.knowledge_base.is_some())
        })
        .collect();
    judged.sort_unstable();
    judged.dedup();
    let expected = [("cake.txt", true), ("milk.txt", false), ("tea.txt", false)];
    assert_eq!(judged, expected);

    let shown = test.engine.evaluation_outcome(run.run.id, 0).await;
    let (shown, passages) = shown.expect("it is asked");
    let of_milk = shown.candidates.iter().filter(|candidate| {
        candidate.document == "milk.txt" && passages.contains_key(&candidate.chunk)
    });
    let mut meant: Vec<(bool, bool)> = of_milk
        .map(|candidate| {
            let is_first = candidate.knowledge_base.is_none();
            (is_first, passages[&candidate.chunk].is_meant)
        })
        .collect();
    meant.sort_unstable();
    assert_eq!(meant, [(false, false), (true, true)]);
}

#[tokio::test]
async fn a_client_that_goes_leaves_no_run_half_counted() {
    let (evaluating, run) = finished().await;
    let (test, room, id) = (&evaluating.test, &evaluating.room, run.run.id);
    let question = only_question(&evaluating).await;
    judged(test, &question, vec![document("milk.txt")]).await;
    let mut counting = Box::pin(test.engine.recount_evaluation_run(id, None));
    assert!(counting.as_mut().now_or_never().is_none(), "it goes on");
    drop(counting);
    // Every arm has found tea alone.
    let present = async || {
        let report = room.report(id).await.expect("a report");
        report.arms[0].measures[0].headline.map(|found| found.mean)
    };
    let counted = async {
        while present().await != Some(0.0) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let counted = tokio::time::timeout(Duration::from_secs(300), counted).await;
    counted.expect("it is counted to its end");
}
