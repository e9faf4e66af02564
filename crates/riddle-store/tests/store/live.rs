use riddle_core::{
    ChatId, ChunkId, ConversationStore, EvaluationArm, Feedback, KnowledgeBaseRef,
    KnowledgeBaseSettings, KnowledgeBaseStore, LiveArms, LiveOutcome, LiveScore, LiveSource,
    LiveSources, LiveStore, MessageId, NewConversation, NewTurn, Timestamp, Verdict,
};
use uuid::Uuid;

use crate::fixture::{Fixture, NOW};

const CHAT: ChatId = ChatId(Uuid::from_u128(1));

/// The answer of the question with this number.
fn reply(number: u128) -> MessageId {
    MessageId(Uuid::from_u128(100 + number))
}

/// A chat with so many questions, all of them in line in their order.
async fn asked(questions: u128) -> Option<Fixture> {
    let fixture = Fixture::new().await?;
    let store = &fixture.store;
    let chat = NewConversation {
        id: CHAT,
        title: None,
        chat_model: None,
        knowledge_bases: vec![KnowledgeBaseRef {
            id: fixture.knowledge_base,
            name: "first".to_owned(),
        }],
    };
    store.insert_chat(&chat, NOW).await.unwrap();
    for number in 0..questions {
        let turn = NewTurn {
            chat: CHAT,
            question: MessageId(Uuid::from_u128(200 + number)),
            reply: reply(number),
            text: format!("question {number}"),
            title: "title".to_owned(),
            replaces: None,
        };
        store.begin_turn(&turn, NOW).await.unwrap();
        let at = Timestamp(10 + i64::try_from(number).unwrap());
        let put = store.insert_live_question(reply(number), fixture.knowledge_base, at, 100);
        assert!(put.await.unwrap());
    }
    Some(fixture)
}

fn outcome(name: &str, replaced: u32) -> LiveOutcome {
    let settings = KnowledgeBaseSettings::with_embedder(None).retrieval;
    LiveOutcome {
        arms: LiveArms {
            present: EvaluationArm::of_settings("present", &settings),
            other: EvaluationArm::of_settings(name, &settings),
        },
        score: LiveScore {
            replaced,
            first_changed: replaced > 0,
            present_ms: 2.5,
            other_ms: 0.5,
        },
        sources: LiveSources {
            present: vec![source("a.md")],
            other: vec![source("b.md")],
        },
    }
}

fn source(document: &str) -> LiveSource {
    LiveSource {
        chunk: ChunkId(Uuid::from_u128(5)),
        document: document.to_owned(),
    }
}

