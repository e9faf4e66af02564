use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_core::Stream;
use futures_util::StreamExt;
use futures_util::stream::unfold;
use riddle_core::{
    Answer, AnswerEvent, AskRequest, ChatId, ChatMessage, Conversation, ConversationMessage,
    MessageContent, MessageId, MessageStatus, NewTurn, ReplyEnd, ReplyFailure, Role, Timestamp,
    chat_title, error_chain, without_citations,
};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::busy::BusyGuard;
use super::draft::Draft;
use super::rewrite::{Rewriting, rewrite};
use crate::engine::{Engine, Inner};
use crate::error::EngineError;
use crate::query::{PreparedQuestion, answer_prepared};

/// Events that may wait for a slow reader before the work pauses.
const CAPACITY: usize = 32;
/// How often the text so far is kept while it is written, so that a crash loses little of it.
const KEEP_EVERY: Duration = Duration::from_secs(2);

/// A question in a chat.
#[derive(Clone, Debug)]
pub struct ChatQuestion {
    /// The question and how to answer it; the history is the chat's own.
    pub ask: AskRequest,
    /// A question of the chat that this one takes the place of; it goes, with everything after it.
    pub replaces: Option<MessageId>,
    /// What a reader is told of an error, to be kept with an answer that failed.
    pub explain: fn(&EngineError) -> ReplyFailure,
}

/// One event of an answer in a chat, in this order: one `Question`, one `Retrieval`, any number of `Token` and
/// `Citation`, one `Done`. An error ends the stream instead.
#[derive(Clone, PartialEq, Debug)]
pub enum ChatEvent {
    /// The question is kept, and will be searched in this form.
    Question {
        /// As it is kept.
        message: Box<ConversationMessage>,
        /// Id that the answer's message will have.
        reply: MessageId,
    },
    /// Of the answer in the making; never its end.
    Answer(AnswerEvent),
    /// The answer is kept.
    Done(Box<ConversationMessage>),
}

/// An answer in a chat as it comes. Dropping it stops the work; what was written until then is kept.
pub type ChatEvents = Pin<Box<dyn Stream<Item = Result<ChatEvent, EngineError>> + Send>>;

impl Engine {
    /// Answers a question in a chat. The question is durable before this returns.
    ///
    /// # Errors
    /// No such chat, message or knowledge base; another question of the chat is being answered; values out of bounds;
    /// too many questions at once. Nothing is changed then.
    pub async fn ask_in_chat(
        &self,
        id: ChatId,
        question: ChatQuestion,
    ) -> Result<ChatEvents, EngineError> {
        let inner = &self.inner;
        let busy = inner.chats.busy.take(id)?;
        let chat = self.chat(id).await?;
        let earlier = earlier(&chat, question.replaces)?;
        let bases = chat.summary.knowledge_bases.iter();
        let names: Vec<String> = bases.map(|base| base.id.to_string()).collect();
        let mut ask = question.ask;
        ask.history = earlier.history;
        let prepared = self.prepare_question(&names, ask).await?;
        let now = inner.clock.now();
        let turn = NewTurn {
            chat: id,
            question: MessageId(Uuid::now_v7()),
            reply: MessageId(Uuid::now_v7()),
            text: prepared.question().to_owned(),
            title: chat_title(prepared.question()),
            replaces: question.replaces,
        };
        if !inner.store.begin_turn(&turn, now).await? {
            return Err(EngineError::ChatNotFound(id));
        }
        let writing = Writing {
            inner: Arc::clone(inner),
            turn,
            now,
            previous: earlier.previous,
            explain: question.explain,
            draft: Mutex::default(),
        };
        let (sender, receiver) = mpsc::channel(CAPACITY);
        let work = writing.run(prepared, busy, sender);
        inner.chats.tasks.spawn_on(work, &inner.chats.runtime);
        Ok(Box::pin(unfold(receiver, |mut receiver| async {
            Some((receiver.recv().await?, receiver))
        })))
    }
}

type Sender = mpsc::Sender<Result<ChatEvent, EngineError>>;

/// What came before a question.
struct Earlier {
    /// Oldest first.
    history: Vec<ChatMessage>,
    /// What was searched for the question before.
    previous: Option<String>,
}

/// An answer in the making.
struct Writing {
    inner: Arc<Inner>,
    turn: NewTurn,
    now: Timestamp,
    previous: Option<String>,
    explain: fn(&EngineError) -> ReplyFailure,
    /// The answer so far.
    draft: Mutex<Draft>,
}

