use std::collections::BTreeMap;
use std::sync::Arc;

use riddle_core::{
    AnswerMode, ChatModel, ChunkRecord, EvaluationQuestion, EvaluationSet, Gold, KnowledgeBase,
    QuestionHalf, QuestionOrigin, QuestionReview, Quote, Span, cited_sentence, detect_language,
    heading_question, sentences,
};
use riddle_evaluation::{
    LeftOut, SaidBefore, answer_in, answer_prompt, known_anyway, question_in, question_prompt,
    unusable,
};
use tokio::sync::mpsc;

use crate::blocking::run_blocking;
use crate::error::EngineError;
use crate::evaluation::drawn_passages::DrawnPassages;
use crate::evaluation::questions::check_room;
use crate::evaluation::writing::write;
use crate::evaluation::{Evaluation, Work};
use crate::events::{Event, Events, event_stream};
use crate::models::ChatChoice;

/// Most questions that one request makes.
const MOST: u32 = 1_000;
/// Ranks among which a search must find the passage of a question.
const FOUND_WITHIN: u32 = 10;
/// Tokens that a language model may write.
const MAX_TOKENS: u32 = 80;
/// A model that writes what it likes is asked so often for each question that is wanted.
const TRIES: usize = 4;

/// How questions are made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum QuestionMaker {
    /// A language model writes them.
    Model,
    /// Of headings, without a model.
    Headings,
}

/// One event of making questions. The last one is `Done`, or an error; what was made until then is kept.
#[derive(Clone, PartialEq, Debug)]
pub enum MakingEvent {
    /// A question was made and kept, to be reviewed.
    Made(Box<EvaluationQuestion>),
    /// A passage gave none.
    LeftOut(LeftOut),
    /// All passages were tried, or there are enough questions.
    Done {
        /// Questions that were made.
        made: u32,
        /// Passages that gave none, by reason.
        left_out: BTreeMap<LeftOut, u32>,
    },
}

/// Events of making questions. Dropping them ends the work.
pub type MakingEvents = Events<MakingEvent>;

/// Who makes a question of a passage.
enum Maker {
    Model(Arc<dyn ChatModel>),
    Headings,
}

/// A question that was made of a passage.
struct Draft {
    text: String,
    /// What the model answers by the passage.
    answer: Option<String>,
}

/// What questions are made of and by whom.
struct Making {
    room: Arc<Evaluation>,
    set: EvaluationSet,
    knowledge_base: KnowledgeBase,
    maker: Maker,
}

impl Evaluation {
    /// Makes questions of passages of the set's knowledge base, drawn over all its documents.
    pub(crate) async fn make_questions(
        self: &Arc<Self>,
        set: &str,
        count: u32,
        maker: Option<QuestionMaker>,
    ) -> Result<MakingEvents, EngineError> {
        if !(1..=MOST).contains(&count) {
            let problem = format!("must be from 1 to {MOST}");
            return Err(EngineError::invalid("count", problem));
        }
        self.check_disk()?;
        let permit = self.permit(Work::Making).await?;
        let set = self.set(set).await?;
        check_room(&set, 1)?;
        let name = set.knowledge_base.id.to_string();
        let knowledge_base = self.shared.find_knowledge_base(&name).await?;
        // Quoted answers are no way to make questions.
        let kept = knowledge_base.settings.chat_model.as_deref();
        let kept = kept.filter(|name| *name != AnswerMode::Extractive.as_str());
        let (models, choice) = (&self.shared.models, ChatChoice::of(None, kept));
        let chat = match maker {
            Some(QuestionMaker::Headings) => None,
            Some(QuestionMaker::Model) => models.chat_to_compare(&choice).await?.model,
            None => models.chosen_chat(&choice).await?.model,
        };
        let maker = match (maker, chat) {
            (_, Some(chat)) => Maker::Model(chat),
            (Some(QuestionMaker::Model), None) => {
                let message = "no language model is on this machine; fetch one, or make questions of headings";
                return Err(EngineError::invalid_as("maker", message));
            }
            (_, None) => Maker::Headings,
        };
        let room = Arc::clone(self);
        Ok(event_stream(move |events| async move {
            let _permit = permit;
            let making = Making {
                room,
                set,
                knowledge_base,
                maker,
            };
            let made = making.make(count, &events).await;
            // A reader that has gone takes the work with it.
            let _ = events.send(made).await;
        }))
    }
}

