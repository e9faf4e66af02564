mod scope;

use std::sync::Arc;

use futures_util::StreamExt;
use riddle_core::{
    Answer, AnswerEvent, AnswerMode, ChatMessage, CompareOrder, ComparePassages, CompareVariant,
    Comparison, LanguageCoverage, NOT_IN_SOURCES_EN, NOT_IN_SOURCES_ZH, Notice, RerankReasonCode,
    RerankReport, RerankStatus, RetrievalMode, SearchResponse, Similarity,
};
use riddle_testkit::{EMBEDDER, ScriptedChat};

use super::compare::CompareSettings;
use super::{CompareEvent, compare, response};
use crate::error::EngineError;
use crate::events::event_stream;
use crate::query::answer::sink::Sink;
use crate::query::answer::{AnswerInput, AnswerSettings, prepare, run};
use crate::query::rerank::Ranking;
use crate::query::retrieval::{Retrieval, live_hits, retrieve};
use crate::query::search::{SearchOutcome, find};
use crate::query::search_plan::SearchPlan;
use crate::query::testing::{FakeProvider, RerankerScript, World};
use crate::timing::Stopwatch;

const TEXTS: [&str; 3] = [
    "Uploads are limited to 64 MiB. Larger files must be split first.",
    "The server listens on port 8080. Nothing else is open.",
    "Deleted documents leave the index within a minute.",
];

async fn search(world: &World, plan: &SearchPlan) -> Result<SearchResponse, EngineError> {
    let watch = Stopwatch::start();
    let (_candidates, found) = find(world.ports(), plan, &watch).await?;
    Ok(found.search)
}

async fn prepare_for_answer(
    world: &World,
    plan: SearchPlan,
    settings: AnswerSettings,
    found: SearchResponse,
) -> Result<AnswerInput, EngineError> {
    let chat = world.ports().models.chosen_chat(&plan.chat).await?;
    prepare(world.ports(), plan, settings, without_vector(found), chat).await
}

async fn ask(world: &World, question: &str) -> Answer {
    let plan = world.plan(question);
    let found = search(world, &plan).await.expect("searches");
    let settings = AnswerSettings::default();
    let input = prepare_for_answer(world, plan, settings, found)
        .await
        .expect("prepares");
    let watch = Stopwatch::start();
    run(world.ports(), &input, &unread(), &watch)
        .await
        .expect("answers")
}

/// Nobody reads what goes into it.
fn unread() -> Sink {
    let (events, _gone) = tokio::sync::mpsc::channel(1);
    Sink::new(events, |event| event)
}

fn without_vector(search: SearchResponse) -> SearchOutcome {
    SearchOutcome {
        search,
        query_vector: None,
    }
}

fn saying(answer: &'static [&'static str]) -> FakeProvider {
    FakeProvider {
        chat: Some(ScriptedChat::saying(answer)),
        ..FakeProvider::english()
    }
}

fn cited_source(answer: &Answer, citation: usize) -> String {
    let citation = &answer.citations[citation];
    let chunk = &citation.context.hit.chunk.chunk;
    let start = (citation.source_span.start - chunk.span.start) as usize;
    let length = (citation.source_span.end - citation.source_span.start) as usize;
    chunk.text.chars().skip(start).take(length).collect()
}

fn cited_text(answer: &Answer, citation: usize) -> String {
    let span = answer.citations[citation].answer_span;
    let (start, end) = (span.start as usize, span.end as usize);
    answer.text.chars().skip(start).take(end - start).collect()
}

#[tokio::test]
async fn what_is_named_by_a_number_comes_first() {
    let world = World::new(
        &[
            "Pump 40218857 is red.",
            "Pump 40218858 is blue.",
            "Pump 40218859 is green.",
        ],
        FakeProvider::english(),
    );
    let found = search(&world, &world.plan("40218858"))
        .await
        .expect("searches");
    assert_eq!(found.mode, RetrievalMode::Hybrid);
    assert_eq!(found.notices, [Notice::FoundByName]);
    assert_eq!(found.hits[0].chunk.chunk.text, "Pump 40218858 is blue.");
    let found = search(&world, &world.plan("which pump is blue?"))
        .await
        .expect("searches");
    assert_eq!(found.notices, []);
}

