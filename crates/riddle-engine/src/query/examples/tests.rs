use std::sync::Arc;
use std::time::Duration;

use riddle_core::{ChunkIndex, DocumentId, DocumentStatus};
use riddle_testkit::Extraction;

use super::ExampleSource;
use crate::ChunkPatch;
use crate::KnowledgeBasePatch;
use crate::testing::TestEngine;

const TRAVEL: &str = "\
# Travel

## Trip approval

The head of the team says whether a trip is made, and what it may cost in all.
";
const LEAVE: &str = "\
# Leave

## How many days of leave are there?

There are thirty days of leave in the year, and what is left goes into the next.
";
const BADGES: &str = "\
# Badges

## Lost badges

What to do with a lost badge: the porter blocks it and gives out another one.
";
const CHINESE: &str = "\
# 出差

## 出差报销

出差费用由财务部门在两周之内报销，发票要交给秘书。
";

/// Questions with what they come from: the name of a document, or nothing for those of the knowledge base's own.
async fn examples(test: &TestEngine, language: Option<&str>) -> Vec<(String, Option<String>)> {
    let examples = test
        .engine
        .examples(&test.knowledge_base.name, language)
        .await;
    let examples = examples.expect("it is there").into_iter();
    let described = examples.map(|example| match example.source {
        ExampleSource::Own => (example.question, None),
        ExampleSource::Heading(passage) => (example.question, Some(passage.document_name)),
    });
    described.collect()
}

async fn questions(test: &TestEngine, language: Option<&str>) -> Vec<String> {
    let examples = examples(test, language).await;
    examples.into_iter().map(|(question, _)| question).collect()
}

/// A document is ready a moment before the position of the indexes says so.
async fn settle(test: &TestEngine) {
    let progress = &test.engine.rooms.shared.index_progress;
    let reached = progress.wait_for(test.index.position(), Duration::from_secs(60));
    assert!(reached.await);
}

async fn set_own(test: &TestEngine, questions: &[&str]) {
    let patch = KnowledgeBasePatch {
        examples: Some(
            questions
                .iter()
                .map(|&question| question.to_owned())
                .collect(),
        ),
        ..KnowledgeBasePatch::default()
    };
    let name = &test.knowledge_base.name;
    let set = test.engine.update_knowledge_base(name, patch).await;
    assert_eq!(set.expect("it is set").settings.examples, questions);
}

#[tokio::test]
async fn questions_are_made_of_headings_of_different_documents() {
    let test = TestEngine::running().await;
    for (name, text) in [
        ("badges.md", BADGES),
        ("leave.md", LEAVE),
        ("travel.md", TRAVEL),
    ] {
        test.add_ready(name, text).await;
    }
    let expected = [
        ("What should I know about lost badges?", "badges.md"),
        ("How many days of leave are there?", "leave.md"),
        ("What should I know about trip approval?", "travel.md"),
    ];
    let expected =
        expected.map(|(question, document)| (question.to_owned(), Some(document.to_owned())));
    assert_eq!(examples(&test, None).await, expected);
    assert_eq!(examples(&test, Some("en")).await, expected);
    test.engine.stop().await;
}

#[tokio::test]
async fn a_question_whose_heading_is_not_found_is_not_offered() {
    let test = TestEngine::running().await;
    test.add_ready("leave.md", LEAVE).await;
    // Four passages that have every word of the question about the badges, which the fake index finds before it.
    for name in ["a", "b", "c", "d"] {
        let text = format!("What should I know about lost badges? Nothing in {name}.");
        test.add_ready(&format!("{name}.txt"), &text).await;
    }
    test.add_ready("badges.md", BADGES).await;
    assert_eq!(
        questions(&test, None).await,
        ["How many days of leave are there?"]
    );
    test.engine.stop().await;
}

