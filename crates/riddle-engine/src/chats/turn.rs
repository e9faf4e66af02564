mod reply_writer;

use std::pin::Pin;
use std::sync::{Arc, Mutex};

use futures_core::Stream;
use futures_util::stream::unfold;
use riddle_core::{
    AnswerEvent, AskRequest, ChatId, ChatMessage, Conversation, ConversationMessage,
    KnowledgeBaseId, MessageContent, MessageId, NewTurn, Role, chat_title, without_citations,
};
use tokio::sync::mpsc;
use tracing::Instrument;

use self::reply_writer::ReplyWriter;
use super::busy::BusyGuard;
use super::rewrite::QuestionRewrite;
use crate::bounds::{MAX_CHAT_MESSAGES, MAX_MESSAGES};
use crate::chats::{Chats, WholeChat};
use crate::disk::WriteKind;
use crate::error::EngineError;
use crate::events::AnswerEvents;
use crate::live_line::as_set;
use crate::models::ChatChoice;
use crate::origin;

/// A question and its answer.
const MESSAGES_OF_TURN: usize = 2;
/// Events that may wait for a slow reader before the work pauses.
const CAPACITY: usize = 32;

#[derive(Clone, Debug)]
pub struct ChatQuestion {
    /// The question and how to answer it; the history is the chat's own.
    pub ask: AskRequest,
    /// A question of the chat that this one replaces. It is deleted with everything after it.
    pub replaces: Option<MessageId>,
}

/// One event of an answer in a chat, in this order: one `Question`, one `Retrieval`, any number of `Token`,
/// `Citation` and `Restart`, one `Done`. An error ends the stream instead.
#[derive(Clone, PartialEq, Debug)]
pub enum ChatEvent {
    /// The question is kept, and will be searched in this form.
    Question {
        /// As it is kept.
        message: Box<ConversationMessage>,
        /// Id that the answer's message will have.
        reply: MessageId,
    },
    /// An event of the answer, but never its end.
    Answer(AnswerEvent),
    /// The answer is kept.
    Done(Box<ConversationMessage>),
}

/// The events of an answer in a chat. Dropping the stream stops the work. What was written until then is kept.
pub type ChatEvents = Pin<Box<dyn Stream<Item = Result<ChatEvent, EngineError>> + Send>>;

/// Searches and answers the rewritten question.
type AnswerFn = Box<dyn FnOnce(QuestionRewrite) -> AnswerEvents + Send>;

/// A question with the chat's history. Other questions are kept out of the chat meanwhile.
pub(crate) struct Turn {
    /// The question and how to answer it, with the chat's history.
    pub(crate) ask: AskRequest,
    /// Ids of what the chat searches.
    pub(crate) knowledge_bases: Vec<String>,
    /// The language model that is kept for the chat.
    pub(crate) chat_model: Option<String>,
    chat: ChatId,
    /// Where the question may be searched in another way too, once it is answered.
    live: Option<KnowledgeBaseId>,
    replaces: Option<MessageId>,
    /// What was searched for the question before.
    previous: Option<String>,
    busy: BusyGuard,
}

impl Chats {
    /// Begins a question, and keeps other questions out of the chat. Nothing is stored yet.
    pub(crate) async fn begin_turn(
        &self,
        id: ChatId,
        question: ChatQuestion,
    ) -> Result<Turn, EngineError> {
        self.shared.disk.check(WriteKind::New, 0)?;
        let busy = self.busy.take(id)?;
        let WholeChat {
            conversation: chat,
            permit: _permit,
        } = self.chat(id).await?;
        let earlier = earlier(&chat, question.replaces)?;
        let bases = chat.summary.knowledge_bases.iter();
        let mut ask = question.ask;
        let live = match chat.summary.knowledge_bases.as_slice() {
            [only] if as_set(&ask) => Some(only.id),
            _ => None,
        };
        ask.history = earlier.history;
        Ok(Turn {
            ask,
            knowledge_bases: bases.map(|base| base.id.to_string()).collect(),
            chat_model: chat.summary.chat_model.clone(),
            chat: id,
            live,
            replaces: question.replaces,
            previous: earlier.previous,
            busy,
        })
    }

    /// Stores a question and begins to answer it. `text` is the checked question, `model` what answers it. It is
    /// durable when this returns.
    pub(crate) async fn answer(
        &self,
        asked: Turn,
        text: String,
        model: ChatChoice,
        answer_fn: AnswerFn,
    ) -> Result<ChatEvents, EngineError> {
        let shared = &self.shared;
        let now = shared.clock.now();
        let turn = NewTurn {
            chat: asked.chat,
            question: MessageId(shared.clock.new_id()),
            reply: MessageId(shared.clock.new_id()),
            title: chat_title(&text),
            text,
            replaces: asked.replaces,
        };
        if !shared.store.begin_turn(&turn, now).await? {
            return Err(EngineError::ChatNotFound(asked.chat));
        }
        let writer = ReplyWriter {
            shared: Arc::clone(shared),
            turn,
            now,
            history: asked.ask.history,
            previous: asked.previous,
            model,
            live: asked.live,
            draft: Mutex::default(),
        };
        let (sender, receiver) = mpsc::channel(CAPACITY);
        // Under the request's span, so that the log names the request.
        let span = tracing::error_span!("chat_turn", chat = %asked.chat);
        let work = writer.run(answer_fn, asked.busy, sender);
        let work = origin::of_request(origin::request_id(), work).instrument(span);
        self.tasks.spawn_on(work, &self.runtime);
        Ok(Box::pin(unfold(receiver, |mut receiver| async {
            Some((receiver.recv().await?, receiver))
        })))
    }
}

/// What came before a question.
struct PrecedingTurns {
    /// Oldest first.
    history: Vec<ChatMessage>,
    /// What was searched for the question before.
    previous: Option<String>,
}

/// What came before a question that is new or takes the place of another.
fn earlier(
    chat: &Conversation,
    replaces: Option<MessageId>,
) -> Result<PrecedingTurns, EngineError> {
    let is_replaced = |message: &ConversationMessage| {
        Some(message.id) == replaces && matches!(message.content, MessageContent::Question { .. })
    };
    let end = match replaces {
        None => chat.messages.len(),
        Some(id) => chat
            .messages
            .iter()
            .position(is_replaced)
            .ok_or(EngineError::MessageNotFound(id))?,
    };
    if end + MESSAGES_OF_TURN > MAX_CHAT_MESSAGES {
        return Err(EngineError::ChatFull {
            limit: MAX_CHAT_MESSAGES,
        });
    }
    let messages = &chat.messages[..end];
    let mut history = Vec::new();
    let mut previous = None;
    for (question, reply) in messages.iter().zip(messages.iter().skip(1)) {
        let MessageContent::Question { rewritten } = &question.content else {
            continue;
        };
        let searched = rewritten.as_ref().unwrap_or(&question.text);
        previous = Some(searched.clone());
        if reply.text.is_empty() {
            continue;
        }
        history.push(ChatMessage {
            role: Role::User,
            content: searched.clone(),
        });
        history.push(ChatMessage {
            role: Role::Assistant,
            content: without_citations(&reply.text),
        });
    }
    let over = history.len().saturating_sub(MAX_MESSAGES);
    history.drain(..over);
    Ok(PrecedingTurns { history, previous })
}