#[tokio::test]
async fn a_reranker_does_not_order_what_is_named_by_a_number() {
    let provider = FakeProvider {
        reranker: Some(RerankerScript::ByLength),
        ..FakeProvider::english()
    };
    let texts = [
        "Pump 40218858 is blue.",
        "Pump 40218858 stands in the cellar behind the stairs.",
        "The longest of these texts is about no pump and has no number, so a model by length puts it first.",
    ];
    let world = World::new(&texts, provider);
    let found = search(&world, &world.plan("40218858"))
        .await
        .expect("searches");
    assert!(found.candidates > 1, "{}", found.candidates);
    assert_eq!(found.rerank.status, RerankStatus::Skipped);
    let reason = found.rerank.reason.expect("it says why");
    assert_eq!(reason.code, RerankReasonCode::FoundByName);
    let asked = search(&world, &world.plan("where does the pump stand?"))
        .await
        .expect("searches");
    assert_eq!(asked.rerank.status, RerankStatus::Applied);
}

#[tokio::test]
async fn a_kept_model_that_has_gone_is_named_and_the_servers_answers() {
    for (chat, model, more) in [
        (
            Some(ScriptedChat::saying(&["8080", " [1]."])),
            "scripted",
            vec![],
        ),
        (None, "extractive", vec![Notice::NoLanguageModel]),
    ] {
        let mut world = World::new(
            &TEXTS,
            FakeProvider {
                chat,
                ..FakeProvider::english()
            },
        );
        world.knowledge_base.settings.chat_model = Some("gone".to_owned());
        let answer = ask(&world, "which port does the server listen on?").await;
        assert_eq!(answer.model, model);
        let gone = Notice::ChatModelUnavailable {
            model: "gone".to_owned(),
            instead: Some(model.to_owned()),
        };
        assert_eq!(answer.notices, [vec![gone], more].concat());
    }
}

#[tokio::test]
async fn a_model_that_writes_no_answers_by_itself_writes_where_it_is_chosen() {
    let mut world = World::new(
        &TEXTS,
        FakeProvider {
            chat_at_hand: Some(ScriptedChat::saying(&["8080", " [1]."])),
            ..FakeProvider::english()
        },
    );
    let question = "which port does the server listen on?";
    let quoted = ask(&world, question).await;
    assert_eq!(quoted.mode, AnswerMode::Extractive);
    world.knowledge_base.settings.chat_model = Some("scripted".to_owned());
    let written = ask(&world, question).await;
    assert_eq!(written.mode, AnswerMode::Generated);
    assert_eq!(written.notices, []);
}

#[tokio::test]
async fn what_an_earlier_version_embedded_is_searched_as_it_is() {
    let mut world = World::new(&TEXTS, FakeProvider::english());
    let before = "hashed-words-before";
    world.knowledge_base.embedder_fingerprint = Some(before.to_owned());
    let plan = world.plan_in_mode("how large may uploads be", RetrievalMode::Dense);
    let found = search(&world, &plan).await.expect("searches");
    assert!(!found.hits.is_empty() && found.notices.is_empty());
    let asked = world.fake_index.dense_queries();
    assert!(!asked.is_empty());
    assert!(
        asked.iter().all(|(embedder, _)| embedder == before),
        "{asked:?}"
    );
    // Vectors of other files are another matter.
    world.knowledge_base.embedder_fingerprint = Some("other-words".to_owned());
    let plan = world.plan_in_mode("how large may uploads be", RetrievalMode::Dense);
    let error = search(&world, &plan)
        .await
        .expect_err("they may not be compared");
    assert!(error.to_string().contains("files differ"), "{error}");
}

#[tokio::test]
async fn a_hybrid_search_shows_every_stage() {
    let world = World::new(&TEXTS, FakeProvider::english());
    let plan = world.plan("how large may uploads be");
    let found = search(&world, &plan).await.expect("searches");
    let best = &found.hits[0];
    assert!(best.chunk.chunk.text.starts_with("Uploads"));
    assert!(best.bm25.is_some() && best.dense.is_some() && best.rerank.is_some());
    assert_eq!((best.rank, best.fused.rank), (1, 1));
    assert_eq!(found.mode, RetrievalMode::Hybrid);
    assert!(found.notices.is_empty(), "{:?}", found.notices);
    let timings = found.timings;
    assert!(timings.embed_ms.is_some() && timings.bm25_ms.is_some() && timings.dense_ms.is_some());
}