#[tokio::test]
async fn own_questions_come_first_and_those_in_the_language_before_others() {
    let test = TestEngine::running().await;
    test.add_ready("leave.md", LEAVE).await;
    test.add_ready("travel.md", TRAVEL).await;
    test.add_ready("出差.md", CHINESE).await;
    let made_zh = "关于“出差报销”，需要了解什么？";
    assert_eq!(questions(&test, Some("zh")).await[0], made_zh);
    assert_ne!(questions(&test, Some("en")).await[0], made_zh);

    let own = ["Who blocks a badge?", "谁批准出差？"];
    set_own(&test, &own).await;
    let zh = examples(&test, Some("zh")).await;
    let expected = [(own[1], false), (own[0], false), (made_zh, true)];
    let zh: Vec<(&str, bool)> = zh
        .iter()
        .map(|(question, of)| (question.as_str(), of.is_some()))
        .collect();
    assert_eq!(zh, expected);
    assert_eq!(questions(&test, Some("en")).await[..2], own);

    // What an own question asks already is not made again.
    set_own(
        &test,
        &["How many days of leave are there", "Who blocks a badge?"],
    )
    .await;
    let en = questions(&test, Some("en")).await;
    assert_eq!(en[2], "What should I know about trip approval?", "{en:?}");

    set_own(&test, &["One?", "Two?", "Three?", "Four?"]).await;
    assert_eq!(questions(&test, None).await, ["One?", "Two?", "Three?"]);
    set_own(&test, &[]).await;
    assert_eq!(questions(&test, Some("zh")).await[0], made_zh);
    test.engine.stop().await;
}

#[tokio::test]
async fn nothing_is_offered_before_a_document_is_ready_and_what_was_made_stays_while_others_come() {
    let test = TestEngine::at_rest().await;
    set_own(&test, &["Who blocks a badge?"]).await;
    assert!(questions(&test, None).await.is_empty(), "it is empty");
    let leave = test.add("leave.md", LEAVE).await;
    assert!(questions(&test, None).await.is_empty(), "it is in work");
    test.start().await;
    assert_eq!(test.end_of(leave.id).await, DocumentStatus::Ready);
    let with_leave = ["Who blocks a badge?", "How many days of leave are there?"];
    assert_eq!(questions(&test, None).await, with_leave);

    test.extractor.plan("travel.md", [Extraction::Waits]);
    let travel = test.add("travel.md", TRAVEL).await;
    test.extractor.gate.reached().await;
    assert_eq!(questions(&test, None).await, with_leave);
    // Nothing is made while it is in work.
    assert_eq!(questions(&test, Some("en")).await, with_leave[..1]);
    test.extractor.gate.hold(false);
    assert_eq!(test.end_of(travel.id).await, DocumentStatus::Ready);
    assert_eq!(questions(&test, None).await.len(), 3);
    test.engine.stop().await;
}

#[tokio::test]
async fn what_was_made_follows_the_documents() {
    let test = TestEngine::running().await;
    let leave = test.add_ready("leave.md", LEAVE).await;
    let travel = test.add_ready("travel.md", TRAVEL).await;
    assert_eq!(questions(&test, None).await.len(), 2);
    disable_all(&test, leave.id).await;
    let trip = ["What should I know about trip approval?"];
    assert_eq!(questions(&test, None).await, trip);
    test.engine
        .delete_document(travel.id)
        .await
        .expect("deleted");
    assert!(questions(&test, None).await.is_empty());
    test.engine.stop().await;
}

async fn disable_all(test: &TestEngine, document: DocumentId) {
    let chunks = test
        .engine
        .document_chunks(document, 0, 10)
        .await
        .expect("chunks");
    for chunk in chunks {
        let patch = ChunkPatch {
            text: None,
            enabled: Some(false),
            revision: Some(1),
        };
        let changed = test.engine.update_chunk(chunk.record.id, patch).await;
        assert!(!changed.expect("it is changed").state.pending);
    }
}

#[tokio::test]
async fn people_who_search_come_before_questions_that_are_made() {
    let test = TestEngine::running().await;
    test.add_ready("leave.md", LEAVE).await;
    let permits = Arc::clone(&test.engine.rooms.shared.query_permits);
    let all = u32::try_from(permits.available_permits()).expect("a few");
    let taken = permits.acquire_many(all).await.expect("free");
    assert!(questions(&test, None).await.is_empty());
    drop(taken);
    assert_eq!(
        questions(&test, None).await,
        ["How many days of leave are there?"]
    );
    test.engine.stop().await;
}

#[tokio::test]
async fn questions_are_made_once_for_a_position_of_the_indexes() {
    let test = TestEngine::running().await;
    test.add_ready("leave.md", LEAVE).await;
    settle(&test).await;
    let made = questions(&test, None).await;
    let searches = test.index.searches();
    assert!(searches > 0);
    assert_eq!(questions(&test, None).await, made);
    assert_eq!(test.index.searches(), searches);
    let before = test.index.position();
    test.add_ready("travel.md", TRAVEL).await;
    assert!(test.index.position() > before);
    settle(&test).await;
    assert_eq!(questions(&test, None).await.len(), 2);
    assert!(test.index.searches() > searches);
    test.engine.stop().await;
}
