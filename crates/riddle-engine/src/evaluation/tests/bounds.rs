//! What a request may take of memory, disk and time.

use std::sync::Arc;
use std::time::Duration;

use riddle_core::{
    EvaluationArm, EvaluationQuestion, EvaluationRunId, EvaluationRunStatus, QuestionHalf,
    QuestionOrigin, QuestionReview, QuestionScope,
};
use riddle_evaluation::formats::MAX_QUESTIONS;
use riddle_evaluation::{JudgingOrder, WhatIf};
use uuid::Uuid;

use super::{Evaluating, ScriptedAsker, about_tea, gold_of_tea, no_fault, plain_run, until};
use crate::bounds::MAX_SET_DOCUMENTS;
use crate::error::EngineError;
use crate::evaluation::{
    Evaluation, NewEvaluationSet, QuestionMaker, QuestionPatch, RunControl, SetFile, SetFormat,
    SetSource, Work,
};
use crate::testing::TestEngine;

fn made_of(name: &str, format: SetFormat, files: &[(&str, String)]) -> NewEvaluationSet {
    let file = |(name, text): &(&str, String)| SetFile {
        name: (*name).to_owned(),
        bytes: text.clone().into_bytes(),
    };
    NewEvaluationSet {
        name: name.to_owned(),
        description: String::new(),
        knowledge_base: None,
        source: SetSource::Files(Some(format), files.iter().map(file).collect()),
    }
}

/// The codes of what everything that keeps something new for evaluations says.
async fn keep_everything(room: &Arc<Evaluation>) -> Vec<&'static str> {
    let question = room.set_questions("set", 0, 1).await.expect("a page");
    let question = question.0.questions[0].id.clone();
    let empty = NewEvaluationSet {
        name: "other".to_owned(),
        description: String::new(),
        knowledge_base: Some("handbook".to_owned()),
        source: SetSource::Empty,
    };
    let patch = QuestionPatch {
        review: Some(QuestionReview::Confirmed),
        ..QuestionPatch::default()
    };
    let headings = Some(QuestionMaker::Headings);
    let run = EvaluationRunId(Uuid::from_u128(1));
    let said = [
        room.parse_set(empty).await.err(),
        room.add_question("set", about_tea(7)).await.err(),
        room.update_question("set", &question, patch).await.err(),
        room.judge("set", &question, gold_of_tea()).await.err(),
        room.make_questions("set", 1, headings).await.err(),
        room.collect_questions("set").await.err(),
        room.recount(run, None).await.err(),
        room.create_run("set", plain_run()).await.err(),
        room.describe_run(run, None, Some("a note".to_owned()))
            .await
            .err(),
    ];
    said.map(code_of).to_vec()
}

/// The same of what a run puts in the place of the knowledge base's settings.
async fn take_over_and_back(test: &TestEngine) -> [&'static str; 2] {
    let bases = &test.engine.rooms.knowledge_bases;
    let base = &test.knowledge_base;
    let run = EvaluationRunId(Uuid::from_u128(1));
    let present = EvaluationArm::of_settings("present", &base.settings.retrieval);
    let taken = bases.take_over(base.id, (run, present), None, |settings| settings);
    let taken = taken.await.err();
    [taken, bases.take_back(run).await.err()].map(code_of)
}

fn code_of(error: Option<EngineError>) -> &'static str {
    error.map_or("kept", |error| error.code())
}

#[tokio::test]
async fn nothing_new_is_kept_without_room_on_the_disk() {
    let asker = ScriptedAsker::new(100, 0, no_fault);
    let evaluating = Evaluating::with(Arc::clone(&asker), 1).await;
    let full = EngineError::Io(std::io::ErrorKind::StorageFull.into());
    let disk = &evaluating.test.engine.rooms.shared.disk;
    assert!(disk.is_cause_of(&full));
    let said = keep_everything(&evaluating.room).await;
    assert_eq!(said, ["disk_full"; 9]);
    let said = take_over_and_back(&evaluating.test).await;
    assert_eq!(said, ["disk_full"; 2]);
    evaluating.test.clock.advance(5_000);
    let said = keep_everything(&evaluating.room).await;
    let mut expected = ["kept"; 9];
    expected[6] = "evaluation_run_not_found";
    expected[8] = "evaluation_run_not_found";
    assert_eq!(said, expected);
    let said = take_over_and_back(&evaluating.test).await;
    assert_eq!(said, ["kept", "evaluation_run_state"]);
}

#[tokio::test]
async fn a_run_waits_for_room_on_the_disk() {
    let asker = ScriptedAsker::new(0, 0, no_fault);
    let evaluating = Evaluating::with(Arc::clone(&asker), 2).await;
    let run = evaluating.start().await;
    until(|| asker.begun() == 1).await;
    let full = EngineError::Io(std::io::ErrorKind::StorageFull.into());
    let disk = &evaluating.test.engine.rooms.shared.disk;
    assert!(disk.is_cause_of(&full));
    asker.permits.add_permits(2);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(asker.begun(), 1);
    evaluating.test.clock.advance(5_000);
    let finished = evaluating.once(&run, EvaluationRunStatus::Finished).await;
    assert_eq!((finished.run.done, asker.begun()), (2, 2));
}