#[tokio::test]
async fn a_reranker_orders_another_language_only_where_it_is_named() {
    let provider = FakeProvider {
        reranker: Some(RerankerScript::ByLength),
        reranker_languages: Some(LanguageCoverage::Only(vec!["zh".to_owned()])),
        ..FakeProvider::english()
    };
    let world = World::new(&TEXTS, provider);
    let mut plan = world.plan("how large may the uploads of documents be at most");
    let left = search(&world, &plan).await.expect("searches").rerank;
    let reason = left.reason.expect("it says why");
    assert_eq!(reason.code, RerankReasonCode::LanguageUnknown);
    assert!(
        reason.text.contains("does not know English"),
        "{}",
        reason.text
    );
    plan.reranking.reranker = Some("scripted".to_owned());
    let named = search(&world, &plan).await.expect("searches").rerank;
    assert_eq!(named.status, RerankStatus::Applied);
}

#[tokio::test]
async fn deleted_chunks_leave_no_gap() {
    let mut texts: Vec<String> = (0..500).map(|n| format!("upload number{n}")).collect();
    texts.push("upload survivor".to_owned());
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let world = World::new(&texts, FakeProvider::default());
    (0..500).for_each(|ordinal| world.documents.kill(ordinal));
    let found = search(&world, &world.plan("upload"))
        .await
        .expect("searches");
    assert_eq!(found.candidates, 1);
    assert_eq!(found.hits[0].chunk.chunk.text, "upload survivor");
    assert_eq!(found.hits[0].bm25.expect("found by words").rank, 1);
    // An evaluation begins with the same candidates.
    let frozen = live_hits(world.ports(), &world.plan("upload")).await;
    let frozen = frozen.expect("searches");
    let bm25: Vec<_> = frozen.bm25.iter().map(|hit| hit.chunk).collect();
    assert_eq!(bm25, [found.hits[0].chunk.id]);
    assert_eq!(frozen.chunks.len(), 1);
}

#[tokio::test]
async fn an_embedder_that_does_not_know_the_language_is_left_out() {
    let world = World::new(
        &["上传 限制 为 64 兆", "端口 8080"],
        FakeProvider::english(),
    );
    let plan = world.plan("上传 限制 是 多少");
    let found = search(&world, &plan).await.expect("searches");
    assert_eq!(found.mode, RetrievalMode::Bm25);
    assert!(
        found.notices[0].to_string().contains("Chinese"),
        "{:?}",
        found.notices
    );

    let plan = world.plan_in_mode("上传 限制 是 多少", RetrievalMode::Dense);
    let found = search(&world, &plan).await.expect("searches");
    assert_eq!(found.mode, RetrievalMode::Dense);
    assert!(
        found.notices[0].to_string().contains("Chinese"),
        "{:?}",
        found.notices
    );
    assert!(found.timings.bm25_ms.is_none());
}

#[tokio::test]
async fn a_missing_embedder_costs_the_dense_arm_alone() {
    let provider = FakeProvider {
        embedder_missing: true,
        ..FakeProvider::english()
    };
    let world = World::new(&TEXTS, provider);
    let found = search(&world, &world.plan("uploads"))
        .await
        .expect("searches");
    assert_eq!(found.mode, RetrievalMode::Bm25);
    assert!(found.notices[0].to_string().contains("not available"));
    let plan = world.plan_in_mode("uploads", RetrievalMode::Dense);
    assert!(matches!(
        search(&world, &plan).await,
        Err(EngineError::Model(_))
    ));
}

#[tokio::test]
async fn a_knowledge_base_without_embedder_says_so_only_when_asked() {
    let world = World::new(&TEXTS, FakeProvider::default());
    let found = search(&world, &world.plan("uploads"))
        .await
        .expect("searches");
    assert!(found.notices.is_empty());
    let plan = world.plan_in_mode("uploads", RetrievalMode::Hybrid);
    let found = search(&world, &plan).await.expect("searches");
    assert_eq!((found.mode, found.notices.len()), (RetrievalMode::Bm25, 1));
    let plan = world.plan_in_mode("uploads", RetrievalMode::Dense);
    assert!(matches!(
        search(&world, &plan).await,
        Err(EngineError::InvalidRequest(_))
    ));
}

