use std::sync::Arc;

use futures_util::StreamExt;
use riddle_core::{
    AnswerEvent, ChatId, ConversationMessage, MessageContent, MessageId, MessageStatus, NewTurn,
    ReplyEnd, Rewriting,
};
use riddle_testkit::{ChatScript, FakeLibrary, FakeModels, ScriptedChat};

use super::{ChatEvent, ChatEvents, ChatPatch, ChatQuestion, NewChat, WHOLE_AT_ONCE};
use crate::bounds::{MAX_CHAT_MESSAGES, MAX_MESSAGES};
use crate::error::EngineError;
use crate::testing::{TestEngine, chat_question};

const ANSWER: &[&str] = &["Tea", " is", " ready", " [1]."];

/// An engine with a document, a chat about it, and a language model that follows a script.
struct Chatting {
    test: TestEngine,
    model: Arc<ScriptedChat>,
    chat: ChatId,
}

impl Chatting {
    async fn with(model: Arc<ScriptedChat>) -> Self {
        let models = FakeModels::default().with_chat(Arc::clone(&model));
        let test = TestEngine::with(models, FakeLibrary::empty()).await;
        Self::over(test, model).await
    }

    async fn over(test: TestEngine, model: Arc<ScriptedChat>) -> Self {
        test.start().await;
        test.add_ready("tea.txt", "Tea is ready.").await;
        let chat = test.engine.create_chat(NewChat {
            title: None,
            knowledge_bases: vec![test.knowledge_base.name.clone()],
            chat_model: None,
        });
        let chat = chat.await.expect("a chat").summary.id;
        Self { test, model, chat }
    }

    async fn ask(&self) -> Result<ChatEvents, EngineError> {
        let asked = chat_question("Is tea ready?");
        self.test.engine.ask_in_chat(self.chat, asked).await
    }

    /// Asks and reads up to the end.
    async fn answered(&self) -> Result<ConversationMessage, EngineError> {
        let events: Vec<_> = self.ask().await?.collect().await;
        match events.into_iter().last().expect("an event")? {
            ChatEvent::Done(message) => Ok(*message),
            other => panic!("{other:?} is no end"),
        }
    }

    /// Keeps so many questions with answers, as if they had been asked.
    async fn have_answered(&self, turns: usize) {
        let shared = &self.test.engine.rooms.shared;
        let (store, now) = (&shared.store, shared.clock.now());
        let end = ReplyEnd {
            status: MessageStatus::Complete,
            text: "It is.".to_owned(),
            answer: None,
            failure: None,
        };
        for _ in 0..turns {
            let turn = NewTurn {
                chat: self.chat,
                question: MessageId(shared.clock.new_id()),
                reply: MessageId(shared.clock.new_id()),
                title: "Tea".to_owned(),
                text: "Is tea ready?".to_owned(),
                replaces: None,
            };
            let begun = store.begin_turn(&turn, now).await;
            assert!(begun.expect("the database answers"));
            let kept = store.finish_reply(turn.reply, &end, now).await;
            kept.expect("the database answers");
        }
    }

    /// The last message as it is kept.
    async fn last(&self) -> ConversationMessage {
        let chat = self.test.engine.chat(self.chat).await.expect("it is there");
        let messages = chat.conversation.messages;
        messages.into_iter().last().expect("a message")
    }

    /// The same, once it is no longer being written.
    async fn last_ended(&self) -> ConversationMessage {
        loop {
            let last = self.last().await;
            if last.status != MessageStatus::Writing {
                return last;
            }
            tokio::task::yield_now().await;
        }
    }
}

/// Reads up to so many pieces of text.
async fn read(events: &mut ChatEvents, pieces: usize) -> String {
    let mut text = String::new();
    let mut came = 0;
    while came < pieces {
        let event = events.next().await.expect("more").expect("no error");
        if let ChatEvent::Answer(AnswerEvent::Token(piece)) = event {
            text.push_str(&piece);
            came += 1;
        }
    }
    text
}

#[tokio::test]
async fn an_answer_is_kept_as_it_was_told() {
    let chatting = Chatting::with(ScriptedChat::saying(ANSWER)).await;
    let told = chatting.answered().await.expect("an answer");
    assert_eq!(
        (told.status, told.text.as_str()),
        (MessageStatus::Complete, "Tea is ready [1].")
    );
    assert_eq!(chatting.last().await, told);
    chatting.test.engine.stop().await;
}

#[tokio::test]
async fn a_chat_goes_on_however_long_it_is() {
    let chatting = Chatting::with(ScriptedChat::saying(ANSWER)).await;
    chatting.have_answered(MAX_MESSAGES / 2 + 1).await;
    let told = chatting.answered().await.expect("an answer");
    assert_eq!(told.text, "Tea is ready [1].");
    assert_eq!(chatting.last().await, told);
    chatting.test.engine.stop().await;
}

