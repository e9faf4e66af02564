mod other_embedder;

use riddle_core::{
    ChunkIndex, ChunkingSettings, KnowledgeBase, KnowledgeBaseId, RetrievalMode, RetrievalSettings,
};
use riddle_testkit::{FakeLibrary, FakeModels, ScriptedChat};

use super::{KnowledgeBasePatch, NewKnowledgeBase};
use crate::bounds::MAX_BASES;
use crate::error::EngineError;
use crate::testing::{TestEngine, named};

const WITHOUT_EMBEDDER: &str = "none";

/// Settings that are refused, with the field that is at fault, made of those that are fine.
fn refused(fine: &RetrievalSettings) -> Vec<(&'static str, KnowledgeBasePatch)> {
    let chunking = |max_tokens, overlap_tokens| KnowledgeBasePatch {
        chunking: Some(ChunkingSettings {
            max_tokens,
            overlap_tokens,
        }),
        ..KnowledgeBasePatch::default()
    };
    let retrieval = |change: fn(&mut RetrievalSettings)| {
        let mut retrieval = fine.clone();
        change(&mut retrieval);
        KnowledgeBasePatch {
            retrieval: Some(retrieval),
            ..KnowledgeBasePatch::default()
        }
    };
    let examples = |questions: Vec<String>| KnowledgeBasePatch {
        examples: Some(questions),
        ..KnowledgeBasePatch::default()
    };
    vec![
        (
            "examples",
            examples((0..7).map(|number| format!("Question {number}?")).collect()),
        ),
        ("examples", examples(vec!["字".repeat(201)])),
        ("examples", examples(vec![" ?".to_owned()])),
        ("examples", examples(vec![String::new()])),
        ("examples", examples(vec!["Why\nso?".to_owned()])),
        (
            "examples",
            examples(vec!["Why?".to_owned(), "Why? ".to_owned()]),
        ),
        ("chunking.max_tokens", chunking(31, 0)),
        ("chunking.max_tokens", chunking(8_193, 0)),
        ("chunking.overlap_tokens", chunking(100, 50)),
        ("retrieval.top_k", retrieval(|it| it.top_k = 0)),
        ("retrieval.top_k", retrieval(|it| it.top_k = 1_001)),
        ("retrieval.top_n", retrieval(|it| it.top_n = 0)),
        ("retrieval.top_n", retrieval(|it| it.top_n = it.top_k + 1)),
        (
            "retrieval.rerank.weight",
            retrieval(|it| it.rerank_weight = Some(1.1)),
        ),
        (
            "retrieval.rerank.weight",
            retrieval(|it| it.rerank_weight = Some(f32::NAN)),
        ),
        (
            "retrieval.rerank.skip_lead",
            retrieval(|it| it.rerank_skip_lead = Some(0.0)),
        ),
        (
            "retrieval.rerank.deadline_ms",
            retrieval(|it| it.rerank_deadline_ms = Some(0)),
        ),
        (
            "retrieval.rerank",
            retrieval(|it| it.reranker = Some("absent".to_owned())),
        ),
    ]
}

#[tokio::test]
async fn settings_out_of_bounds_are_refused_and_named() {
    let test = TestEngine::at_rest().await;
    let fine = &test.knowledge_base;
    for (field, patch) in refused(&fine.settings.retrieval) {
        let new = NewKnowledgeBase {
            chunking: patch.chunking,
            retrieval: patch.retrieval.clone(),
            examples: patch.examples.clone().unwrap_or_default(),
            ..named("another")
        };
        let created = test.engine.create_knowledge_base(new).await;
        let updated = test.engine.update_knowledge_base(&fine.name, patch).await;
        for outcome in [created, updated] {
            let error = outcome.expect_err(field);
            assert!(error.to_string().contains(field), "{field}: {error}");
        }
    }
    let all = test.engine.list_knowledge_bases().await.expect("a list");
    let all: Vec<_> = all.into_iter().map(|one| one.knowledge_base).collect();
    assert_eq!(all, std::slice::from_ref(fine));
}

#[tokio::test]
async fn a_server_has_so_many_knowledge_bases_and_no_more() {
    let test = TestEngine::at_rest().await;
    let shared = &test.engine.rooms.shared;
    for number in 2..MAX_BASES {
        let more = KnowledgeBase {
            id: KnowledgeBaseId(shared.clock.new_id()),
            name: format!("base {number}"),
            ..test.knowledge_base.clone()
        };
        let added = shared.store.insert_knowledge_base(&more).await;
        added.expect("it has a name of its own");
    }
    let last = test.engine.create_knowledge_base(named("last")).await;
    let last = last.expect("there is room for one more").id;
    let refused = test.engine.create_knowledge_base(named("another")).await;
    let refused = refused.expect_err("there is no room");
    assert_eq!(refused.code(), "too_many_knowledge_bases");
    assert!(refused.to_string().contains("delete one"), "{refused}");
    let now = shared.clock.now();
    let deleted = shared.store.delete_knowledge_base(last, now).await;
    deleted.expect("it is there");
    let another = test.engine.create_knowledge_base(named("another")).await;
    assert!(another.is_ok(), "there is room again");
}