#[tokio::test]
async fn a_generated_answer_is_cited_to_the_sentence() {
    let world = World::new(
        &TEXTS,
        saying(&["Uploads may have 64 ", "MiB [", "1", "]. Bad [9]."]),
    );
    let answer = ask(&world, "how large may uploads be").await;
    assert_eq!(answer.text, "Uploads may have 64 MiB [1]. Bad.");
    assert_eq!(answer.mode, AnswerMode::Generated);
    assert_eq!(answer.removed_citations, 1);
    assert_eq!(cited_text(&answer, 0), "[1]");
    assert_eq!(cited_source(&answer, 0), "Uploads are limited to 64 MiB.");
    assert!(answer.found && answer.usage.prompt_tokens > 0);
    assert!(answer.timings.first_token_ms.is_some() && answer.timings.decode_ms.is_some());
}

#[tokio::test]
async fn an_answer_that_names_the_document_is_cited_to_the_sentence() {
    let said = &[
        "Uploads may have 64 MiB [Source: hand",
        "book.md]. Bad [Source: x.md].",
    ];
    let world = World::new(&TEXTS, saying(said));
    let answer = ask(&world, "how large may uploads and deleted documents be").await;
    assert_eq!((answer.citations.len(), answer.removed_citations), (1, 1));
    assert!(
        answer.text.starts_with("Uploads may have 64 MiB ["),
        "{}",
        answer.text
    );
    assert!(answer.text.ends_with("]. Bad."), "{}", answer.text);
    assert_eq!(cited_source(&answer, 0), "Uploads are limited to 64 MiB.");
}

#[tokio::test]
async fn a_refusal_and_an_uncited_answer_are_told_apart() {
    let refusing = World::new(&TEXTS, saying(&[NOT_IN_SOURCES_EN]));
    let answer = ask(&refusing, "how large may uploads be").await;
    assert!(!answer.found && answer.notices.is_empty());

    let uncited = World::new(&TEXTS, saying(&["64 MiB."]));
    let answer = ask(&uncited, "how large may uploads be").await;
    assert!(answer.found);
    assert!(answer.notices[0].to_string().contains("cites no source"));

    let silent = World::new(&TEXTS, saying(&[]));
    let answer = ask(&silent, "how large may uploads be").await;
    assert!(!answer.found && answer.text.is_empty());
    assert!(answer.notices[0].to_string().contains("no answer"));
}

#[tokio::test]
async fn a_question_in_another_language_than_the_passages_is_told_so() {
    let provider = || FakeProvider {
        chat: Some(ScriptedChat::saying(&[NOT_IN_SOURCES_EN])),
        ..FakeProvider::default()
    };
    let told = Notice::OtherLanguage {
        language: "en".to_owned(),
    };
    let texts = [
        "Uploads are limited to 64 MiB, and what is larger should be split.",
        "The server listens on port 8080.",
    ];
    let world = World::new(&texts, provider());
    let answer = ask(&world, "Wie groß dürfen Uploads auf diesem Server sein?").await;
    assert!(!answer.found);
    assert_eq!(answer.notices, [told]);
    let same = ask(&world, "Which uploads does the server refuse?").await;
    assert_eq!((same.found, same.notices.len()), (false, 0));

    let german = ["Uploads dürfen nicht größer als 64 MiB sein, sonst müssen sie geteilt werden."];
    let world = World::new(&german, provider());
    let answer = ask(&world, "Wie groß dürfen Uploads auf diesem Server sein?").await;
    assert_eq!((answer.found, answer.notices.len()), (false, 0));
    let provider = FakeProvider {
        chat: Some(ScriptedChat::saying(&[NOT_IN_SOURCES_EN])),
        ..FakeProvider::english()
    };
    let world = World::new(&texts, provider);
    let answer = ask(&world, "Wie groß dürfen Uploads auf diesem Server sein?").await;
    let left_out = |notice: &Notice| matches!(notice, Notice::EmbedderLeftOut { .. });
    assert!(
        matches!(&answer.notices[..], [notice] if left_out(notice)),
        "{:?}",
        answer.notices
    );
}

#[tokio::test]
async fn without_a_language_model_sentences_are_quoted() {
    let world = World::new(&TEXTS, FakeProvider::english());
    let answer = ask(&world, "uploads are limited to how many MiB?").await;
    assert_eq!(answer.text, "Uploads are limited to 64 MiB. [1]");
    assert_eq!(answer.mode, AnswerMode::Extractive);
    assert_eq!(cited_text(&answer, 0), "[1]");
    assert_eq!(cited_source(&answer, 0), "Uploads are limited to 64 MiB.");
    assert_eq!(answer.notices, [Notice::NoLanguageModel]);
    assert_eq!(answer.usage.prompt_tokens, 0);
    let timings = answer.timings;
    assert!(timings.extract_ms.is_some() && timings.decode_ms.is_none());
}

