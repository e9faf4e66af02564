use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use riddle_core::{
    Answer, AnswerEvent, ChatMessage, ConversationMessage, KnowledgeBaseId, MessageContent,
    MessageStatus, NewTurn, ReplyEnd, ReplyFailure, Timestamp, error_chain,
};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::SendError;

use super::{AnswerFn, ChatEvent};
use crate::chats::busy::BusyGuard;
use crate::chats::draft::Draft;
use crate::chats::rewrite::{Asked, QuestionRewrite, rewrite};
use crate::error::{EngineError, InternalCause};
use crate::models::ChatChoice;
use crate::shared::Shared;
use crate::supervised::caught;

/// What is done here, for the log.
const ANSWERING: &str = "answering in a chat";
/// How often an answer is kept while it is written, so that a crash loses little of it. What was found is kept at once.
const KEEP_EVERY: Duration = Duration::from_secs(2);

type Sender = mpsc::Sender<Result<ChatEvent, EngineError>>;

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
pub(super) struct ReplyWriter {
    pub(super) shared: Arc<Shared>,
    pub(super) turn: NewTurn,
    pub(super) now: Timestamp,
    /// Earlier messages, oldest first.
    pub(super) history: Vec<ChatMessage>,
    pub(super) previous: Option<String>,
    pub(super) model: ChatChoice,
    pub(super) live: Option<KnowledgeBaseId>,
    /// The answer so far.
    pub(super) draft: Mutex<Draft>,
}

impl ReplyWriter {
    pub(super) async fn run(self, answer_fn: AnswerFn, busy: BusyGuard, sender: Sender) {
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
