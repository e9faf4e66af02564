use std::time::Duration;

use riddle_core::LanguageCoverage::{Multilingual, Only};
use riddle_core::{
    Filter, KnowledgeBase, LanguageCoverage, RerankOptions, RetrievalMode, SearchRequest,
};
use riddle_testkit::{FakeLibrary, FakeModels};

use crate::KnowledgeBaseView;
use crate::error::EngineError;
use crate::knowledge_bases::KnowledgeBasePatch;
use crate::testing::{TestEngine, named};

const ENGLISH: &str = "english-words";
const BOTH: &str = "english-and-chinese-words";
const MULTILINGUAL: &str = "words-of-the-world";
const CHINESE_TEXT: &str =
    "本手册说明出差审批的流程。员工出差之前须由部门主管批准，费用在返回之后报销。";

fn english() -> LanguageCoverage {
    Only(vec!["en".to_owned()])
}

fn library(multilingual_is_here: bool) -> FakeLibrary {
    FakeLibrary::of(&["other"])
        .with_embedder(ENGLISH, english(), true)
        .with_embedder(BOTH, Only(vec!["en".to_owned(), "zh".to_owned()]), true)
        .with_embedder(MULTILINGUAL, Multilingual, multilingual_is_here)
}

/// An engine that runs, whose knowledge base has this embedder.
async fn with_embedder(name: &str, multilingual_is_here: bool) -> TestEngine {
    let models = FakeModels::default().and_embedder(ENGLISH, english());
    let models = models.and_embedder(BOTH, Only(vec!["en".to_owned(), "zh".to_owned()]));
    let models = models.and_embedder(MULTILINGUAL, Multilingual);
    let mut test = TestEngine::with(models, library(multilingual_is_here)).await;
    let mut new = named("library");
    new.embedder = Some(name.to_owned());
    let made = test.engine.create_knowledge_base(new).await;
    test.knowledge_base = made.expect("a knowledge base");
    test.start().await;
    test
}

async fn view(test: &TestEngine) -> KnowledgeBaseView {
    let view = test.engine.knowledge_base_view("library").await;
    view.expect("it is there")
}

async fn patch(test: &TestEngine, patch: KnowledgeBasePatch) -> Result<KnowledgeBase, EngineError> {
    test.engine.update_knowledge_base("library", patch).await
}

fn choosing(embedder: &str) -> KnowledgeBasePatch {
    KnowledgeBasePatch {
        embedder: Some(embedder.to_owned()),
        ..KnowledgeBasePatch::default()
    }
}

/// Waits until the embedder that was chosen is the one in use.
async fn changed(test: &TestEngine) -> KnowledgeBaseView {
    loop {
        let view = view(test).await;
        if view.change.is_none() {
            return view;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn dense(test: &TestEngine, query: &str) -> usize {
    let request = SearchRequest {
        query: query.to_owned(),
        top_k: None,
        top_n: None,
        mode: Some(RetrievalMode::Dense),
        fusion: None,
        rerank: Some(false),
        reranking: RerankOptions::default(),
        filter: Filter::default(),
        explain: false,
    };
    let found = test.engine.search(&["library"], request).await;
    found.expect("a response").hits.len()
}

#[tokio::test]
async fn the_first_chinese_document_brings_a_suggestion_that_can_be_dismissed() {
    let test = with_embedder(ENGLISH, false).await;
    test.add_ready("ports.md", "The server listens on port 7180.")
        .await;
    assert_eq!(view(&test).await.suggestion, None);
    test.add_ready("出差.md", CHINESE_TEXT).await;
    let suggestion = view(&test).await.suggestion.expect("one is suggested");
    assert_eq!(
        (&*suggestion.embedder, &*suggestion.present),
        (MULTILINGUAL, ENGLISH)
    );
    assert_eq!((&*suggestion.language, suggestion.here), ("zh", false));
    let listed = test
        .engine
        .list_knowledge_base_views()
        .await
        .expect("all of them");
    let suggested = listed.iter().map(|view| view.suggestion.is_some());
    assert_eq!(
        suggested.collect::<Vec<_>>(),
        [false, true],
        "of handbook and library"
    );
    let dismissed = KnowledgeBasePatch {
        dismiss_suggestion: Some(true),
        ..KnowledgeBasePatch::default()
    };
    patch(&test, dismissed).await.expect("dismissed");
    assert_eq!(view(&test).await.suggestion, None);
    test.add_ready("报销.md", CHINESE_TEXT).await;
    assert_eq!(view(&test).await.suggestion, None);
    test.engine.stop().await;
}

#[tokio::test]
async fn embedders_that_know_the_language_are_left_alone() {
    for embedder in [MULTILINGUAL, BOTH] {
        let test = with_embedder(embedder, true).await;
        test.add_ready("出差.md", CHINESE_TEXT).await;
        assert_eq!(view(&test).await.suggestion, None, "{embedder}");
        test.engine.stop().await;
    }
}

#[tokio::test]
async fn another_embedder_takes_over_once_its_vectors_are_made() {
    let test = with_embedder(ENGLISH, true).await;
    test.add_ready("ports.md", "The server listens on port 7180.")
        .await;
    test.add_ready("出差.md", CHINESE_TEXT).await;
    assert_eq!(dense(&test, "server port").await, 1);
    assert_eq!(test.index.embedded_by(MULTILINGUAL), 0);
    let before = view(&test).await;
    let set = patch(&test, choosing(MULTILINGUAL)).await.expect("chosen");
    assert_eq!(
        set.settings.embedder.as_deref(),
        Some(ENGLISH),
        "until the other is ready"
    );
    let after = changed(&test).await;
    let base = &after.summary.knowledge_base;
    assert_eq!(base.settings.embedder.as_deref(), Some(MULTILINGUAL));
    assert_eq!(base.embedder_fingerprint.as_deref(), Some(MULTILINGUAL));
    assert_ne!(
        base.embedder_fingerprint,
        before.summary.knowledge_base.embedder_fingerprint
    );
    assert_eq!(after.suggestion, None);
    // What is added from now on has the vectors of the new one, and so has what was there.
    test.add_ready("cakes.md", "Cakes are baked on Fridays.")
        .await;
    assert_eq!(test.index.embedded_by(MULTILINGUAL), 3);
    assert!(dense(&test, "server port").await > 0);
    test.engine.stop().await;
}

#[tokio::test]
async fn only_embedders_can_be_chosen_and_the_present_one_changes_nothing() {
    let test = with_embedder(ENGLISH, true).await;
    test.add_ready("ports.md", "The server listens on port 7180.")
        .await;
    let unknown = patch(&test, choosing("nothing"))
        .await
        .expect_err("no such embedder");
    assert!(
        unknown.to_string().contains("riddle models list"),
        "{unknown}"
    );
    let reranker = patch(&test, choosing("other")).await;
    assert!(reranker.is_err(), "what is no embedder is none");
    patch(&test, choosing(ENGLISH))
        .await
        .expect("it is the present one");
    assert_eq!(view(&test).await.change, None);
    test.engine.stop().await;
}