#[tokio::test]
async fn what_the_sources_do_not_hold_is_said_in_the_language_of_the_question() {
    let world = World::new(&TEXTS, FakeProvider::english());
    let answer = ask(&world, "which team won the championship in 1998").await;
    assert_eq!(answer.text, NOT_IN_SOURCES_EN);
    assert!(!answer.found && answer.citations.is_empty());
    let answer = ask(&world, "法国的首都在哪里？").await;
    assert_eq!(answer.text, NOT_IN_SOURCES_ZH);
    assert!(!answer.found);
}

#[tokio::test]
async fn long_vectors_make_no_sentence_relevant() {
    let models = FakeProvider {
        similarity: Similarity::Dot,
        ..FakeProvider::english()
    };
    let mut world = World::new(&TEXTS, models);
    let fingerprint = Similarity::Dot.mark(EMBEDDER.to_owned());
    world.knowledge_base.embedder_fingerprint = Some(fingerprint);
    let answer = ask(&world, "which team won the championship in 1998").await;
    assert_eq!(answer.text, NOT_IN_SOURCES_EN);
    let answer = ask(&world, "uploads are limited to how many MiB?").await;
    assert_eq!(answer.text, "Uploads are limited to 64 MiB. [1]");
}

#[tokio::test]
async fn passages_beyond_the_budget_are_cut_and_said_so() {
    let long = format!("uploads {}", "word ".repeat(400));
    let mut world = World::new(&[&long, "uploads again"], saying(&["Yes [1]."]));
    world.options.prompt_budget_tokens = 100;
    let answer = ask(&world, "uploads").await;
    assert_eq!(answer.contexts.len(), 2);
    world.knowledge_base.settings.retrieval.rerank = false;
    world.options.prompt_budget_tokens = 60;
    let answer = ask(&world, "uploads word").await;
    assert_eq!(answer.contexts.len(), 1);
    assert!(answer.contexts[0].truncated);
    assert!(
        answer
            .notices
            .contains(&Notice::PassagesLeftOut { count: 1 })
    );
}

#[tokio::test]
async fn events_come_in_their_order_and_match_the_answer() {
    let world = Arc::new(World::new(&TEXTS, saying(&["It is 64 MiB [1", "][1]."])));
    let plan = world.plan("how large may uploads be");
    let found = search(&world, &plan).await.expect("searches");
    let settings = AnswerSettings::default();
    let input = prepare_for_answer(&world, plan, settings, found)
        .await
        .expect("prepares");
    let owner = Arc::clone(&world);
    let stream = event_stream(move |events| async move {
        let sink = Sink::new(events, |event| event);
        let watch = Stopwatch::start();
        let answer = run(owner.ports(), &input, &sink, &watch).await;
        let done = answer.map(|answer| AnswerEvent::Done(Box::new(answer)));
        sink.send(done).await;
    });
    let events: Vec<AnswerEvent> = stream.map(|event| event.expect("no error")).collect().await;
    assert!(
        matches!(events.first(), Some(AnswerEvent::Retrieval { contexts, .. }) if !contexts.is_empty())
    );
    let Some(AnswerEvent::Done(answer)) = events.last() else {
        panic!("no end");
    };
    let (mut text, mut citations) = (String::new(), Vec::new());
    for event in &events {
        match event {
            AnswerEvent::Token(more) => text.push_str(more),
            AnswerEvent::Citation(citation) => {
                assert_eq!(citation.answer_span.end as usize, text.chars().count());
                citations.push((**citation).clone());
            }
            _ => {}
        }
    }
    assert_eq!(text, answer.text);
    assert_eq!(citations, answer.citations);
    assert_eq!(citations.len(), 2);
}

