//! Questions of chats in line, and when the worker takes them.

use std::sync::Arc;
use std::time::Duration;

use riddle_core::{ChatId, KnowledgeBaseRef, MessageId, NewConversation, NewTurn};
use riddle_testkit::{FakeLibrary, FakeModels};
use tracing::Level;
use uuid::Uuid;

use super::{Evaluating, ScriptedAsker, no_fault, until};
use crate::error::EngineError;
use crate::options::{EngineOptions, LiveOptions};
use crate::testing::TestEngine;
use crate::testing::log::Log;

const DAY_MS: i64 = 86_400_000;

/// An evaluation that searches this share of questions in another way too.
async fn with_share(share: f64, asker: &Arc<ScriptedAsker>, questions: usize) -> Evaluating {
    let live = LiveOptions {
        share,
        ..LiveOptions::default()
    };
    let adjust = |options| EngineOptions { live, ..options };
    let models = FakeModels::default();
    let test = TestEngine::adjusted(models, FakeLibrary::empty(), adjust).await;
    test.start().await;
    Evaluating::over(test, Arc::clone(asker), questions).await
}

impl Evaluating {
    /// Puts an answered question in line.
    async fn put_in_line(&self) {
        let store = &self.test.engine.rooms.shared.store;
        let now = self.test.engine.rooms.shared.clock.now();
        let base = &self.test.knowledge_base;
        let chat = NewConversation {
            id: ChatId(Uuid::from_u128(1)),
            title: None,
            chat_model: None,
            knowledge_bases: vec![KnowledgeBaseRef {
                id: base.id,
                name: base.name.clone(),
            }],
        };
        store.insert_chat(&chat, now).await.expect("a chat");
        let turn = NewTurn {
            chat: chat.id,
            question: MessageId(Uuid::from_u128(2)),
            reply: MessageId(Uuid::from_u128(3)),
            text: "Is tea ready?".to_owned(),
            title: "Tea".to_owned(),
            replaces: None,
        };
        store.begin_turn(&turn, now).await.expect("a turn");
        let put = store.insert_live_question(turn.reply, base.id, now, 10);
        assert!(put.await.expect("it is kept"));
        self.look();
    }

    /// Has the worker look for work.
    fn look(&self) {
        self.test.engine.rooms.shared.live_wanted.notify_one();
    }

    async fn waiting(&self) -> u64 {
        let store = &self.test.engine.rooms.shared.store;
        store.count_live_questions().await.expect("a count")
    }
}

#[tokio::test]
async fn what_is_too_old_is_forgotten_while_a_run_goes_on() {
    let asker = ScriptedAsker::new(0, 0, no_fault);
    let evaluating = with_share(0.0, &asker, 2).await;
    evaluating.start().await;
    until(|| asker.begun() == 1).await;
    evaluating.put_in_line().await;
    evaluating.test.clock.advance(31 * DAY_MS);
    assert_eq!(evaluating.waiting().await, 1);
    asker.permits.add_permits(1);
    until(|| asker.begun() == 2).await;
    assert_eq!(evaluating.waiting().await, 0);
}

#[tokio::test]
async fn a_question_gives_way_to_people_every_time_and_stays_in_line() {
    let asker = ScriptedAsker::new(0, 0, no_fault);
    let evaluating = with_share(1.0, &asker, 0).await;
    evaluating.put_in_line().await;
    // More often than a question of a run does.
    for round in 1..=6 {
        until(|| asker.begun() == round).await;
        let shared = &evaluating.test.engine.rooms.shared;
        let person = shared.query_permit().expect("a permit");
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!((asker.begun(), evaluating.waiting().await), (round, 1));
        drop(person);
        evaluating.look();
    }
    until(|| asker.begun() == 7).await;
    asker.permits.add_permits(1);
    while evaluating.waiting().await > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(asker.begun(), 7);
}

#[tokio::test]
async fn a_question_that_panics_leaves_the_line() {
    let (log, _recording) = Log::of_this_thread();
    let asker = ScriptedAsker::new(1, 1, || panic!("as told"));
    let evaluating = with_share(1.0, &asker, 0).await;
    evaluating.put_in_line().await;
    while evaluating.waiting().await > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(asker.begun(), 1);
    assert_eq!(log.levels_of("as told"), [Level::WARN]);
}

#[tokio::test]
async fn nothing_is_searched_whose_outcome_the_disk_has_no_room_for() {
    let asker = ScriptedAsker::new(0, 0, no_fault);
    let evaluating = with_share(1.0, &asker, 0).await;
    let full = EngineError::Io(std::io::ErrorKind::StorageFull.into());
    let disk = &evaluating.test.engine.rooms.shared.disk;
    assert!(disk.is_cause_of(&full));
    evaluating.put_in_line().await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!((asker.begun(), evaluating.waiting().await), (0, 1));
    evaluating.test.clock.advance(5_000);
    evaluating.look();
    until(|| asker.begun() == 1).await;
}
