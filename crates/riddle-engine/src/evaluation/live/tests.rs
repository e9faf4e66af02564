use std::sync::Arc;

use riddle_core::{ChatId, KnowledgeBaseId, KnowledgeBaseSettings};
use riddle_testkit::{FakeLibrary, FakeModels, RERANKER, WordReranker};
use uuid::Uuid;

use super::*;
use crate::options::EngineOptions;
use crate::testing::TestEngine;

const DAY_MS: i64 = 86_400_000;

fn knowledge_base(rerank: bool) -> KnowledgeBase {
    let mut settings = KnowledgeBaseSettings::with_embedder(Some("e".to_owned()));
    settings.retrieval.rerank = rerank;
    settings.retrieval.reranker = Some("own".to_owned());
    settings.retrieval.rerank_weight = Some(0.3);
    KnowledgeBase {
        id: KnowledgeBaseId(Uuid::nil()),
        name: "kb".to_owned(),
        description: String::new(),
        settings,
        embedder_fingerprint: None,
        created_at: Timestamp(0),
    }
}

/// Name, reranker and weight of the other arm.
fn other(
    rerank: bool,
    arm: LiveArm,
    reranker: Option<&str>,
) -> Option<(String, Option<ArmRerank>)> {
    let options = LiveOptions {
        share: 1.0,
        arm,
        reranker: reranker.map(str::to_owned),
        keep: Duration::ZERO,
    };
    let arms = live_arms(&knowledge_base(rerank), &options, None)?;
    assert_eq!(arms.present.rerank.is_some(), rerank);
    Some((arms.other.name, arms.other.rerank))
}

#[test]
fn the_other_arm_is_another_one() {
    let own = ArmRerank::of_settings(&knowledge_base(true).settings.retrieval);
    assert_eq!(own.weight, Some(0.3));
    for (rerank, arm, expected) in [
        (true, LiveArm::Opposite, Some((WITHOUT_RERANK, None))),
        (
            false,
            LiveArm::Opposite,
            Some((WITH_RERANK, Some(own.clone()))),
        ),
        (true, LiveArm::WithoutRerank, Some((WITHOUT_RERANK, None))),
        (false, LiveArm::WithRerank, Some((WITH_RERANK, Some(own)))),
        (true, LiveArm::WithRerank, None),
        (false, LiveArm::WithoutRerank, None),
    ] {
        let expected = expected.map(|(name, rerank)| (name.to_owned(), rerank));
        assert_eq!(other(rerank, arm, None), expected, "{rerank} {arm:?}");
    }
}

#[test]
fn another_reranker_has_a_weight_of_its_own() {
    let (name, rerank) = other(true, LiveArm::WithRerank, Some("another")).expect("an arm");
    let rerank = rerank.expect("it reranks");
    assert_eq!(name, WITH_RERANK);
    assert_eq!(
        (rerank.reranker.as_deref(), rerank.weight),
        (Some("another"), None)
    );
    assert_eq!(other(true, LiveArm::WithRerank, Some("own")), None);
}

#[test]
fn the_default_reranker_is_not_compared_with_itself() {
    let mut base = knowledge_base(true);
    base.settings.retrieval.reranker = None;
    let arms = |reranker: &str| {
        let options = LiveOptions {
            share: 1.0,
            arm: LiveArm::WithRerank,
            reranker: Some(reranker.to_owned()),
            keep: Duration::ZERO,
        };
        live_arms(&base, &options, Some("default".to_owned()))
    };
    assert_eq!(arms("default"), None);
    let arms = arms("another").expect("another one");
    let named = [arms.present, arms.other].map(|arm| arm.rerank.and_then(|own| own.reranker));
    let expected = ["default", "another"].map(|name| Some(name.to_owned()));
    assert_eq!(named, expected);
}

#[test]
fn an_arm_that_could_not_rerank_says_nothing() {
    let with = |reason: Option<RerankReasonCode>| ArmOutcome {
        not_reranked: reason.map(|code| code.code().to_owned()),
        ..ArmOutcome::default()
    };
    assert!(says_something(&with(None)));
    assert!(says_something(&with(Some(RerankReasonCode::FoundByName))));
    assert!(!says_something(&with(Some(RerankReasonCode::NoReranker))));
    let failed = ArmOutcome {
        failure: Some("broken".to_owned()),
        ..ArmOutcome::default()
    };
    assert!(!says_something(&failed));
}

/// An engine that searches every question of its one chat in another way too.
struct Watched {
    test: TestEngine,
    chat: ChatId,
}

impl Watched {
    async fn with_share(share: f64) -> Self {
        Self::with(LiveOptions {
            share,
            ..LiveOptions::default()
        })
        .await
    }

    async fn with(live: LiveOptions) -> Self {
        let models = FakeModels::default().with_reranker(Arc::<WordReranker>::default());
        let adjust = |options| EngineOptions { live, ..options };
        let test = TestEngine::adjusted(models, FakeLibrary::empty(), adjust).await;
        test.start().await;
        test.engine.rooms.evaluation.start();
        for (name, text) in [
            ("tea.txt", "Tea is ready. Tea is green."),
            ("pot.txt", "The pot is hot, and ready for tea."),
            ("milk.txt", "Milk is in the fridge."),
        ] {
            test.add_ready(name, text).await;
        }
        let chat = test.chat().await;
        Self { test, chat }
    }

    /// Asks and gives the id of the answer.
    async fn ask(&self, question: &str, top_k: Option<u32>) -> MessageId {
        self.test.ask_in(self.chat, question, top_k).await
    }