#[tokio::test]
async fn dense_search_needs_an_embedder() {
    let test = TestEngine::at_rest().await;
    let without = NewKnowledgeBase {
        embedder: Some(WITHOUT_EMBEDDER.to_owned()),
        ..named("words")
    };
    let created = test.engine.create_knowledge_base(without).await;
    let mut retrieval = created.expect("a knowledge base").settings.retrieval;
    retrieval.mode = RetrievalMode::Dense;
    let dense = || KnowledgeBasePatch {
        retrieval: Some(retrieval.clone()),
        ..KnowledgeBasePatch::default()
    };
    let refused = test.engine.update_knowledge_base("words", dense()).await;
    let error = refused.expect_err("it has no embedder");
    assert!(error.to_string().contains("retrieval.mode"), "{error}");
    let base = &test.knowledge_base.name;
    let taken = test.engine.update_knowledge_base(base, dense()).await;
    let taken = taken.expect("it has an embedder");
    assert_eq!(taken.settings.retrieval.mode, RetrievalMode::Dense);
}

#[tokio::test]
async fn names_are_words_of_their_own() {
    let test = TestEngine::at_rest().await;
    let long = "n".repeat(101);
    let id = test.knowledge_base.id.to_string();
    for name in ["", " ", "a/b", "a\nb", &long, &id] {
        let created = test.engine.create_knowledge_base(named(name)).await;
        let error = created.expect_err(name);
        assert_eq!(error.code(), "invalid_request", "{name:?}: {error}");
    }
    let taken = test.engine.create_knowledge_base(named(" handbook ")).await;
    assert!(matches!(taken, Err(EngineError::NameTaken(_))), "{taken:?}");
    let rename = KnowledgeBasePatch {
        name: Some("handbook".to_owned()),
        ..KnowledgeBasePatch::default()
    };
    let other = test.engine.create_knowledge_base(named("other")).await;
    let other = other.expect("a knowledge base").id.to_string();
    let taken = test.engine.update_knowledge_base(&other, rename).await;
    assert!(matches!(taken, Err(EngineError::NameTaken(_))), "{taken:?}");
}

#[tokio::test]
async fn a_deleted_knowledge_base_takes_everything_with_it() {
    let test = TestEngine::running().await;
    let document = test.add_ready("a.txt", "Tea is ready.").await;
    test.add_ready("b.txt", "Coffee is ready.").await;
    let base = &test.knowledge_base;
    let deleted = test.engine.delete_knowledge_base(&base.name).await;
    deleted.expect("it is deleted");
    let gone = test.engine.knowledge_base(&base.name).await;
    assert!(matches!(gone, Err(EngineError::KnowledgeBaseNotFound(_))));
    let gone = test.engine.document(document.id).await;
    assert!(matches!(gone, Err(EngineError::DocumentNotFound(_))));
    let left = test.index.chunk_ids(base.id).expect("the index answers");
    assert!(left.iter().all(|(_, ids)| ids.is_empty()), "{left:?}");
    assert_eq!(test.originals(), 0);
    // Its name is free, and what takes it begins anew.
    let anew = test.engine.create_knowledge_base(named(&base.name)).await;
    assert_ne!(anew.expect("a knowledge base").id, base.id);
    assert!(test.found("tea coffee").await.is_empty());
    test.engine.stop().await;
}

#[tokio::test]
async fn a_deleted_knowledge_base_leaves_the_others_alone() {
    let test = TestEngine::running().await;
    test.add_ready("a.txt", "Tea is ready.").await;
    test.engine
        .create_knowledge_base(named("other"))
        .await
        .expect("a knowledge base");
    test.engine
        .delete_knowledge_base("other")
        .await
        .expect("it is deleted");
    assert_eq!(test.found("tea").await, ["Tea is ready."]);
    assert_eq!(test.originals(), 1);
    test.engine.stop().await;
}

#[tokio::test]
async fn an_embedder_that_is_chosen_and_absent_is_refused() {
    let test = TestEngine::at_rest().await;
    let absent = NewKnowledgeBase {
        embedder: Some("absent".to_owned()),
        ..named("other")
    };
    let refused = test.engine.create_knowledge_base(absent).await;
    let error = refused.expect_err("it is absent");
    assert_eq!(error.code(), "invalid_request", "{error}");
    assert!(error.to_string().contains("`embedder`"), "{error}");
}

#[tokio::test]
async fn a_language_model_is_kept_by_its_own_name() {
    let models = FakeModels::default().with_chat(ScriptedChat::saying(&["yes"]));
    let test = TestEngine::with(models, FakeLibrary::empty()).await;
    let made = test.engine.create_knowledge_base(NewKnowledgeBase {
        chat_model: Some("SCRIPTED".to_owned()),
        ..named("other")
    });
    let made = made.await.expect("it can be chosen");
    assert_eq!(made.settings.chat_model.as_deref(), Some("scripted"));
    for (chosen, kept) in [
        (Some("extractive"), Some("extractive")),
        (Some("Scripted"), Some("scripted")),
        (None, None),
    ] {
        let patch = KnowledgeBasePatch {
            chat_model: Some(chosen.map(str::to_owned)),
            ..KnowledgeBasePatch::default()
        };
        let changed = test.engine.update_knowledge_base("other", patch).await;
        let changed = changed.expect("it can be chosen");
        assert_eq!(changed.settings.chat_model.as_deref(), kept);
    }
    let absent = KnowledgeBasePatch {
        chat_model: Some(Some("absent".to_owned())),
        ..KnowledgeBasePatch::default()
    };
    let refused = test.engine.update_knowledge_base("other", absent).await;
    assert!(refused.is_err_and(|error| error.to_string().contains("`chat_model`")));
}
