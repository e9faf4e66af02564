use std::time::{Duration, Instant};

use futures_util::StreamExt;
use riddle_core::{
    ChatDelta, ChatError, ChatMessage, ChatModel, ChatRequest, Notice, Rewriting, Role,
    joined_question, questions_differ, rewrite_messages, rewritten_question,
};

use crate::error::EngineError;
use crate::models::{ChatChoice, Models};

/// How long rewriting may take. After that the question is searched as typed.
const DEADLINE: Duration = Duration::from_secs(10);
/// Most tokens of a stand-alone question.
const MAX_TOKENS: u32 = 96;

/// How a question was rewritten before it was searched.
#[derive(Default)]
pub(crate) struct QuestionRewrite {
    /// The stand-alone question, if it differs from the typed one.
    pub(crate) question: Option<String>,
    /// Time of the stage, if it ran.
    pub(crate) ms: Option<f64>,
    pub(crate) notice: Option<Notice>,
}

/// A question and what came before it.
pub(super) struct Asked<'a> {
    pub(super) question: &'a str,
    /// Oldest first.
    pub(super) history: &'a [ChatMessage],
    /// What was searched for the question before.
    pub(super) previous: Option<&'a str>,
}

/// Makes a stand-alone question of one that builds on the chat. The language model rewrites it, if it is one that does
/// so well; else it takes the words of what was searched for the question before.
pub(super) async fn rewrite(
    models: &Models,
    rewriting: Rewriting,
    choice: &ChatChoice,
    asked: Asked<'_>,
) -> Result<QuestionRewrite, EngineError> {
    let (question, history) = (asked.question, asked.history);
    let Some(previous) = asked.previous.filter(|_| rewriting != Rewriting::Off) else {
        return Ok(QuestionRewrite::default());
    };
    let started = Instant::now();
    let by_words = match rewriting {
        Rewriting::Auto => !models.writes_well(choice),
        Rewriting::Model => false,
        Rewriting::Terms | Rewriting::Off => true,
    };
    let model = match by_words {
        true => None,
        false => models.chosen_chat(choice).await?.model,
    };
    let mut rewriting = match model {
        None => QuestionRewrite {
            question: joined_question(question, previous),
            ..QuestionRewrite::default()
        },
        Some(chat) => by_model(chat.as_ref(), question, history).await,
    };
    rewriting.ms = Some(started.elapsed().as_secs_f64() * 1_000.0);
    Ok(rewriting)
}

async fn by_model(
    chat: &dyn ChatModel,
    question: &str,
    history: &[ChatMessage],
) -> QuestionRewrite {
    let asked = tokio::time::timeout(DEADLINE, reply(chat, question, history)).await;
    let problem = match asked {
        Ok(Ok(text)) => match rewritten_question(&text) {
            Some(rewritten) => {
                let differs = questions_differ(&rewritten, question);
                return QuestionRewrite {
                    question: differs.then_some(rewritten),
                    ..QuestionRewrite::default()
                };
            }
            None => "the reply is no question".to_owned(),
        },
        Ok(Err(error)) => error.to_string(),
        Err(_elapsed) => "the deadline passed".to_owned(),
    };
    tracing::warn!(problem, "a question is searched as typed");
    QuestionRewrite {
        notice: Some(Notice::RewriteFailed),
        ..QuestionRewrite::default()
    }
}

async fn reply(
    chat: &dyn ChatModel,
    question: &str,
    history: &[ChatMessage],
) -> Result<String, ChatError> {
    let turns: Vec<ChatMessage> = history
        .iter()
        .filter(|message| message.role != Role::System)
        .cloned()
        .collect();
    let mut stream = chat.chat(ChatRequest {
        messages: rewrite_messages(question, &turns),
        max_tokens: MAX_TOKENS,
        temperature: 0.0,
        seed: Some(0),
        thinking: false,
    });
    let mut text = String::new();
    while let Some(delta) = stream.next().await {
        match delta? {
            ChatDelta::Text(more) => text.push_str(&more),
            ChatDelta::Restart => text.clear(),
            ChatDelta::End { .. } => break,
        }
    }
    Ok(text)
}
