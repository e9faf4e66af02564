use riddle_core::{
    Answer, ChatId, Conversation, ConversationPatch, ConversationQuery, ConversationStore,
    Feedback, KnowledgeBaseRef, KnowledgeBaseStore, MessageContent, MessageId, MessageStatus,
    NewConversation, NewTurn, ReplyEnd, ReplyFailure, StoreError, Timestamp, Verdict,
};
use uuid::Uuid;

use crate::fixture::{Fixture, NOW};

const CHAT: ChatId = ChatId(Uuid::from_u128(1));

fn message(number: u128) -> MessageId {
    MessageId(Uuid::from_u128(number))
}

/// A question with this number, whose answer has the next.
fn turn(number: u128, replaces: Option<u128>) -> NewTurn {
    NewTurn {
        chat: CHAT,
        question: message(number),
        reply: message(number + 1),
        text: format!("question {number}"),
        title: format!("title {number}"),
        replaces: replaces.map(message),
    }
}

fn end(status: MessageStatus, text: &str) -> ReplyEnd {
    ReplyEnd {
        status,
        text: text.to_owned(),
        answer: None,
        failure: None,
    }
}

fn answer(text: &str) -> Answer {
    crate::comparisons::answer(text, 1.0)
}

async fn with_chat() -> Option<Fixture> {
    let fixture = Fixture::new().await?;
    let chat = NewConversation {
        id: CHAT,
        title: None,
        chat_model: None,
        knowledge_bases: vec![KnowledgeBaseRef {
            id: fixture.knowledge_base,
            name: "first".to_owned(),
        }],
    };
    fixture.store.insert_chat(&chat, NOW).await.unwrap();
    Some(fixture)
}

async fn chat(fixture: &Fixture) -> Conversation {
    let chat = fixture.store.lookup_chat(CHAT).await.unwrap();
    chat.expect("is there")
}

async fn begin(fixture: &Fixture, turn: &NewTurn, at: i64) -> bool {
    let begun = fixture.store.begin_turn(turn, Timestamp(at)).await;
    begun.unwrap()
}

#[tokio::test]
async fn a_crash_leaves_the_question_and_what_was_written() {
    let Some(mut fixture) = with_chat().await else {
        return;
    };
    assert!(begin(&fixture, &turn(10, None), 5).await);
    let store = &fixture.store;
    store.note_rewritten(message(10), "alone").await.unwrap();
    store
        .note_reply(message(11), &answer("so far"))
        .await
        .unwrap();
    fixture.reopen().await;
    assert_eq!(fixture.store.recover_replies().await.unwrap(), 1);
    assert_eq!(fixture.store.recover_replies().await.unwrap(), 0);
    let chat = chat(&fixture).await;
    let [question, reply] = chat.messages.as_slice() else {
        panic!("{chat:?}");
    };
    assert_eq!(question.text, "question 10");
    let rewritten = Some("alone".to_owned());
    assert_eq!(question.content, MessageContent::Question { rewritten });
    assert_eq!(
        (reply.text.as_str(), reply.status),
        ("so far", MessageStatus::Stopped)
    );
    assert_eq!(
        reply.content,
        MessageContent::Reply {
            answer: Some(Box::new(answer("so far"))),
            failure: Some(ReplyFailure::interrupted()),
            feedback: None,
        }
    );
    // What is ended is not written to any more.
    let store = &fixture.store;
    store
        .note_reply(message(11), &answer("late"))
        .await
        .unwrap();
    assert_eq!(self::chat(&fixture).await, chat);
}

#[tokio::test]
async fn words_are_found_in_any_message_and_go_with_it() {
    let Some(fixture) = with_chat().await else {
        return;
    };
    let store = &fixture.store;
    let found = async |search: &str| {
        let query = ConversationQuery {
            search: search.to_owned(),
            cursor: None,
            limit: 10,
        };
        store.list_chats(&query).await.unwrap().chats.len()
    };
    assert!(begin(&fixture, &turn(10, None), 5).await);
    store
        .note_reply(message(11), &answer("Cafés open"))
        .await
        .unwrap();
    assert_eq!(found("cafe question").await, 1);
    let ended = end(MessageStatus::Complete, "發票報銷");
    store.finish_reply(message(11), &ended, NOW).await.unwrap();
    for (search, count) in [
        ("报销 question 发票", 1),
        ("cafe", 0),
        ("TITLE 10", 1),
        ("发票 nowhere", 0),
    ] {
        assert_eq!(found(search).await, count, "{search}");
    }
    let renamed = ConversationPatch {
        title: Some("Über uns".to_owned()),
        ..ConversationPatch::default()
    };
    store.update_chat(CHAT, &renamed, NOW).await.unwrap();
    assert_eq!((found("uber").await, found("title").await), (1, 0));
    assert!(begin(&fixture, &turn(20, Some(10)), 6).await);
    assert_eq!((found("报销").await, found("question 20").await), (0, 1));
}