#[tokio::test]
async fn questions_are_given_out_in_turn_as_they_were_searched() {
    let Some(mut fixture) = asked(2).await else {
        return;
    };
    let question = MessageId(Uuid::from_u128(200));
    let noted = fixture.store.note_rewritten(question, "whole question 0");
    noted.await.unwrap();
    fixture.reopen().await;
    let store = &fixture.store;
    assert_eq!(store.count_live_questions().await.unwrap(), 2);
    let next = store.next_live_question().await.unwrap().unwrap();
    assert_eq!(next.message, reply(0));
    assert_eq!(next.question, "whole question 0");
    store
        .keep_live_outcome(next.message, &outcome("other", 1), NOW)
        .await
        .unwrap();
    let next = store.next_live_question().await.unwrap().unwrap();
    assert_eq!((next.message, next.asked_at), (reply(1), Timestamp(11)));
    store.drop_live_question(next.message).await.unwrap();
    assert_eq!(store.next_live_question().await.unwrap(), None);
    assert_eq!(store.list_live_records(10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_line_has_an_end_and_what_is_gone_is_not_put_there() {
    let Some(fixture) = asked(1).await else {
        return;
    };
    let store = &fixture.store;
    let base = fixture.knowledge_base;
    let put = async |message, most| {
        let put = store.insert_live_question(message, base, NOW, most);
        put.await.unwrap()
    };
    assert!(!put(reply(0), 9).await, "it is there already");
    assert!(!put(reply(7), 9).await, "no such answer");
    let other = MessageId(Uuid::from_u128(200));
    assert!(!put(other, 1).await, "the line is full");
    assert!(put(other, 2).await);
}

#[tokio::test]
async fn other_arms_are_another_comparison_and_numbers_come_with_feedback() {
    let Some(fixture) = asked(3).await else {
        return;
    };
    let store = &fixture.store;
    for (number, name) in [(0, "old"), (1, "new"), (2, "new")] {
        let at = Timestamp(50 + i64::try_from(number).unwrap());
        store
            .keep_live_outcome(reply(number), &outcome(name, 2), at)
            .await
            .unwrap();
    }
    let feedback = Feedback {
        verdict: Verdict::Down,
        comment: None,
        at: NOW,
    };
    store
        .set_feedback(CHAT, reply(2), Some(&feedback))
        .await
        .unwrap();
    let trials = store.list_live_trials().await.unwrap();
    let names: Vec<&str> = trials.iter().map(|t| t.arms.other.name.as_str()).collect();
    assert_eq!(names, ["new", "old"]);
    assert_eq!(trials[0].knowledge_base.name, "first");
    let seen = async |after, limit| {
        let seen = store.live_observations(trials[0].id, after, limit);
        seen.await.unwrap()
    };
    let all = seen(None, 10).await;
    let verdicts: Vec<Option<Verdict>> = all.iter().map(|(_, one)| one.verdict).collect();
    assert_eq!(verdicts, [None, Some(Verdict::Down)]);
    assert_eq!(all[0].1.score, outcome("new", 2).score);
    assert_eq!(all[1].0.searched_at, Timestamp(52));
    assert_eq!(seen(None, 1).await, all[..1]);
    assert_eq!(seen(Some(all[0].0), 10).await, all[1..]);
    assert_eq!(seen(Some(all[1].0), 10).await, []);
    let record = store.lookup_live_record(reply(2)).await.unwrap().unwrap();
    assert_eq!((record.chat, record.trial), (CHAT, trials[0].id));
    assert_eq!(record.sources, outcome("new", 2).sources);
    assert_eq!(record.verdict, Some(Verdict::Down));
}

#[tokio::test]
async fn sources_are_forgotten_by_age_and_numbers_stay() {
    let Some(fixture) = asked(3).await else {
        return;
    };
    let store = &fixture.store;
    for number in [0, 2] {
        store
            .keep_live_outcome(reply(number), &outcome("other", 1), NOW)
            .await
            .unwrap();
    }
    // The first is searched, the second waits, the third is younger.
    let forgotten = store.forget_live_sources(Timestamp(12)).await.unwrap();
    assert_eq!(forgotten, 2);
    assert_eq!(store.count_live_questions().await.unwrap(), 0);
    let records = store.list_live_records(10).await.unwrap();
    let left: Vec<MessageId> = records.iter().map(|record| record.message).collect();
    assert_eq!(left, [reply(2)]);
    assert_eq!(store.lookup_live_record(reply(0)).await.unwrap(), None);
    let trial = store.list_live_trials().await.unwrap()[0].id;
    let seen = store.live_observations(trial, None, 10).await.unwrap();
    assert_eq!(seen.len(), 2);
    // Both were searched at the same moment.
    let rest = store.live_observations(trial, Some(seen[0].0), 10).await;
    assert_eq!(rest.unwrap(), seen[1..]);
    store.delete_live().await.unwrap();
    assert_eq!(store.list_live_trials().await.unwrap(), []);
    assert_eq!(store.list_live_records(10).await.unwrap(), []);
}

#[tokio::test]
async fn they_go_with_their_chat_and_with_their_knowledge_base() {
    let Some(fixture) = asked(2).await else {
        return;
    };
    let store = &fixture.store;
    store
        .keep_live_outcome(reply(0), &outcome("other", 1), NOW)
        .await
        .unwrap();
    assert!(store.delete_chat(CHAT).await.unwrap());
    assert_eq!(store.count_live_questions().await.unwrap(), 0);
    assert_eq!(store.list_live_records(10).await.unwrap(), []);
    // A question whose chat went while it was searched leaves nothing behind.
    store
        .keep_live_outcome(reply(1), &outcome("other", 1), NOW)
        .await
        .unwrap();
    assert_eq!(store.list_live_trials().await.unwrap().len(), 1);
    store
        .delete_knowledge_base(fixture.knowledge_base, NOW)
        .await
        .unwrap();
    assert_eq!(store.list_live_trials().await.unwrap(), []);
}