#[tokio::test]
async fn a_chat_that_is_full_is_told_apart_and_its_questions_can_still_be_edited() {
    let chatting = Chatting::with(ScriptedChat::saying(ANSWER)).await;
    chatting.have_answered(MAX_CHAT_MESSAGES / 2 - 1).await;
    chatting
        .answered()
        .await
        .expect("there is room for one more");
    let refused = chatting.answered().await.expect_err("it is full");
    assert_eq!(refused.code(), "chat_full");
    assert!(refused.to_string().contains("new chat"), "{refused}");
    let chat = chatting.test.engine.chat(chatting.chat).await;
    let messages = chat.expect("it is there").conversation.messages;
    assert_eq!(messages.len(), MAX_CHAT_MESSAGES);
    let asked = ChatQuestion {
        replaces: Some(messages[MAX_CHAT_MESSAGES - 2].id),
        ..chat_question("Is tea ready?")
    };
    let engine = &chatting.test.engine;
    let edited = engine.ask_in_chat(chatting.chat, asked).await;
    assert!(edited.is_ok(), "it takes the place of another");
    chatting.test.engine.stop().await;
}

#[tokio::test]
async fn a_language_model_whose_thread_has_ended_answers_the_next_question() {
    let model = ScriptedChat::new(ChatScript {
        rewritten: Ok("Is tea ready now?"),
        answer: ANSWER,
        breaks: false,
    });
    let models = FakeModels::default().with_chat(Arc::clone(&model));
    let planned = models.clone();
    let test = TestEngine::rewriting(models, FakeLibrary::empty(), Rewriting::Model).await;
    let chatting = Chatting::over(test, model).await;
    chatting.answered().await.expect("an answer");
    planned.end_chats();
    let told = chatting.answered().await.expect("an answer");
    assert_eq!(told.text, "Tea is ready [1].");
    assert_eq!(chatting.model.rewrites().len(), 1, "it builds on the chat");
    chatting.test.engine.stop().await;
}

#[tokio::test]
async fn a_model_that_writes_badly_rewrites_nothing_unless_it_is_told_to() {
    let script = ChatScript {
        rewritten: Ok("When is coffee ready?"),
        answer: ANSWER,
        breaks: false,
    };
    for (setting, writes_badly, searched) in [
        (Rewriting::Auto, false, Some("When is coffee ready?")),
        (Rewriting::Auto, true, Some("And when? tea ready")),
        (Rewriting::Terms, false, Some("And when? tea ready")),
        (Rewriting::Model, true, Some("When is coffee ready?")),
        (Rewriting::Off, false, None),
    ] {
        let mut models = FakeModels::default().with_chat(ScriptedChat::new(script.clone()));
        if writes_badly {
            models = models.writing_badly();
        }
        let test = TestEngine::rewriting(models, FakeLibrary::empty(), setting).await;
        let chatting = Chatting::over(test, ScriptedChat::saying(ANSWER)).await;
        chatting.answered().await.expect("an answer");
        let asked = chat_question("And when?");
        let events = chatting.test.engine.ask_in_chat(chatting.chat, asked).await;
        let events: Vec<_> = events.expect("a turn").collect().await;
        let Some(Ok(ChatEvent::Question { message, .. })) = events.into_iter().next() else {
            panic!("no question");
        };
        let MessageContent::Question { rewritten } = message.content else {
            panic!("no question");
        };
        assert_eq!(rewritten.as_deref(), searched, "{setting:?}");
        chatting.test.engine.stop().await;
    }
}

#[tokio::test]
async fn an_answer_that_fails_keeps_what_was_written_with_its_code() {
    let chatting = Chatting::with(ScriptedChat::new(ChatScript {
        rewritten: Err(()),
        answer: ANSWER,
        breaks: true,
    }))
    .await;
    let error = chatting.answered().await.expect_err("it fails");
    let kept = chatting.last().await;
    assert_eq!(
        (kept.status, kept.text.as_str()),
        (MessageStatus::Failed, "Tea is ready [1].")
    );
    let MessageContent::Reply {
        answer: Some(answer),
        failure: Some(failure),
        ..
    } = kept.content
    else {
        panic!("{kept:?} has neither passages nor a failure");
    };
    assert_eq!(failure.code, error.code());
    assert_eq!(failure.message, error.public_message());
    assert_eq!(answer.contexts.len(), 1);
    // The chat is free for the next question.
    let again = chatting.answered().await;
    assert_eq!(again.expect_err("it fails again").code(), error.code());
    chatting.test.engine.stop().await;
}

#[tokio::test]
async fn an_answer_whose_reader_goes_is_stopped_and_keeps_what_was_written() {
    let chatting = Chatting::with(ScriptedChat::saying(ANSWER)).await;
    chatting.model.allow(2);
    let mut events = chatting.ask().await.expect("it is free");
    assert_eq!(read(&mut events, 2).await, "Tea is");
    assert!(!chatting.model.dropped());
    drop(events);
    let kept = chatting.last_ended().await;
    assert_eq!(
        (kept.status, kept.text.as_str()),
        (MessageStatus::Stopped, "Tea is")
    );
    assert!(chatting.model.dropped(), "the model writes on");
    chatting.test.engine.stop().await;
}