#[tokio::test]
async fn replacing_is_all_or_nothing() {
    let Some(fixture) = with_chat().await else {
        return;
    };
    for number in [10, 20, 30] {
        assert!(begin(&fixture, &turn(number, None), 5).await);
        let ended = end(MessageStatus::Complete, "done");
        let finished = fixture.store.finish_reply(message(number + 1), &ended, NOW);
        finished.await.unwrap();
    }
    let before = chat(&fixture).await;
    assert_eq!(before.summary.title, "title 10");
    assert_eq!(before.summary.message_count, 6);
    // Neither an answer nor a message of nowhere can be replaced.
    for wrong in [21, 99] {
        assert!(!begin(&fixture, &turn(40, Some(wrong)), 2_000_000).await);
        assert_eq!(chat(&fixture).await, before);
    }
    assert!(begin(&fixture, &turn(40, Some(20)), 2_000_000).await);
    let after = chat(&fixture).await;
    let ids: Vec<MessageId> = after.messages.iter().map(|message| message.id).collect();
    assert_eq!(ids, [10, 11, 40, 41].map(message));
    assert_eq!(after.summary.title, "title 10");
    assert!(begin(&fixture, &turn(50, Some(10)), 2_000_001).await);
    let after = chat(&fixture).await;
    assert_eq!(
        (after.summary.title.as_str(), after.messages.len()),
        ("title 50", 2)
    );
}

#[tokio::test]
async fn failures_and_feedback_are_kept_and_go_with_the_chat() {
    let Some(fixture) = with_chat().await else {
        return;
    };
    let store = &fixture.store;
    assert!(begin(&fixture, &turn(10, None), 5).await);
    let failure = ReplyFailure {
        code: "overloaded".to_owned(),
        message: "busy".to_owned(),
    };
    let failed = ReplyEnd {
        failure: Some(failure.clone()),
        ..end(MessageStatus::Failed, "")
    };
    store.finish_reply(message(11), &failed, NOW).await.unwrap();
    let feedback = Feedback {
        verdict: Verdict::Down,
        comment: Some("too busy".to_owned()),
        at: NOW,
    };
    let set = |id| store.set_feedback(CHAT, message(id), Some(&feedback));
    assert!(set(11).await.unwrap());
    assert!(!set(10).await.unwrap());
    assert_eq!(
        chat(&fixture).await.messages[1].content,
        MessageContent::Reply {
            answer: None,
            failure: Some(failure),
            feedback: Some(feedback.clone()),
        }
    );
    let page = store.list_feedback(None, 1).await.unwrap();
    assert_eq!(page.feedback[0].question, "question 10");
    assert_eq!(page.feedback[0].feedback, feedback);
    assert!(store.delete_chat(CHAT).await.unwrap());
    assert!(!store.delete_chat(CHAT).await.unwrap());
    assert_eq!(store.list_feedback(None, 1).await.unwrap().feedback, []);
    // An answer whose chat is gone stays gone.
    store.finish_reply(message(11), &failed, NOW).await.unwrap();
    assert_eq!(store.lookup_chat(CHAT).await.unwrap(), None);
}

#[tokio::test]
async fn a_chat_shows_its_knowledge_bases_by_their_names_of_now() {
    let Some(fixture) = with_chat().await else {
        return;
    };
    let store = &fixture.store;
    let mut base = store.lookup_knowledge_base("first").await.unwrap().unwrap();
    base.name = "renamed".to_owned();
    store.update_knowledge_base(&base).await.unwrap();
    let name = |chat: Conversation| chat.summary.knowledge_bases[0].name.clone();
    assert_eq!(name(chat(&fixture).await), "renamed");
    store.delete_knowledge_base(base.id, NOW).await.unwrap();
    assert_eq!(name(chat(&fixture).await), "first");
    let query = ConversationQuery {
        search: String::new(),
        cursor: Some("nonsense".to_owned()),
        limit: 1,
    };
    let refused = store.list_chats(&query).await;
    assert!(matches!(refused, Err(StoreError::BadCursor)));
}
