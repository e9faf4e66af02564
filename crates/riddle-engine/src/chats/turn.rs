use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_core::Stream;
use futures_util::StreamExt;
use futures_util::stream::unfold;
use riddle_core::{
    Answer, AnswerEvent, AskRequest, ChatId, ChatMessage, Conversation, ConversationMessage,
    KnowledgeBaseId, MessageContent, MessageId, MessageStatus, NewTurn, ReplyEnd, ReplyFailure,
    Role, Timestamp, chat_title, error_chain, without_citations,
};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::SendError;
use tracing::Instrument;

use super::busy::BusyGuard;
use super::draft::Draft;
use super::rewrite::{Asked, QuestionRewrite, rewrite};
use crate::bounds::{MAX_CHAT_MESSAGES, MAX_MESSAGES};
use crate::chats::{Chats, WholeChat};
use crate::disk::WriteKind;
use crate::error::{EngineError, InternalCause};
use crate::events::AnswerEvents;
use crate::live_line::as_set;
use crate::models::ChatChoice;
use crate::origin;
use crate::shared::Shared;
use crate::supervised::caught;

/// What is done here, for the log.
const ANSWERING: &str = "answering in a chat";
/// A question and its answer.
const MESSAGES_OF_TURN: usize = 2;
/// Events that may wait for a slow reader before the work pauses.
const CAPACITY: usize = 32;
/// How often an answer is kept while it is written, so that a crash loses little of it. What was found is kept at once.
const KEEP_EVERY: Duration = Duration::from_secs(2);

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

type Sender = mpsc::Sender<Result<ChatEvent, EngineError>>;

/// What came before a question.
struct PrecedingTurns {
    /// Oldest first.
    history: Vec<ChatMessage>,
    /// What was searched for the question before.
    previous: Option<String>,
}

/// How the writing of an answer ended.
enum ReplyOutcome {
    Answered(Box<Answer>),
    Failed(EngineError),
    ReaderGone,
    Stopping,
}

impl From<Result<Option<Box<Answer>>, EngineError>> for ReplyOutcome {
    fn from(written: Result<Option<Box<Answer>>, EngineError>) -> Self {
        match written {
            Ok(Some(answer)) => Self::Answered(answer),
            Ok(None) => Self::ReaderGone,
            Err(EngineError::Stopping) => Self::Stopping,
            Err(error) => Self::Failed(error),
        }
    }
}

/// Writes and keeps an answer.
struct ReplyWriter {
    shared: Arc<Shared>,
    turn: NewTurn,
    now: Timestamp,
    /// Earlier messages, oldest first.
    history: Vec<ChatMessage>,
    previous: Option<String>,
    model: ChatChoice,
    live: Option<KnowledgeBaseId>,
    /// The answer so far.
    draft: Mutex<Draft>,
}

impl ReplyWriter {
    async fn run(self, answer_fn: AnswerFn, busy: BusyGuard, sender: Sender) {
        let writing = caught(ANSWERING, self.write(answer_fn, &sender));
        let outcome = tokio::select! {
            written = writing => written.into(),
            () = sender.closed() => ReplyOutcome::ReaderGone,
            () = self.shared.stopping.cancelled() => ReplyOutcome::Stopping,
        };
        let end = self.end_of(&outcome).await;
        let now = self.shared.clock.now();
        let kept = self
            .shared
            .store
            .finish_reply(self.turn.reply, &end, now)
            .await;
        let is_answered = kept.is_ok() && matches!(outcome, ReplyOutcome::Answered(_));
        // Before the last event, because its reader may ask again at once.
        drop(busy);
        let last = match (kept, outcome) {
            (Err(error), _) => {
                tracing::error!(error = %error_chain(&error), "an answer could not be kept");
                Err(error.into())
            }
            (Ok(()), ReplyOutcome::Answered(_)) => Ok(ChatEvent::Done(Box::new(self.message(end)))),
            (Ok(()), ReplyOutcome::Failed(error)) => Err(error),
            (Ok(()), ReplyOutcome::Stopping) => Err(EngineError::Stopping),
            (Ok(()), ReplyOutcome::ReaderGone) => return,
        };
        // A reader that has gone finds the answer in the chat. But nobody else logs the error then.
        if let Err(SendError(Err(error))) = sender.send(last).await {
            let error = error_chain(&error);
            tracing::warn!(error, "an answer in a chat failed, and its reader has gone");
        }
        // The stream ends here: whoever waits for its end does not wait for the line.
        drop(sender);
        if is_answered && let Some(knowledge_base) = self.live {
            self.offer(knowledge_base).await;
        }
    }

