mod extractive;
mod generated;
mod other_language;
pub(in crate::query) mod question;
pub(in crate::query) mod sink;
pub(in crate::query) mod sources;
mod writer;

use std::sync::Arc;
use std::time::Duration;

use riddle_core::{
    Answer, AnswerEvent, AnswerMode, AskRequest, ChatMessage, ChatModel, ContextRecord, Notice,
    SearchResponse, Timings, Usage, detect_language, not_in_sources, says_not_in_sources,
};

use crate::blocking::run_blocking;
use crate::bounds::{MAX_ANSWER_TOKENS, MAX_MESSAGE_CHARS, MAX_MESSAGES, MAX_TEMPERATURE};
use crate::error::EngineError;
use crate::models::ChosenChat;
use crate::query::answer::generated::PromptFrame;
use crate::query::answer::other_language::other_language;
use crate::query::answer::sink::Sink;
use crate::query::answer::sources::{Context, TokenCounter, contexts};
use crate::query::answer::writer::AnswerWriter;
use crate::query::ports::QueryPorts;
use crate::query::search::SearchOutcome;
use crate::query::search_plan::SearchPlan;
use crate::timing::{Stopwatch, millis};

/// Model name of an answer that was written without a language model.
const EXTRACTIVE: &str = "extractive";

/// How a request wants its answer written.
#[derive(Clone, Debug, Default)]
pub(super) struct AnswerSettings {
    pub(super) max_tokens: Option<u32>,
    pub(super) temperature: Option<f32>,
    pub(super) stop: Vec<String>,
    /// Earlier messages, oldest first.
    pub(super) history: Vec<ChatMessage>,
    /// A line before the instructions.
    pub(super) beginning: Option<String>,
}

impl AnswerSettings {
    pub(super) fn of(request: AskRequest) -> Result<Self, EngineError> {
        let tokens = request.max_tokens;
        if tokens.is_some_and(|tokens| !(1..=MAX_ANSWER_TOKENS).contains(&tokens)) {
            let problem = format!("must be between 1 and {MAX_ANSWER_TOKENS}");
            return Err(EngineError::invalid("max_tokens", problem));
        }
        let temperature = request.temperature;
        if temperature.is_some_and(|t| !(0.0..=MAX_TEMPERATURE).contains(&t)) {
            return Err(EngineError::invalid(
                "temperature",
                "must be between 0 and 2",
            ));
        }
        check_history(&request.history)?;
        Ok(Self {
            max_tokens: tokens,
            temperature,
            stop: request.stop,
            history: request.history,
            beginning: None,
        })
    }
}

fn check_history(history: &[ChatMessage]) -> Result<(), EngineError> {
    let is_long = |message: &ChatMessage| message.content.chars().count() > MAX_MESSAGE_CHARS;
    if history.len() > MAX_MESSAGES || history.iter().any(is_long) {
        let problem = format!(
            "may be {MAX_MESSAGES} messages of at most {MAX_MESSAGE_CHARS} characters each"
        );
        return Err(EngineError::invalid("history", problem));
    }
    Ok(())
}

/// Everything that an answer is written from.
pub(super) struct AnswerInput {
    pub(super) plan: SearchPlan,
    pub(super) search: SearchResponse,
    pub(super) contexts: Vec<Context>,
    /// The embedded question, if the search has embedded it.
    pub(super) query_vector: Option<Vec<f32>>,
    answerer: Answerer,
    /// Strings that end the answer.
    stop: Vec<String>,
    /// What the answer says of the choice of its model.
    notices: Vec<Notice>,
}

enum Answerer {
    Generated(Arc<dyn ChatModel>, PromptFrame),
    Extractive,
}

/// What an answerer reports beside the text.
#[derive(Default)]
pub(super) struct AnswerReport {
    pub(super) removed_citations: u32,
    pub(super) truncated: bool,
    pub(super) instructions_removed: bool,
    pub(super) repetition_ended: bool,
    pub(super) usage: Usage,
    pub(super) queue_ms: f64,
    pub(super) extract_ms: Option<f64>,
    pub(super) prefill_ms: Option<f64>,
    pub(super) decode_ms: Option<f64>,
}