impl Writing {
    async fn run(self, prepared: PreparedQuestion, busy: BusyGuard, sender: Sender) {
        let stopping = self.inner.ingest.stopping.clone();
        let outcome = tokio::select! {
            outcome = self.write(prepared, &sender) => Some(outcome),
            () = sender.closed() => None,
            () = stopping.cancelled() => None,
        };
        let end = self.end_of(outcome.as_ref()).await;
        let now = self.inner.clock.now();
        let kept = self
            .inner
            .store
            .finish_reply(self.turn.reply, &end, now)
            .await;
        // Whoever reads the last event may ask again at once.
        drop(busy);
        let last = match (kept, outcome) {
            (Err(error), _) => {
                tracing::error!(error = %error_chain(&error), "an answer could not be kept");
                Err(error.into())
            }
            (Ok(()), Some(Ok(_))) => Ok(ChatEvent::Done(Box::new(self.message(end)))),
            (Ok(()), Some(Err(error))) => Err(error),
            (Ok(()), None) => Err(EngineError::Stopping),
        };
        // A reader that has gone misses nothing: the chat has it.
        let _ = sender.send(last).await;
    }

    /// Rewrites, searches and answers, passing events on. Ends early when the reader has gone.
    async fn write(
        &self,
        mut prepared: PreparedQuestion,
        sender: &Sender,
    ) -> Result<Box<Answer>, EngineError> {
        let inner = &self.inner;
        let previous = self.previous.as_deref();
        let rewriting = rewrite(inner, &self.turn.text, prepared.history(), previous).await?;
        if let Some(question) = &rewriting.question {
            let noted = inner.store.note_rewritten(self.turn.question, question);
            noted.await?;
        }
        self.send(sender, self.question_event(&rewriting)).await?;
        prepared.search_instead(rewriting.question);
        prepared.note_rewriting(rewriting.ms, rewriting.notice);
        let mut events = answer_prepared(Arc::clone(inner), prepared);
        let mut kept = Instant::now();
        while let Some(event) = events.next().await {
            let event = match event? {
                AnswerEvent::Done(answer) => return Ok(answer),
                event => event,
            };
            self.with_draft(|draft| draft.add(&event));
            if kept.elapsed() >= KEEP_EVERY {
                let so_far = self.with_draft(|draft| draft.text.clone());
                inner
                    .store
                    .note_reply_text(self.turn.reply, &so_far)
                    .await?;
                kept = Instant::now();
            }
            self.send(sender, ChatEvent::Answer(event)).await?;
        }
        Err(EngineError::Stopping)
    }

    async fn send(&self, sender: &Sender, event: ChatEvent) -> Result<(), EngineError> {
        let sent = sender.send(Ok(event)).await;
        sent.map_err(|_gone| EngineError::Stopping)
    }

    fn question_event(&self, rewriting: &Rewriting) -> ChatEvent {
        let rewritten = rewriting.question.clone();
        ChatEvent::Question {
            message: Box::new(ConversationMessage {
                id: self.turn.question,
                created_at: self.now,
                text: self.turn.text.clone(),
                status: MessageStatus::Complete,
                content: MessageContent::Question { rewritten },
            }),
            reply: self.turn.reply,
        }
    }

    fn with_draft<R>(&self, work: impl FnOnce(&mut Draft) -> R) -> R {
        // Text that was added is whole whatever panicked beside it.
        work(&mut self.draft.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn end_of(&self, outcome: Option<&Result<Box<Answer>, EngineError>>) -> ReplyEnd {
        if let Some(Ok(answer)) = outcome {
            return ReplyEnd {
                status: MessageStatus::Complete,
                text: answer.text.clone(),
                answer: Some(answer.clone()),
                failure: None,
            };
        }
        let chat = self.inner.models.chat().await.ok().flatten();
        let model = chat.map(|chat| chat.info().name.clone());
        let (text, answer) = self.with_draft(|draft| (draft.text.clone(), draft.answer(model)));
        let (status, failure) = match outcome {
            Some(Err(error)) if !matches!(error, EngineError::Stopping) => {
                (MessageStatus::Failed, Some((self.explain)(error)))
            }
            _ => (MessageStatus::Stopped, None),
        };
        ReplyEnd {
            status,
            text,
            answer,
            failure,
        }
    }

    fn message(&self, end: ReplyEnd) -> ConversationMessage {
        ConversationMessage {
            id: self.turn.reply,
            created_at: self.now,
            text: end.text,
            status: end.status,
            content: MessageContent::Reply {
                answer: end.answer,
                failure: end.failure,
                feedback: None,
            },
        }
    }
}

/// What came before a question that is new or takes the place of another.
fn earlier(chat: &Conversation, replaces: Option<MessageId>) -> Result<Earlier, EngineError> {
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
    Ok(Earlier { history, previous })
}