impl Making {
    async fn make(
        &self,
        count: u32,
        events: &mpsc::Sender<Event<MakingEvent>>,
    ) -> Result<MakingEvent, EngineError> {
        let mut said = self.said_before().await?;
        let (base, seed) = (self.knowledge_base.id, self.set.id.0.as_u128());
        let mut passages = DrawnPassages::of(&self.room.shared, base, seed).await?;
        let mut left_out: BTreeMap<LeftOut, u32> = BTreeMap::new();
        let mut made = 0;
        let most = count as usize * TRIES;
        for _ in 0..most {
            if made == count {
                break;
            }
            let Some(passage) = passages.next().await? else {
                break;
            };
            let event = match self.question_of(&passage, &said).await? {
                Ok(draft) => {
                    said.add(&draft.text);
                    let question = self.keep(&passage, draft).await?;
                    made += 1;
                    MakingEvent::Made(Box::new(question))
                }
                Err(reason) => {
                    *left_out.entry(reason).or_default() += 1;
                    MakingEvent::LeftOut(reason)
                }
            };
            // A reader that has gone takes the work with it.
            let _ = events.send(Ok(event)).await;
        }
        Ok(MakingEvent::Done { made, left_out })
    }

    /// The questions of the set, to make none twice.
    async fn said_before(&self) -> Result<SaidBefore, EngineError> {
        let all = self.room.all_questions(self.set.id).await?;
        let words = move || all.iter().map(|known| known.text.as_str()).collect();
        run_blocking("reading the questions of an evaluation set", words).await
    }

    /// A question that a search answers with the passage, and nothing without it, or why there is none.
    async fn question_of(
        &self,
        passage: &ChunkRecord,
        said: &SaidBefore,
    ) -> Result<Result<Draft, LeftOut>, EngineError> {
        let text = &passage.chunk.text;
        let written = match &self.maker {
            Maker::Model(chat) => {
                let prompt = question_prompt(text, detect_language(text));
                question_in(&write(chat.as_ref(), prompt, MAX_TOKENS).await?)
            }
            Maker::Headings => of_heading(passage),
        };
        let Some(question) = written else {
            return Ok(Err(LeftOut::NoQuestion));
        };
        if let Some(reason) = unusable(&question, text, said) {
            return Ok(Err(reason));
        }
        let rank = self
            .room
            .asker
            .rank_of(&self.knowledge_base, &question, passage.id)
            .await?;
        if rank.is_none_or(|rank| rank > FOUND_WITHIN) {
            return Ok(Err(LeftOut::NotFound));
        }
        match &self.maker {
            Maker::Model(chat) => answered(chat.as_ref(), text, question).await,
            Maker::Headings => Ok(Ok(Draft {
                text: question,
                answer: None,
            })),
        }
    }

    async fn keep(
        &self,
        passage: &ChunkRecord,
        Draft { text, answer }: Draft,
    ) -> Result<EvaluationQuestion, EngineError> {
        self.room.check_disk()?;
        check_room(&self.room.set(&self.set.id.to_string()).await?, 1)?;
        let question = EvaluationQuestion {
            id: format!("m-{}", self.room.shared.clock.new_id().simple()),
            golds: vec![gold(passage, &text)],
            text,
            answers: answer.into_iter().collect(),
            unanswerable: false,
            origin: match self.maker {
                Maker::Model(_) => QuestionOrigin::Generated,
                Maker::Headings => QuestionOrigin::Derived,
            },
            review: QuestionReview::Unreviewed,
            half: QuestionHalf::default(),
            model_grades: Vec::new(),
        };
        self.room.join_to_set(self.set.id, question).await
    }
}

fn of_heading(passage: &ChunkRecord) -> Option<String> {
    let headings = passage.chunk.heading_path.iter().rev();
    let mut made = headings.filter_map(|heading| heading_question(heading, &passage.chunk.text));
    made.next().map(|made| made.question)
}

/// The sentence of the passage that fits the question best.
fn gold(passage: &ChunkRecord, question: &str) -> Gold {
    let text = &passage.chunk.text;
    let whole = Span {
        start: 0,
        end: u32::try_from(text.chars().count()).unwrap_or(u32::MAX),
    };
    let place = cited_sentence(question, &sentences(text)).unwrap_or(whole);
    let length = place.end.saturating_sub(place.start) as usize;
    let quoted: String = text
        .chars()
        .skip(place.start as usize)
        .take(length)
        .collect();
    Gold {
        document: passage.document_name.clone(),
        quote: Some(Quote {
            text: quoted,
            span: Some(passage.chunk.document_span(place)),
        }),
        grade: 1,
    }
}

/// A question with what the model answers by the passage, unless it answers the same without.
async fn answered(
    chat: &dyn ChatModel,
    passage: &str,
    question: String,
) -> Result<Result<Draft, LeftOut>, EngineError> {
    let language = detect_language(passage);
    let by_passage = answer_prompt(&question, Some(passage), language);
    let answer = answer_in(&write(chat, by_passage, MAX_TOKENS).await?);
    let by_itself = answer_prompt(&question, None, language);
    if let Some(with) = &answer
        && let Some(without) = answer_in(&write(chat, by_itself, MAX_TOKENS).await?)
        && known_anyway(&question, &without, with)
    {
        return Ok(Err(LeftOut::KnownAnyway));
    }
    Ok(Ok(Draft {
        text: question,
        answer,
    }))
}