#[tokio::test]
async fn what_takes_long_is_done_for_few_at_a_time() {
    let asker = ScriptedAsker::new(100, 0, no_fault);
    let evaluating = Evaluating::with(Arc::clone(&asker), 1).await;
    let run = evaluating.start().await;
    let run = evaluating
        .once(&run, EvaluationRunStatus::Finished)
        .await
        .run
        .id;
    let room = &evaluating.room;
    let taken = [
        room.permit(Work::Reading).await,
        room.permit(Work::Reading).await,
        room.permit(Work::Making).await,
        room.permit(Work::Making).await,
        room.permit(Work::Recounting).await,
    ];
    assert!(taken.iter().all(Result::is_ok));
    let settings = WhatIf {
        depth: None,
        weight: None,
        top_n: None,
        skip_lead: None,
    };
    let headings = Some(QuestionMaker::Headings);
    let said = tokio::join!(
        async { room.set_quality("set").await.err() },
        async {
            let power = room.expected_power("set", QuestionScope::All, None);
            power.await.err()
        },
        async { room.try_settings(run, "present", settings).await.err() },
        async { room.diff((run, run), (None, None)).await.err() },
        async {
            room.to_judge(run, 10, JudgingOrder::ByDifference)
                .await
                .err()
        },
        async { room.recount(run, None).await.err() },
        async { room.collect_questions("set").await.err() },
        async { room.export_set("set", SetFormat::Jsonl).await.err() },
        async { room.create_run("set", plain_run()).await.err() },
        async { room.make_questions("set", 1, headings).await.err() },
        async { room.set_questions("set", 0, 1_000).await.err() },
        async { room.add_question("set", about_tea(1)).await.err() },
        async { room.report_to_send(run).await.err() },
        async { room.arm_to_apply(run, "present").await.err() },
        async { room.live().await.err() },
        async { room.setting_curves(run, "present", settings).await.err() },
    );
    let said = [
        said.0, said.1, said.2, said.3, said.4, said.5, said.6, said.7, said.8, said.9, said.10,
        said.11, said.12, said.13, said.14, said.15,
    ];
    for (number, error) in said.iter().enumerate() {
        let code = error.as_ref().map(EngineError::code);
        assert_eq!(code, Some("overloaded"), "{number}");
    }
    drop(taken);
    room.set_quality("set").await.expect("it is its turn");
    // Events of questions that are made hold their permit until they are dropped.
    let first = room.make_questions("set", 1, headings).await;
    let second = room.make_questions("set", 1, headings).await;
    let third = room.make_questions("set", 1, headings).await;
    assert_eq!(third.err().map(|error| error.code()), Some("overloaded"));
    drop((first, second));
    assert!(room.make_questions("set", 1, headings).await.is_ok());
}

#[tokio::test]
async fn an_answer_that_is_read_slowly_counts_until_it_is_sent() {
    let asker = ScriptedAsker::new(100, 0, no_fault);
    let evaluating = Evaluating::with(Arc::clone(&asker), 1).await;
    let room = &evaluating.room;
    let mut sent = Vec::new();
    for _ in 0..4 {
        sent.push(room.export_set("set", SetFormat::Jsonl).await.expect("one"));
    }
    let refused = room.export_set("set", SetFormat::Jsonl).await;
    assert_eq!(refused.err().map(|error| error.code()), Some("overloaded"));
    // Who reads slowly keeps nobody from work.
    room.set_quality("set").await.expect("it is free");
    sent.pop();
    let page = room.set_questions("set", 0, 1).await.expect("it is free");
    assert_eq!(page.0.questions.len(), 1);
}

#[tokio::test]
async fn runs_that_have_not_ended_are_bounded() {
    let asker = ScriptedAsker::new(0, 0, no_fault);
    let evaluating = Evaluating::with(Arc::clone(&asker), 1).await;
    let first = evaluating.start().await;
    for _ in 1..50 {
        evaluating.start().await;
    }
    let refused = evaluating.room.create_run("set", plain_run()).await;
    let refused = refused.expect_err("there are enough");
    assert_eq!(refused.code(), "evaluation_run_state");
    let cancelled = evaluating
        .room
        .control_run(first.run.id, RunControl::Cancel);
    cancelled.await.expect("it ends");
    evaluating.start().await;
}

#[tokio::test]
async fn a_full_set_takes_no_question() {
    let asker = ScriptedAsker::new(100, 0, no_fault);
    let evaluating = Evaluating::with(asker, 0).await;
    let room = &evaluating.room;
    let id = room.set("set").await.expect("it is there").id;
    let question = |number: usize| EvaluationQuestion {
        id: number.to_string(),
        text: "?".to_owned(),
        answers: Vec::new(),
        golds: Vec::new(),
        unanswerable: false,
        origin: QuestionOrigin::Imported,
        review: QuestionReview::Rejected,
        half: QuestionHalf::Dev,
        model_grades: Vec::new(),
    };
    let questions: Vec<EvaluationQuestion> = (1..MAX_QUESTIONS).map(question).collect();
    let store = &evaluating.test.engine.rooms.shared.store;
    store
        .put_evaluation_questions(id, &questions)
        .await
        .expect("they are kept");
    room.add_question("set", about_tea(1))
        .await
        .expect("the last one");
    let refused = room.add_question("set", about_tea(2)).await;
    assert_eq!(refused.expect_err("it is full").code(), "too_large");
    let headings = Some(QuestionMaker::Headings);
    let refused = room.make_questions("set", 1, headings).await;
    assert_eq!(refused.err().map(|error| error.code()), Some("too_large"));
}

