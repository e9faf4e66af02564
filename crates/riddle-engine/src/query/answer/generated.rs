use std::sync::Arc;

use futures_util::StreamExt;
use riddle_core::{
    AnswerPiece, ChatDelta, ChatError, ChatMessage, ChatModel, ChatRequest, ChatUsage,
    CitationParser, FinishReason, InstructionGuard, PromptSource, RepetitionGuard, Role, Usage,
    answer_messages,
};

use crate::blocking::run_blocking;
use crate::error::EngineError;
use crate::query::answer::sources::prompt_source;
use crate::query::answer::writer::AnswerWriter;
use crate::query::answer::{AnswerInput, AnswerReport, AnswerSettings};
use crate::timing::Stopwatch;

/// Upper estimate of the tokens that a chat template puts around one message.
const TOKENS_PER_MESSAGE: usize = 8;
/// The history may take one part in so many of the model's context.
const HISTORY_SHARE: usize = 4;
/// Most messages of the history that are used.
const MAX_HISTORY: usize = 40;
/// Always the likeliest token, because the variants of a comparison may differ by their passages alone.
const TEMPERATURE: f32 = 0.0;
const SEED: u64 = 0;

/// A prompt without its sources.
#[derive(Clone, Debug)]
pub(in crate::query) struct PromptFrame {
    /// Latest messages of the chat that fit.
    history: Vec<ChatMessage>,
    /// See [`AnswerSettings::beginning`].
    beginning: Option<String>,
    max_tokens: u32,
    temperature: f32,
    /// Tokens left for sources.
    pub(in crate::query) room: usize,
}

impl PromptFrame {
    /// Counts tokens, so it must not run on the async runtime's threads.
    pub(in crate::query) fn new(
        chat: &dyn ChatModel,
        question: &str,
        settings: AnswerSettings,
        default_max_tokens: u32,
    ) -> Self {
        let context = chat.info().context_tokens;
        // The answer must leave room for its sources.
        let max_tokens = settings
            .max_tokens
            .unwrap_or(default_max_tokens)
            .min((context / 2).max(1));
        let window = usize::try_from(context).unwrap_or(usize::MAX);
        let history = recent(chat, settings.history, window / HISTORY_SHARE);
        let mut frame = Self {
            history,
            beginning: settings.beginning,
            max_tokens,
            temperature: settings.temperature.unwrap_or(TEMPERATURE),
            room: 0,
        };
        let messages = frame.messages(question, &[]);
        let fixed: usize = messages
            .iter()
            .map(|message| chat.count_tokens(&message.content) + TOKENS_PER_MESSAGE)
            .sum();
        let answer = usize::try_from(max_tokens).unwrap_or(usize::MAX);
        frame.room = window.saturating_sub(fixed).saturating_sub(answer);
        frame
    }