#[tokio::test]
async fn dropping_the_stream_stops_the_model() {
    let model = ScriptedChat::saying(&["word "; 10_000]);
    let provider = FakeProvider {
        chat: Some(Arc::clone(&model)),
        ..FakeProvider::english()
    };
    let world = Arc::new(World::new(&TEXTS, provider));
    let plan = world.plan("how large may uploads be");
    let found = search(&world, &plan).await.expect("searches");
    let settings = AnswerSettings::default();
    let input = prepare_for_answer(&world, plan, settings, found)
        .await
        .expect("prepares");
    let owner = Arc::clone(&world);
    let mut stream = event_stream(move |events| async move {
        let sink = Sink::new(events, |event| event);
        let watch = Stopwatch::start();
        let _ = run(owner.ports(), &input, &sink, &watch).await;
    });
    for _ in 0..3 {
        assert!(stream.next().await.is_some());
    }
    assert!(!model.dropped());
    drop(stream);
    assert!(model.dropped());
}

#[tokio::test]
async fn an_answer_that_goes_round_in_circles_ends() {
    const CIRCLE: &str = "The limit of the server [1] is a limit of the limit. ";
    let world = World::new(&TEXTS, saying(&[CIRCLE; 200]));
    let answer = ask(&world, "the server uploads documents").await;
    assert!(answer.text.starts_with(CIRCLE));
    assert!(answer.text.len() < 5 * CIRCLE.len(), "{}", answer.text);
    assert!(answer.notices.contains(&Notice::RepetitionEnded));
    assert!(answer.usage.completion_tokens > 0 && answer.usage.prompt_tokens > 0);
}

#[tokio::test]
async fn a_model_that_writes_no_answers_shows_the_times_of_a_comparison() {
    let provider = FakeProvider {
        chat_at_hand: Some(ScriptedChat::saying(&["It is 64 MiB [1]."])),
        ..FakeProvider::english()
    };
    let world = World::new(&TEXTS, provider);
    let question = "the server uploads documents";
    assert_eq!(ask(&world, question).await.mode, AnswerMode::Extractive);
    let (comparison, _) = compared(&world, &world.plan(question), CompareSettings::default()).await;
    for answer in [&comparison.without_rerank, &comparison.with_rerank] {
        assert_eq!(answer.mode, AnswerMode::Generated);
        assert_eq!(answer.text, "It is 64 MiB [1].");
    }
}

#[tokio::test]
async fn both_variants_of_a_comparison_share_their_candidates() {
    let world = World::new(&TEXTS, saying(&["It is 64 MiB [1]."]));
    let plan = world.plan("the server uploads documents");
    let (comparison, events) = compared(&world, &plan, CompareSettings::default()).await;
    let (without, with) = (&comparison.without_rerank, &comparison.with_rerank);
    assert_eq!(comparison.candidates, 3);
    assert_eq!(comparison.shared_contexts, 3);
    assert!(without.timings.rerank_ms.is_none() && with.timings.rerank_ms.is_some());
    assert_eq!(without.timings.bm25_ms, with.timings.bm25_ms);
    assert!(
        without
            .contexts
            .iter()
            .zip(1..)
            .all(|(c, rank)| c.hit.fused.rank == rank)
    );
    assert!(comparison.total_ratio > 0.0 && comparison.first_token_ratio.is_some());
    let variants: Vec<CompareVariant> = events.iter().map(|(variant, _)| *variant).collect();
    assert!(variants.is_sorted_by_key(|variant| *variant == CompareVariant::WithRerank));
    for (variant, answer) in [
        (CompareVariant::WithoutRerank, without),
        (CompareVariant::WithRerank, with),
    ] {
        let mut of_variant = events.iter().filter(|(of, _)| *of == variant);
        let (_, first) = of_variant.next().expect("events of both variants");
        assert!(matches!(first, AnswerEvent::Retrieval { .. }));
        let (_, last) = of_variant.next_back().expect("events of both variants");
        assert_eq!(last, &AnswerEvent::Done(Box::new(answer.clone())));
    }
}

#[tokio::test]
async fn variants_in_parallel_answer_as_they_do_one_after_the_other() {
    let world = World::new(&TEXTS, saying(&["It", " is", " 64", " MiB", " [1]."]));
    let plan = world.plan("the server uploads documents");
    let at_once = CompareSettings {
        order: CompareOrder::Parallel,
        ..CompareSettings::default()
    };
    let (parallel, events) = compared(&world, &plan, at_once).await;
    let (apart, _) = compared(&world, &plan, CompareSettings::default()).await;
    for (variant, answer, expected) in [
        (
            CompareVariant::WithoutRerank,
            &parallel.without_rerank,
            &apart.without_rerank,
        ),
        (
            CompareVariant::WithRerank,
            &parallel.with_rerank,
            &apart.with_rerank,
        ),
    ] {
        assert_eq!(answer.text, expected.text);
        let ids = |answer: &Answer| -> Vec<_> {
            let contexts = answer.contexts.iter();
            contexts.map(|context| context.hit.chunk.id).collect()
        };
        assert_eq!(ids(answer), ids(expected));
        let mut of_variant = events.iter().filter(|(of, _)| *of == variant);
        let (_, last) = of_variant.next_back().expect("events of both variants");
        assert_eq!(last, &AnswerEvent::Done(Box::new(answer.clone())));
    }
}