#[tokio::test]
async fn a_stop_ends_the_answer_and_keeps_what_was_written() {
    let chatting = Chatting::with(ScriptedChat::saying(ANSWER)).await;
    chatting.model.allow(2);
    let mut events = chatting.ask().await.expect("it is free");
    read(&mut events, 2).await;
    chatting.test.engine.stop().await;
    let end = events.next().await.expect("an end");
    assert!(matches!(end, Err(EngineError::Stopping)), "{end:?}");
    let kept = chatting.last().await;
    assert_eq!(
        (kept.status, kept.text.as_str()),
        (MessageStatus::Stopped, "Tea is")
    );
}

#[tokio::test]
async fn a_second_question_is_refused_until_the_first_is_answered() {
    let chatting = Chatting::with(ScriptedChat::saying(ANSWER)).await;
    chatting.model.allow(1);
    let mut events = chatting.ask().await.expect("it is free");
    read(&mut events, 1).await;
    let second = chatting.ask().await.map(drop);
    assert!(matches!(second, Err(EngineError::ChatBusy)), "{second:?}");
    chatting.model.allow(usize::MAX);
    let rest: Vec<_> = events.collect().await;
    assert!(matches!(rest.last(), Some(Ok(ChatEvent::Done(_)))));
    chatting.answered().await.expect("it is free again");
    let chat = chatting.test.engine.chat(chatting.chat).await;
    assert_eq!(chat.expect("it is there").conversation.messages.len(), 4);
    chatting.test.engine.stop().await;
}

/// So that a crash loses little of a long answer.
#[tokio::test]
async fn the_text_so_far_is_kept_every_two_seconds() {
    let chatting = Chatting::with(ScriptedChat::saying(ANSWER)).await;
    chatting.model.allow(1);
    let mut events = chatting.ask().await.expect("it is free");
    read(&mut events, 1).await;
    chatting.test.clock.advance(1_999);
    chatting.model.allow(2);
    read(&mut events, 1).await;
    assert_eq!(chatting.last().await.text, "");
    chatting.test.clock.advance(1);
    chatting.model.allow(3);
    read(&mut events, 1).await;
    let kept = chatting.last().await;
    assert_eq!(
        (kept.status, kept.text.as_str()),
        (MessageStatus::Writing, "Tea is ready")
    );
    drop(events);
    chatting.last_ended().await;
    chatting.test.engine.stop().await;
}

#[tokio::test]
async fn a_question_that_cannot_be_asked_leaves_the_chat_free_and_as_it_was() {
    let chatting = Chatting::with(ScriptedChat::saying(ANSWER)).await;
    let asking = chatting
        .test
        .engine
        .ask_in_chat(chatting.chat, chat_question(" "));
    let refused = asking.await.map(drop).expect_err("it asks nothing");
    assert_eq!(refused.code(), "invalid_request");
    let chat = chatting.test.engine.chat(chatting.chat).await;
    let chat = chat.expect("it is there").conversation;
    assert!(chat.messages.is_empty());
    chatting.answered().await.expect("it is free");
    chatting.test.engine.stop().await;
}

#[tokio::test]
async fn a_chosen_language_model_is_kept_by_its_own_name() {
    let chatting = Chatting::with(ScriptedChat::saying(ANSWER)).await;
    let engine = &chatting.test.engine;
    let chat = engine.create_chat(NewChat {
        title: None,
        knowledge_bases: vec![chatting.test.knowledge_base.name.clone()],
        chat_model: Some("Scripted".to_owned()),
    });
    let chat = chat.await.expect("a chat").summary;
    assert_eq!(chat.chat_model.as_deref(), Some("scripted"));
    for (chosen, kept) in [(None, None), (Some("SCRIPTED"), Some("scripted"))] {
        let patch = ChatPatch {
            chat_model: Some(chosen.map(str::to_owned)),
            ..ChatPatch::default()
        };
        let changed = engine.update_chat(chat.id, patch).await.expect("changed");
        assert_eq!(changed.chat_model.as_deref(), kept);
    }
}

#[tokio::test]
async fn few_chats_are_in_memory_whole() {
    let chatting = Chatting::with(ScriptedChat::saying(ANSWER)).await;
    let engine = &chatting.test.engine;
    let permits = &engine.rooms.chats.whole;
    let whole = engine.chat(chatting.chat).await.expect("it is there");
    assert_eq!(permits.available_permits(), WHOLE_AT_ONCE - 1);
    drop(whole);
    assert_eq!(permits.available_permits(), WHOLE_AT_ONCE);
    permits.close();
    let refused = engine.chat(chatting.chat).await;
    assert_eq!(
        refused.expect_err("there are no permits").code(),
        "overloaded"
    );
    engine.stop().await;
}