/// Fits the passages into the budget of the language model, or of an answer without one.
pub(super) async fn prepare(
    ports: QueryPorts<'_>,
    plan: SearchPlan,
    settings: AnswerSettings,
    found: SearchOutcome,
    chat: ChosenChat,
) -> Result<AnswerInput, EngineError> {
    let budget = usize::try_from(ports.options.prompt_budget_tokens).unwrap_or(usize::MAX);
    let SearchOutcome {
        search,
        query_vector,
    } = found;
    let hits = search.hits.clone();
    let stop = settings.stop.clone();
    let (contexts, answerer) = match chat.model {
        Some(chat) => {
            let counter = TokenCounter::Chat(Arc::clone(&chat));
            let max_tokens = ports.options.max_answer_tokens;
            let (question, model) = (plan.query.clone(), Arc::clone(&chat));
            run_blocking("fitting passages", move || {
                let frame = PromptFrame::new(&*model, &question, settings, max_tokens);
                let contexts = contexts(&hits, budget.min(frame.room), &counter);
                (contexts, Answerer::Generated(model, frame))
            })
            .await?
        }
        None => {
            let counter = extractive::token_counter(ports, &plan).await;
            let contexts = run_blocking("fitting passages", move || {
                contexts(&hits, budget, &counter)
            })
            .await?;
            (contexts, Answerer::Extractive)
        }
    };
    Ok(AnswerInput {
        plan,
        search,
        contexts,
        query_vector,
        answerer,
        stop,
        notices: chat.notices,
    })
}

/// Writes the answer, passing events on as it goes. The caller sends the end.
#[tracing::instrument(name = "answer", skip_all)]
pub(super) async fn run(
    ports: QueryPorts<'_>,
    input: &AnswerInput,
    sink: &Sink,
    watch: &Stopwatch,
) -> Result<Answer, EngineError> {
    sink.send(Ok(AnswerEvent::Retrieval {
        search: Box::new(input.search.clone()),
        contexts: records(&input.contexts),
    }))
    .await;
    let mut writer = AnswerWriter::new(&input.contexts, &input.stop, sink, watch);
    let report = write(ports, input, &mut writer).await?;
    writer.finish().await;
    let stopped = writer.has_stopped();
    let (text, citations) = (writer.text, writer.citations);
    let found = !text.is_empty() && !says_not_in_sources(&text, citations.len());
    let timings = timings(input, &report, writer.first_token);
    let mut answer = Answer {
        mode: input.answerer.mode(),
        model: input.answerer.name(),
        found,
        citations,
        removed_citations: report.removed_citations,
        contexts: records(&input.contexts),
        truncated: report.truncated,
        notices: input.search.notices.clone(),
        rerank: input.search.rerank.clone(),
        timings,
        usage: report.usage,
        text,
    };
    if report.instructions_removed {
        answer.notices.push(Notice::InstructionsRemoved);
    }
    if report.repetition_ended {
        answer.notices.push(Notice::RepetitionEnded);
    }
    answer.notices.extend(input.notices.iter().cloned());
    add_notices(&mut answer, left_out(input), stopped);
    if !answer.found && !stopped {
        answer.notices.extend(other_language(ports, input).await);
    }
    answer.timings.total_ms = watch.elapsed_ms();
    Ok(answer)
}

/// Lets whoever answers write; nobody need where there is nothing to answer from.
async fn write(
    ports: QueryPorts<'_>,
    input: &AnswerInput,
    writer: &mut AnswerWriter<'_>,
) -> Result<AnswerReport, EngineError> {
    let language = detect_language(&input.plan.query);
    if input.contexts.is_empty() {
        writer.write(not_in_sources(language).to_owned()).await;
        return Ok(AnswerReport::default());
    }
    match &input.answerer {
        Answerer::Generated(chat, frame) => generated::write(chat, frame, input, writer).await,
        Answerer::Extractive => extractive::write(ports, input, language, writer).await,
    }
}

/// The times of the search and of writing, but for the whole.
fn timings(input: &AnswerInput, report: &AnswerReport, first_token: Option<Duration>) -> Timings {
    let search = input.search.timings;
    Timings {
        queue_ms: search.queue_ms + report.queue_ms,
        extract_ms: report.extract_ms,
        prefill_ms: report.prefill_ms,
        decode_ms: report.decode_ms,
        first_token_ms: first_token.map(millis),
        ..search
    }
}

/// Passages that were found and did not fit.
fn left_out(input: &AnswerInput) -> usize {
    let hits = input.search.hits.iter();
    let texts = hits.filter(|hit| hit.copy_of.is_none()).count();
    texts - input.contexts.len()
}

impl Answerer {
    fn mode(&self) -> AnswerMode {
        match self {
            Self::Generated(..) => AnswerMode::Generated,
            Self::Extractive => AnswerMode::Extractive,
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Generated(chat, _) => chat.info().name.clone(),
            Self::Extractive => EXTRACTIVE.to_owned(),
        }
    }
}

fn records(contexts: &[Context]) -> Vec<ContextRecord> {
    contexts.iter().map(|c| c.record.clone()).collect()
}

fn add_notices(answer: &mut Answer, left_out: usize, stopped: bool) {
    if left_out > 0 {
        let notice = Notice::PassagesLeftOut { count: left_out };
        answer.notices.push(notice);
    }
    if answer.text.is_empty() && !stopped {
        answer.notices.push(Notice::EmptyAnswer);
    } else if answer.found && answer.citations.is_empty() {
        answer.notices.push(Notice::NoCitation);
    }
    if answer.truncated {
        answer.notices.push(Notice::AnswerCut);
    }
}