    /// What fails here is nobody's loss but of a figure.
    async fn offer(&self, knowledge_base: KnowledgeBaseId) {
        let offered = self
            .shared
            .offer_live_question(self.turn.reply, knowledge_base);
        if let Err(error) = offered.await {
            let error = error_chain(&error);
            tracing::warn!(
                error,
                "a question could not be put in line to be searched in another way"
            );
        }
    }

    /// Rewrites, searches and answers, passing events on. `None` when the reader has gone.
    async fn write(
        &self,
        answer_fn: AnswerFn,
        sender: &Sender,
    ) -> Result<Option<Box<Answer>>, EngineError> {
        let shared = &self.shared;
        let previous = self.previous.as_deref();
        let asked = Asked {
            question: &self.turn.text,
            history: &self.history,
            previous,
        };
        let rewriting =
            rewrite(&shared.models, shared.options.rewriting, &self.model, asked).await?;
        if let Some(question) = &rewriting.question {
            let noted = shared.store.note_rewritten(self.turn.question, question);
            noted.await?;
        }
        let question = self.question_event(&rewriting);
        if sender.send(Ok(question)).await.is_err() {
            return Ok(None);
        }
        let mut events = answer_fn(rewriting);
        let mut kept = shared.clock.instant();
        while let Some(event) = events.next().await {
            let event = match event? {
                AnswerEvent::Done(answer) => return Ok(Some(answer)),
                event => event,
            };
            self.with_draft(|draft| draft.add(&event));
            let has_found = matches!(event, AnswerEvent::Retrieval { .. });
            if has_found || shared.clock.instant().duration_since(kept) >= KEEP_EVERY {
                self.keep_so_far().await?;
                kept = shared.clock.instant();
            }
            if sender.send(Ok(ChatEvent::Answer(event))).await.is_err() {
                return Ok(None);
            }
        }
        Err(EngineError::internal(ANSWERING, InternalCause::Gone))
    }

    async fn keep_so_far(&self) -> Result<(), EngineError> {
        let model = self.shared.models.chosen_chat_name(&self.model);
        if let Some(so_far) = self.with_draft(|draft| draft.so_far(model)) {
            let noted = self.shared.store.note_reply(self.turn.reply, &so_far);
            noted.await?;
        }
        Ok(())
    }

    fn question_event(&self, rewriting: &QuestionRewrite) -> ChatEvent {
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
        // A panic elsewhere cannot leave the text half changed.
        work(&mut self.draft.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn end_of(&self, outcome: &ReplyOutcome) -> ReplyEnd {
        if let ReplyOutcome::Answered(answer) = outcome {
            return ReplyEnd {
                status: MessageStatus::Complete,
                text: answer.text.clone(),
                answer: Some(answer.clone()),
                failure: None,
            };
        }
        let model = self.shared.models.chosen_chat_name(&self.model);
        let (text, answer) = self.with_draft(|draft| (draft.text.clone(), draft.answer(model)));
        let (status, failure) = match outcome {
            ReplyOutcome::Failed(error) => (MessageStatus::Failed, Some(failure(error))),
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

/// The failure that is kept: what the reader of the error is told.
fn failure(error: &EngineError) -> ReplyFailure {
    ReplyFailure {
        code: error.code().to_owned(),
        message: error.public_message(),
    }
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