    async fn live(&self) -> LiveView {
        self.test.engine.live_comparisons().await.expect("figures")
    }

    async fn records(&self) -> Vec<LiveRecord> {
        self.test
            .engine
            .live_questions(None, 100)
            .await
            .expect("a list")
    }

    /// Waits until so many questions were searched twice.
    async fn once_searched(&self, questions: u32) -> LiveView {
        loop {
            let live = self.live().await;
            let searched = live.trials.iter().map(|trial| trial.figures.questions);
            if searched.sum::<u32>() >= questions {
                return live;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

#[tokio::test]
async fn an_answered_question_is_searched_in_the_other_way_too() {
    let watched = Watched::with_share(1.0).await;
    let message = watched.ask("Is tea ready?", None).await;
    let live = watched.once_searched(1).await;
    let [LiveTrialView { trial, figures }] = live.trials.as_slice() else {
        panic!("{:?}", live.trials);
    };
    assert_eq!((figures.questions, live.waiting), (1, 0));
    assert_eq!(trial.arms.other.name, WITHOUT_RERANK);
    assert!(
        trial
            .arms
            .present
            .rerank
            .as_ref()
            .is_some_and(|rerank| rerank.reranker.is_some())
    );
    let records = watched.records().await;
    let record = records.first().expect("a record");
    assert_eq!(
        (record.message, record.question.as_str()),
        (message, "Is tea ready?")
    );
    assert!(!record.sources.present.is_empty() && !record.sources.other.is_empty());
    let own = watched.test.engine.live_questions(Some(message), 1).await;
    assert_eq!(own.expect("a list"), records);
    watched.test.engine.stop().await;
}

#[tokio::test]
async fn nothing_is_searched_twice_by_default_and_nothing_that_has_settings_of_its_own() {
    let off = Watched::with_share(LiveOptions::default().share).await;
    off.ask("Is tea ready?", None).await;
    // A question is put in line after its answer has been read.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let live = off.live().await;
    assert_eq!((live.share, live.waiting, live.trials.len()), (0.0, 0, 0));
    off.test.engine.stop().await;

    let watched = Watched::with_share(1.0).await;
    watched.ask("Where is milk?", Some(1)).await;
    let message = watched.ask("Is tea ready?", None).await;
    let live = watched.once_searched(1).await;
    assert_eq!(live.waiting, 0);
    let records = watched.records().await;
    let searched: Vec<MessageId> = records.iter().map(|record| record.message).collect();
    assert_eq!(searched, [message]);
    watched.test.engine.stop().await;
}

#[tokio::test]
async fn it_waits_while_somebody_asks() {
    let watched = Watched::with_share(1.0).await;
    let shared = Arc::clone(&watched.test.engine.rooms.shared);
    let person = shared.query_permit().expect("a permit");
    watched.ask("Is tea ready?", None).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let live = watched.live().await;
    assert_eq!((live.waiting, live.trials.len()), (1, 0));
    drop(person);
    watched.once_searched(1).await;
    watched.test.engine.stop().await;
}

#[tokio::test]
async fn a_reranker_that_is_not_here_is_not_counted_under_its_name() {
    let options = |reranker: &str| LiveOptions {
        share: 1.0,
        arm: LiveArm::WithRerank,
        reranker: Some(reranker.to_owned()),
        ..LiveOptions::default()
    };
    let watched = Watched::with(options("typo")).await;
    let room = &watched.test.engine.rooms.evaluation;
    let question = LiveQuestion {
        message: MessageId(Uuid::from_u128(1)),
        knowledge_base: watched.test.knowledge_base.id,
        question: "Is tea ready?".to_owned(),
        asked_at: Timestamp(0),
    };
    let searched = room.search_in_both(&question, &options("typo")).await;
    let refused = searched.expect_err("there is no such reranker");
    assert_eq!(refused.code(), "invalid_request");
    assert!(refused.to_string().contains("typo"), "{refused}");
    // That of the knowledge base is the default one, which needs no comparison with itself.
    let searched = room.search_in_both(&question, &options(RERANKER)).await;
    assert!(matches!(searched, Ok(Searched::Nothing)), "{searched:?}");
    watched.test.engine.stop().await;
}

#[tokio::test]
async fn sources_are_forgotten_after_their_time_and_figures_stay() {
    let watched = Watched::with_share(1.0).await;
    watched.ask("Is tea ready?", None).await;
    watched.once_searched(1).await;
    watched.test.clock.advance(31 * DAY_MS);
    let message = watched.ask("Where is milk?", None).await;
    watched.once_searched(2).await;
    let records = watched.records().await;
    let left: Vec<MessageId> = records.iter().map(|record| record.message).collect();
    assert_eq!(left, [message]);
    let engine = &watched.test.engine;
    engine.delete_live_comparisons().await.expect("deleted");
    assert_eq!(watched.live().await.trials, []);
    watched.test.engine.stop().await;
}

#[tokio::test]
async fn other_settings_begin_another_comparison() {
    let watched = Watched::with_share(1.0).await;
    watched.ask("Is tea ready?", None).await;
    watched.once_searched(1).await;
    let mut retrieval = watched.test.knowledge_base.settings.retrieval.clone();
    retrieval.rerank = false;
    watched.test.retrieve_by(retrieval).await;
    watched.ask("Where is milk?", None).await;
    let live = watched.once_searched(2).await;
    let names: Vec<&str> = live
        .trials
        .iter()
        .map(|view| view.trial.arms.other.name.as_str())
        .collect();
    assert_eq!(names, [WITH_RERANK, WITHOUT_RERANK]);
    watched.test.engine.stop().await;
}
