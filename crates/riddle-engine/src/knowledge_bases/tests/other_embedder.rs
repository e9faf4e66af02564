use std::time::Duration;

use riddle_core::LanguageCoverage::{Multilingual, Only};
use riddle_core::{
    ChunkChange, ChunkIndex, Clock, KnowledgeBase, LanguageCoverage, RetrievalMode, SearchRequest,
    SearchResponse,
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
    let test = at_rest(models, name, multilingual_is_here).await;
    test.start().await;
    test
}

/// The same with other models, before it runs.
async fn at_rest(models: FakeModels, name: &str, multilingual_is_here: bool) -> TestEngine {
    let mut test = TestEngine::with(models, library(multilingual_is_here)).await;
    let mut new = named("library");
    new.embedder = Some(name.to_owned());
    let made = test.engine.create_knowledge_base(new).await;
    test.knowledge_base = made.expect("a knowledge base");
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
    let found = search_dense(test, query).await;
    found.expect("a response").hits.len()
}

async fn search_dense(test: &TestEngine, query: &str) -> Result<SearchResponse, EngineError> {
    let request = SearchRequest {
        mode: Some(RetrievalMode::Dense),
        rerank: Some(false),
        ..SearchRequest::of(query)
    };
    test.engine.search(&["library"], request).await
}

/// Has the knowledge base look as if the files of `name` had embedded it that another machine has.
async fn embedded_elsewhere(test: &TestEngine, name: &str, next: Option<&str>) {
    let mut base = view(test).await.summary.knowledge_base;
    base.settings.embedder = Some(name.to_owned());
    base.settings.next_embedder = next.map(str::to_owned);
    base.embedder_fingerprint = Some("of another machine".to_owned());
    let store = &test.engine.rooms.shared.store;
    let updated = store.update_knowledge_base(&base).await;
    updated.expect("it is there");
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
async fn an_embedder_that_comes_with_other_files_makes_its_vectors_without_a_restart() {
    let models = FakeModels::default().and_embedder(ENGLISH, english());
    let models = models.and_embedder(MULTILINGUAL, Multilingual);
    models.set_here(MULTILINGUAL, false);
    let test = at_rest(models.clone(), ENGLISH, false).await;
    test.start().await;
    test.add_ready("ports.md", "The server listens on port 7180.")
        .await;
    test.add_ready("cakes.md", "Cakes are baked on Fridays.")
        .await;
    embedded_elsewhere(&test, MULTILINGUAL, None).await;
    let shared = &test.engine.rooms.shared;
    shared.embedders_due.notify_one();
    assert!(search_dense(&test, "server port").await.is_err());
    assert_eq!(test.index.embedded_by(MULTILINGUAL), 0);
    models.set_here(MULTILINGUAL, true);
    shared.embedders_due.notify_one();
    let is_own = |view: &KnowledgeBaseView| {
        let base = &view.summary.knowledge_base;
        base.embedder_fingerprint.as_deref() == Some(MULTILINGUAL)
    };
    while !is_own(&changed(&test).await) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    test.add_ready("tea.md", "Tea is served at four.").await;
    assert_eq!(test.index.embedded_by(MULTILINGUAL), 3);
    assert!(dense(&test, "server port").await > 0);
    test.engine.stop().await;
}

#[tokio::test]
async fn a_text_that_the_embedder_fails_on_holds_up_no_change() {
    let test = with_embedder(ENGLISH, true).await;
    test.add_ready("tea.md", "Tea is served at four.").await;
    let stores = test.index.chunk_ids(test.knowledge_base.id);
    let change = ChunkChange {
        chunk: stores.expect("the index answers")[0].1[0],
        seen: 1,
        text: "A fault of the kettle.".to_owned(),
        token_count: 5,
        enabled: true,
    };
    let store = &test.engine.rooms.shared.store;
    let changed_text = store.change_chunk(&change, test.clock.now()).await;
    changed_text.expect("the database takes it");
    test.add_ready("ports.md", "The server listens on port 7180.")
        .await;
    let chosen = patch(&test, choosing(MULTILINGUAL)).await;
    chosen.expect("it is here");
    let base = changed(&test).await.summary.knowledge_base;
    assert_eq!(base.settings.embedder.as_deref(), Some(MULTILINGUAL));
    test.add_ready("cakes.md", "Cakes are baked on Fridays.")
        .await;
    assert_eq!(test.index.embedded_by(MULTILINGUAL), 2);
    assert!(dense(&test, "server port").await > 0);
    test.engine.stop().await;
}

#[tokio::test]
async fn a_search_says_whether_the_vectors_of_other_files_are_being_made() {
    let models = FakeModels::default().and_embedder(ENGLISH, english());
    let test = at_rest(models, ENGLISH, false).await;
    for (next, told) in [
        (None, "restore them or embed it again"),
        (Some(ENGLISH), "its vectors are being made"),
    ] {
        embedded_elsewhere(&test, ENGLISH, next).await;
        let error = search_dense(&test, "server port").await;
        let error = error.expect_err("its vectors cannot be compared");
        assert!(error.to_string().contains(told), "{error}");
    }
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