    fn messages(&self, question: &str, sources: &[PromptSource<'_>]) -> Vec<ChatMessage> {
        let mut messages = answer_messages(question, sources, &self.history);
        if let (Some(beginning), Some(first)) = (&self.beginning, messages.first_mut()) {
            first.content = format!("{beginning}\n\n{}", first.content);
        }
        messages
    }
}

/// Lets the model write, checking citations on the way. An answer that quotes the instructions or goes round in circles
/// ends there.
pub(in crate::query) async fn write(
    chat: &Arc<dyn ChatModel>,
    frame: &PromptFrame,
    input: &AnswerInput,
    writer: &mut AnswerWriter<'_>,
) -> Result<AnswerReport, EngineError> {
    let sources: Vec<PromptSource<'_>> = input.contexts.iter().map(prompt_source).collect();
    let prefill = Stopwatch::start();
    let messages = frame.messages(&input.plan.query, &sources);
    let mut stream = chat.chat(ChatRequest {
        messages: messages.clone(),
        max_tokens: frame.max_tokens,
        temperature: frame.temperature,
        seed: Some(SEED),
        thinking: false,
    });
    let mut watched = Watched::new(&sources);
    let mut first_text_ms = None;
    let end = loop {
        match stream.next().await.ok_or_else(broken_off)?? {
            ChatDelta::Text(text) => {
                first_text_ms.get_or_insert_with(|| prefill.elapsed_ms());
                pass_on(watched.push(&text), writer).await;
                if watched.has_to_end() || writer.has_stopped() {
                    break None;
                }
            }
            ChatDelta::Restart => {
                writer.restart().await;
                watched = Watched::new(&sources);
            }
            ChatDelta::End { finish, usage } => break Some((finish, usage)),
        }
    };
    drop(stream);
    pass_on(watched.finish(), writer).await;
    let (finish, usage) = match end {
        Some(end) => end,
        None => (
            FinishReason::Stop,
            counted(chat, messages, writer.text.clone()).await?,
        ),
    };
    let mut report = measured(&usage, first_text_ms, prefill.elapsed_ms());
    report.removed_citations = watched.parser.removed();
    report.truncated = finish == FinishReason::Length;
    report.instructions_removed = watched.guard.has_quoted();
    report.repetition_ended = watched.circles.repeats();
    Ok(report)
}

/// What looks at the text of a model before a reader sees it.
struct Watched {
    guard: InstructionGuard,
    circles: RepetitionGuard,
    parser: CitationParser,
}

impl Watched {
    fn new(sources: &[PromptSource<'_>]) -> Self {
        let texts = || sources.iter().map(|source| source.text);
        Self {
            guard: InstructionGuard::new(texts()),
            circles: RepetitionGuard::new(texts()),
            parser: CitationParser::of_sources(sources),
        }
    }

    /// What a reader may see of it, and of what was held back before.
    fn push(&mut self, text: &str) -> Vec<AnswerPiece> {
        let text = self.guard.push(text);
        self.parser.push(self.circles.push(&text))
    }

    fn has_to_end(&self) -> bool {
        self.guard.has_quoted() || self.circles.repeats()
    }

    /// What was held back to the end.
    fn finish(&mut self) -> Vec<AnswerPiece> {
        let mut pieces = Vec::new();
        if !self.circles.repeats() {
            pieces = self.parser.push(&self.guard.finish());
        }
        pieces.extend(self.parser.finish());
        pieces
    }
}

/// The usage of an answer that was ended before the model could tell it.
async fn counted(
    chat: &Arc<dyn ChatModel>,
    messages: Vec<ChatMessage>,
    answer: String,
) -> Result<ChatUsage, EngineError> {
    let chat = Arc::clone(chat);
    run_blocking("counting tokens", move || {
        let count = |text: &str| u32::try_from(chat.count_tokens(text)).unwrap_or(u32::MAX);
        ChatUsage {
            prompt_tokens: messages.iter().map(|message| count(&message.content)).sum(),
            completion_tokens: count(&answer),
            ..ChatUsage::default()
        }
    })
    .await
}

fn broken_off() -> ChatError {
    ChatError::Failed {
        message: "the answer broke off; try again".to_owned(),
    }
}

async fn pass_on(pieces: Vec<AnswerPiece>, writer: &mut AnswerWriter<'_>) {
    for piece in pieces {
        match piece {
            AnswerPiece::Text(text) => writer.write(text).await,
            AnswerPiece::Citation { number, span } => writer.cite(number, span, None).await,
        }
    }
}

/// The engine's own figures if it gives them, else those measured here.
fn measured(usage: &ChatUsage, first_text_ms: Option<f64>, total_ms: f64) -> AnswerReport {
    let seen_prefill = (first_text_ms.unwrap_or(total_ms) - usage.queue_ms).max(0.0);
    let seen_decode = first_text_ms.map_or(0.0, |first| total_ms - first);
    AnswerReport {
        usage: Usage {
            prompt_tokens: usage.prompt_tokens,
            completion_tokens: usage.completion_tokens,
        },
        queue_ms: usage.queue_ms,
        prefill_ms: Some(usage.prefill_ms.unwrap_or(seen_prefill)),
        decode_ms: Some(usage.decode_ms.unwrap_or(seen_decode)),
        ..AnswerReport::default()
    }
}

/// The latest messages that fit `budget` tokens, oldest first, and all system messages that fit.
fn recent(chat: &dyn ChatModel, history: Vec<ChatMessage>, budget: usize) -> Vec<ChatMessage> {
    let mut left = budget;
    let mut kept: Vec<ChatMessage> = Vec::new();
    for message in history.into_iter().rev().take(MAX_HISTORY) {
        let tokens = chat.count_tokens(&message.content) + TOKENS_PER_MESSAGE;
        if tokens > left {
            break;
        }
        left -= tokens;
        kept.push(message);
    }
    // Chat templates expect a question first.
    while kept.last().is_some_and(|m| m.role == Role::Assistant) {
        kept.pop();
    }
    kept.reverse();
    kept
}
