use riddle_core::{Notice, RetrievalMode, SearchRequest, SearchResponse};

use crate::error::EngineError;
use crate::query::rerank::rank;
use crate::query::response;
use crate::query::retrieval::retrieve;
use crate::query::search_plan::SearchPlan;
use crate::query::testing::{Across, FakeProvider};
use crate::scope::Scope;
use crate::timing::Stopwatch;

const BASES: [(Option<&str>, &[&str]); 4] = [
    (
        Some("hashed-words"),
        &["The server listens on port 8080.", "Cakes need flour."],
    ),
    (
        Some("other-words"),
        &[
            "Ships wait in the port.",
            "The port is busy on Mondays and on holidays.",
        ],
    ),
    (None, &["Any port in a storm."]),
    (Some("hashed-words"), &["A glass of port is sweet."]),
];

async fn search(across: &Across, mode: RetrievalMode) -> Result<SearchResponse, EngineError> {
    let (first, others) = across.bases.split_first().expect("some");
    let scope = Scope {
        first: first.clone(),
        others: others.to_vec(),
    };
    let request = SearchRequest {
        top_n: Some(10),
        mode: Some(mode),
        rerank: Some(false),
        ..SearchRequest::of("port")
    };
    let plan = SearchPlan::for_search(scope, request)?;
    let watch = Stopwatch::start();
    let ports = across.world.ports();
    let retrieval = retrieve(ports, &plan).await?;
    let ranking = rank(ports, &plan, &retrieval).await;
    Ok(response::response(&plan, &retrieval, &ranking, &watch))
}

#[tokio::test]
async fn each_embedder_searches_its_own_knowledge_bases() {
    let across = Across::new(&BASES, FakeProvider::english());
    let found = search(&across, RetrievalMode::Hybrid)
        .await
        .expect("searches");
    let ids: Vec<_> = across.bases.iter().map(|base| base.id).collect();
    let mut asked = across.index.dense_queries();
    asked.sort();
    assert_eq!(
        asked,
        [
            ("hashed-words".to_owned(), vec![ids[0], ids[3]]),
            ("other-words".to_owned(), vec![ids[1]]),
        ]
    );
    assert_eq!(found.mode, RetrievalMode::Hybrid);
    assert_eq!(
        found.notices,
        [Notice::NoEmbedderIn {
            knowledge_base: across.bases[2].name.clone()
        }]
    );
    // All that hold the word, wherever they are; by words alone where there is no embedder.
    assert_eq!(found.hits.len(), 5);
    for hit in &found.hits {
        let by_vector = hit.chunk.knowledge_base != ids[2];
        assert_eq!(hit.dense.is_some(), by_vector, "{}", hit.chunk.chunk.text);
        assert!(hit.bm25.is_some(), "{}", hit.chunk.chunk.text);
    }
    // The best of each embedder counts as much as that of the other.
    let best = |mine: &[usize]| {
        let mine: Vec<_> = mine.iter().map(|index| ids[*index]).collect();
        let scores = found.hits.iter();
        scores
            .filter(|hit| mine.contains(&hit.chunk.knowledge_base))
            .filter_map(|hit| hit.dense)
            .fold(0.0, |best: f32, stage| best.max(stage.score))
    };
    assert_eq!((best(&[0, 3]), best(&[1])), (1.0, 1.0));
}

#[tokio::test]
async fn one_embedder_keeps_its_cosines() {
    let across = Across::new(&[BASES[0], BASES[3]], FakeProvider::english());
    let both = search(&across, RetrievalMode::Dense)
        .await
        .expect("searches");
    assert_eq!(across.index.dense_queries().len(), 1);
    let alone = Across::new(&BASES[..1], FakeProvider::english());
    let alone = search(&alone, RetrievalMode::Dense)
        .await
        .expect("searches");
    let cosine = |found: &SearchResponse| {
        let mut hits = found.hits.iter();
        let hit = hits.find(|hit| hit.chunk.chunk.text.contains("8080"));
        hit.and_then(|hit| hit.dense).expect("is found").score
    };
    assert_eq!(cosine(&both), cosine(&alone));
    assert!(cosine(&both) < 1.0);
}

#[tokio::test]
async fn a_search_by_vectors_alone_wants_an_embedder_everywhere() {
    let across = Across::new(&BASES, FakeProvider::english());
    let refused = search(&across, RetrievalMode::Dense).await;
    assert!(matches!(refused, Err(EngineError::InvalidRequest(_))));
}

#[tokio::test]
async fn embedders_that_are_missing_leave_the_words() {
    let provider = FakeProvider {
        embedder_missing: true,
        ..FakeProvider::english()
    };
    let across = Across::new(&BASES, provider);
    let found = search(&across, RetrievalMode::Hybrid)
        .await
        .expect("searches");
    assert_eq!(found.mode, RetrievalMode::Bm25);
    assert_eq!(found.hits.len(), 5);
    let missing = |model: &str| Notice::EmbedderUnavailable {
        model: model.to_owned(),
    };
    for notice in [missing("hashed-words"), missing("other-words")] {
        assert!(found.notices.contains(&notice), "{:?}", found.notices);
    }
}