#[tokio::test]
async fn a_page_of_outcomes_is_bounded_whatever_is_asked_for() {
    let asker = ScriptedAsker::new(100, 0, no_fault);
    let evaluating = Evaluating::with(Arc::clone(&asker), 60).await;
    let run = evaluating.start().await;
    let run = evaluating.once(&run, EvaluationRunStatus::Finished).await;
    let id = run.run.id;
    let page = evaluating.room.outcomes(id, 0, 1_000).await;
    let page = page.expect("a page");
    assert_eq!((page.outcomes.len(), page.next), (50, Some(50)));
    let page = evaluating.room.outcomes(id, 50, 1_000).await;
    let page = page.expect("a page");
    assert_eq!((page.outcomes.len(), page.next), (10, None));
    let refused = evaluating.room.outcomes(id, 0, 1_001).await;
    assert_eq!(
        refused.err().map(|error| error.code()),
        Some("invalid_request")
    );
}

#[tokio::test]
async fn passages_known_by_their_place_get_their_words() {
    let test = TestEngine::running().await;
    test.add_ready("tea.txt", "Tea is ready.").await;
    let line = r#"{"question":"What?","relevant":[{"document":"tea.txt","span":[0,3]}]}"#;
    let spans = |line: &str| {
        let files = [("q.jsonl", line.to_owned())];
        NewEvaluationSet {
            knowledge_base: Some("handbook".to_owned()),
            ..made_of("spans", SetFormat::Jsonl, &files)
        }
    };
    let refused = test
        .engine
        .create_evaluation_set(spans(&line.replace("tea.txt", "none.txt")))
        .await;
    let refused = refused.expect_err("no such document").to_string();
    assert!(refused.contains("there is no document"), "{refused}");
    let (set, _) = test
        .engine
        .create_evaluation_set(spans(line))
        .await
        .expect("a set");
    let page = test.engine.evaluation_questions(&set.name, 0, 1).await;
    let questions = page.expect("a page").0.questions;
    let quote = questions[0].golds[0].quote.as_ref().expect("a quote");
    assert_eq!(quote.text, "Tea");
    test.engine.stop().await;
}

#[tokio::test]
async fn a_set_brings_no_more_documents_than_a_request_can_keep() {
    let test = TestEngine::running().await;
    let corpus: String = (0..=MAX_SET_DOCUMENTS)
        .map(|n| format!("{{\"_id\":\"d{n}\",\"text\":\"t\"}}\n"))
        .collect();
    let qrels = "query-id\tcorpus-id\tscore\nq\td1\t1\n".to_owned();
    let query = "{\"_id\":\"q\",\"text\":\"Tea?\"}\n".to_owned();
    let files = [
        ("corpus.jsonl", corpus),
        ("queries.jsonl", query),
        ("qrels/test.tsv", qrels),
    ];
    let made = made_of("own", SetFormat::Beir, &files);
    let refused = test.engine.create_evaluation_set(made).await;
    let refused = refused.expect_err("they are too many");
    assert_eq!(refused.code(), "too_large");
    assert!(refused.to_string().contains("riddle ingest"), "{refused}");
    let base = test.engine.knowledge_base("own").await;
    assert!(base.is_err(), "nothing is kept");
    test.engine.stop().await;
}

#[tokio::test]
async fn a_client_that_goes_leaves_no_half_of_a_set() {
    let test = TestEngine::running().await;
    let lines = |line: &dyn Fn(usize) -> String| (0..200).map(line).collect::<String>();
    let corpus =
        lines(&|n| format!("{{\"_id\":\"d{n}\",\"text\":\"Tea number {n} is ready.\"}}\n"));
    let files = [
        ("corpus.jsonl", corpus),
        (
            "queries.jsonl",
            "{\"_id\":\"q\",\"text\":\"Tea?\"}\n".to_owned(),
        ),
        (
            "qrels/test.tsv",
            "query-id\tcorpus-id\tscore\nq\td1\t1\n".to_owned(),
        ),
    ];
    let making = test
        .engine
        .create_evaluation_set(made_of("own", SetFormat::Beir, &files));
    let begun = async {
        while test.engine.knowledge_base("own").await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    // The client goes as soon as the knowledge base is there.
    tokio::select! {
        biased;
        () = begun => {}
        made = making => drop(made),
    }
    while test.engine.evaluation_set("own").await.is_err() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let counts = test.engine.count_documents().await.expect("counts");
    let all: u64 = counts.iter().map(|(_, count)| count).sum();
    assert_eq!(all, 200);
    test.engine.stop().await;
}