#[tokio::test]
async fn without_rerank_all_candidates_are_read_unless_the_same_number_is_wanted() {
    let world = World::new(&TEXTS, saying(&["It is 64 MiB [1]."]));
    let plan = SearchPlan {
        top_n: 1,
        ..world.plan("the server uploads documents")
    };
    for (passages, read) in [
        (ComparePassages::AllCandidates, 3),
        (ComparePassages::SameNumber, 1),
    ] {
        let settings = CompareSettings {
            passages,
            ..CompareSettings::default()
        };
        let (comparison, _) = compared(&world, &plan, settings).await;
        assert_eq!(comparison.passages, passages);
        assert_eq!(comparison.without_rerank.contexts.len(), read);
        assert_eq!(comparison.with_rerank.contexts.len(), 1);
    }
}

#[tokio::test]
async fn no_variant_profits_from_what_the_other_one_left_in_a_cache() {
    const ANSWER: &[&str] = &["It is 64 MiB [1]."];
    let prompts = async |chat: Arc<ScriptedChat>| {
        let provider = FakeProvider {
            chat: Some(Arc::clone(&chat)),
            ..FakeProvider::english()
        };
        let world = World::new(&TEXTS, provider);
        let plan = world.plan("the server uploads documents");
        compared(&world, &plan, CompareSettings::default()).await;
        chat.prompts()
    };
    let here = prompts(ScriptedChat::saying(ANSWER)).await;
    // Before each answer the model reads the instructions and no passage.
    let reads_passages = |prompt: &Vec<ChatMessage>| prompt[1].content.contains("<source");
    let read: Vec<bool> = here.iter().map(reads_passages).collect();
    assert_eq!(read, [false, true, false, true]);
    assert!(here.iter().all(|prompt| prompt[0] == here[0][0]));

    let elsewhere = prompts(ScriptedChat::elsewhere(ANSWER)).await;
    let [without, with] = elsewhere.as_slice() else {
        panic!("{elsewhere:?}");
    };
    let first_line = |prompt: &[ChatMessage]| {
        let line = prompt[0].content.lines().next();
        line.expect("instructions").to_owned()
    };
    assert!(first_line(without).starts_with("Request "));
    assert_ne!(first_line(without), first_line(with));
    assert!(without[0].content.ends_with(&here[0][0].content));
}

/// A comparison and its events in the order they came.
async fn compared(
    world: &World,
    plan: &SearchPlan,
    settings: CompareSettings,
) -> (Comparison, Vec<(CompareVariant, AnswerEvent)>) {
    let shared = compare::search(world.ports(), plan)
        .await
        .expect("searches");
    let (sender, mut receiver) = tokio::sync::mpsc::channel(1_000);
    let comparison = compare::run(world.ports(), plan, &shared, settings, &sender)
        .await
        .expect("compares");
    drop(sender);
    let mut events = Vec::new();
    while let Some(event) = receiver.recv().await {
        match event.expect("no error") {
            CompareEvent::Variant(variant, event) => events.push((variant, event)),
            CompareEvent::Done(_) => panic!("the variants do not end the comparison"),
        }
    }
    (comparison, events)
}

#[tokio::test]
async fn the_fused_order_is_the_order_without_rerank() {
    let world = World::new(&TEXTS, FakeProvider::english());
    let plan = world.plan("the server uploads documents");
    let retrieval: Retrieval = retrieve(world.ports(), &plan).await.expect("searches");
    let ranking = Ranking::fused(
        &retrieval,
        RerankReport::skipped(RerankReasonCode::NotAskedFor.because("not asked for")),
    );
    let watch = Stopwatch::start();
    let found = response::response(&plan, &retrieval, &ranking, &watch);
    for hit in &found.hits {
        assert_eq!((hit.rank, hit.score), (hit.fused.rank, hit.fused.score));
    }
}
