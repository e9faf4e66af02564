use std::sync::Arc;

use riddle_core::{
    ChatModel, ChunkRecord, EvaluationQuestion, EvaluationRun, EvaluationRunId, Gold, ModelGrade,
    RunManifest, detect_language,
};
use riddle_evaluation::{
    JudgeAgreement, JudgingOrder, PooledPassage, grade_in, grade_prompt, shared_family,
};
use tokio::sync::mpsc;

use crate::blocking::run_blocking;
use crate::bounds::MAX_GOLDS;
use crate::error::EngineError;
use crate::evaluation::judging::{PassageToJudge, by_id, to_judge};
use crate::evaluation::writing::write;
use crate::evaluation::{Evaluation, Work};
use crate::events::{Event, Events, event_stream};
use crate::models::{ChatChoice, too_long};

/// Most passages that one request has graded.
const MOST: u32 = 1_000;
/// Passages that people have judged by all of their words, of which a model is asked first, to know how far it may be
/// trusted.
const CALIBRATING: usize = 100;
/// Tokens that a language model may write for a grade.
const MAX_TOKENS: u32 = 16;

/// One event of judging by a language model. The last one is `Done`, or an error; what was graded until then is kept.
#[derive(Clone, PartialEq, Debug)]
pub enum JudgingEvent {
    /// So many passages will be graded.
    Begun {
        /// Of those that were asked for, as many as there are.
        passages: u32,
    },
    /// A passage was graded, and the grade is kept beside those of people.
    Graded {
        /// Id of the question.
        question: String,
        /// Name of the passage's document.
        document: String,
        /// 0 to 3.
        grade: u8,
    },
    /// What the model wrote about a passage is no grade.
    NoGrade {
        /// Id of the question.
        question: String,
        /// Name of the passage's document.
        document: String,
    },
    /// All passages were tried.
    Done {
        /// Passages that were graded.
        graded: u32,
        /// Passages that were not.
        no_grade: u32,
        /// How far the model agrees with people.
        agreement: JudgeAgreement,
    },
}

/// Events of judging by a language model. Dropping them ends the work.
pub type JudgingEvents = Events<JudgingEvent>;

/// What is judged, and by whom.
struct Judging {
    room: Arc<Evaluation>,
    run: EvaluationRun,
    judge: String,
    chat: Arc<dyn ChatModel>,
}

impl Evaluation {
    /// Has a language model grade passages among the first ten of any arm of a run: first some that people have judged,
    /// to know how far it may be trusted, then the others, first those that could turn the verdict.
    pub(crate) async fn judge_by_model(
        self: &Arc<Self>,
        id: EvaluationRunId,
        model: &str,
        count: u32,
    ) -> Result<JudgingEvents, EngineError> {
        if !(1..=MOST).contains(&count) {
            let problem = format!("must be from 1 to {MOST}");
            return Err(EngineError::invalid("count", problem));
        }
        self.check_disk()?;
        let permit = self.permit(Work::Making).await?;
        let run = self.run(id).await?.run;
        self.set(&run.manifest.set.to_string()).await?;
        let (judge, chat) = self.judge_of(&run.manifest, model).await?;
        let judging = Judging {
            room: Arc::clone(self),
            run,
            judge,
            chat,
        };
        Ok(event_stream(move |events| async move {
            let _permit = permit;
            let done = judging.work(count, &events).await;
            // A reader that has gone takes the work with it.
            let _ = events.send(done).await;
        }))
    }

    /// The language model of this name, unless it would judge its own kind.
    async fn judge_of(
        &self,
        manifest: &RunManifest,
        model: &str,
    ) -> Result<(String, Arc<dyn ChatModel>), EngineError> {
        let models = &self.shared.models;
        let judge = models.check_chat("model", Some(model))?;
        let judge = judge.unwrap_or_else(|| model.to_owned());
        check_family(manifest, "model", &judge)?;
        let choice = ChatChoice::of(Some(judge.clone()), None);
        match models.chat_to_compare(&choice).await?.model {
            Some(chat) => Ok((judge, chat)),
            None => {
                let message = "only a language model can judge; name one that is on this machine";
                Err(EngineError::invalid_as("model", message))
            }
        }
    }

    /// How far a language model agrees with people about the set of a run.
    pub(super) async fn agreement(
        &self,
        manifest: &RunManifest,
        judge: String,
    ) -> Result<JudgeAgreement, EngineError> {
        let (questions, seed) = (self.all_questions(manifest.set).await?, manifest.seed);
        let compare = move || JudgeAgreement::of(&judge, &questions, seed);
        run_blocking("comparing grades of a model and of people", compare).await
    }

    /// The name by which the grades of a language model are kept, which may be gone by now; refuses one whose grades
    /// must not count in the run, and one without grades.
    pub(super) fn counted_judge(
        &self,
        manifest: &RunManifest,
        asked: &str,
        questions: &[EvaluationQuestion],
    ) -> Result<String, EngineError> {
        let known = self.shared.models.check_chat("judge", Some(asked));
        let judge = known.ok().flatten().or_else(|| too_long(asked));
        let judge = judge.unwrap_or_else(|| asked.to_owned());
        check_family(manifest, "judge", &judge)?;
        let mut grades = questions.iter().flat_map(|one| &one.model_grades);
        if grades.any(|grade| grade.judge == judge) {
            return Ok(judge);
        }
        let message = "this model has graded no passage of the set; have it judge the run first";
        Err(EngineError::invalid_as("judge", message))
    }
}

impl Judging {
    async fn work(
        &self,
        count: u32,
        events: &mpsc::Sender<Event<JudgingEvent>>,
    ) -> Result<JudgingEvent, EngineError> {
        let passages = self.passages(count as usize).await?;
        let begun = JudgingEvent::Begun {
            passages: u32::try_from(passages.len()).unwrap_or(u32::MAX),
        };
        // A reader that has gone takes the work with it.
        let _ = events.send(Ok(begun)).await;
        let (mut graded, mut no_grade) = (0, 0);
        for passage in passages {
            let event = self.grade(passage).await?;
            match event {
                JudgingEvent::Graded { .. } => graded += 1,
                _ => no_grade += 1,
            }
            let _ = events.send(Ok(event)).await;
        }
        let judge = self.judge.clone();
        let agreement = self.room.agreement(&self.run.manifest, judge).await?;
        Ok(JudgingEvent::Done {
            graded,
            no_grade,
            agreement,
        })
    }

    /// What is to be graded, at most so many.
    async fn passages(&self, wanted: usize) -> Result<Vec<PassageToJudge>, EngineError> {
        let (room, run) = (&self.room, &self.run);
        let _permit = room.permit(Work::Reading).await?;
        let questions = room.all_questions(run.manifest.set).await?;
        let questions = by_id(&questions);
        let pooled = room.pooled(run, JudgingOrder::ByDifference).await?;
        let again = |question: &EvaluationQuestion, chunk: &ChunkRecord| {
            let open = self.open(question, chunk);
            open.filter(|passage| is_graded(question, &passage.gold))
        };
        let first = wanted.min(CALIBRATING);
        let judged = pooled.iter().filter(|passage| passage.is_judged);
        let judged: Vec<PooledPassage> = judged.cloned().collect();
        let first = room.first_of(run, &judged, &questions, first, again);
        let mut passages = first.await?;
        let others = |question: &EvaluationQuestion, chunk: &ChunkRecord| {
            let open = self.open(question, chunk);
            open.filter(|passage| !is_graded(question, &passage.gold))
        };
        let more = wanted.saturating_sub(passages.len());
        let more = room.first_of(run, &pooled, &questions, more, others);
        passages.extend(more.await?);
        Ok(passages)
    }

    /// The passage, unless the model has graded it.
    fn open(&self, question: &EvaluationQuestion, chunk: &ChunkRecord) -> Option<PassageToJudge> {
        let passage = to_judge(question, chunk);
        let grades = &question.model_grades;
        let known = grades.iter().any(|grade| self.gave(grade, &passage.gold));
        (!known && grades.len() < MAX_GOLDS).then_some(passage)
    }

    fn gave(&self, grade: &ModelGrade, gold: &Gold) -> bool {
        grade.judge == self.judge && grade.gold.is_of_same(gold)
    }

    /// Has a passage graded and keeps the grade.
    async fn grade(&self, passage: PassageToJudge) -> Result<JudgingEvent, EngineError> {
        let language = detect_language(&passage.text);
        let prompt = grade_prompt(&passage.text, &passage.passage, language);
        let written = write(self.chat.as_ref(), prompt, MAX_TOKENS).await?;
        let (question, document) = (passage.question, passage.gold.document.clone());
        let Some(grade) = grade_in(&written) else {
            return Ok(JudgingEvent::NoGrade { question, document });
        };
        let kept = ModelGrade {
            judge: self.judge.clone(),
            gold: Gold {
                grade: i32::from(grade),
                ..passage.gold
            },
        };
        let set = self.run.manifest.set.to_string();
        let keep = |known: &mut EvaluationQuestion| {
            // Somebody may have asked something else meanwhile.
            if known.text == passage.text {
                known.model_grades.retain(|old| !self.gave(old, &kept.gold));
                known.model_grades.push(kept);
            }
        };
        self.room.change_question(&set, &question, keep).await?;
        Ok(JudgingEvent::Graded {
            question,
            document,
            grade,
        })
    }
}

/// Whether a person has judged just this.
fn is_graded(question: &EvaluationQuestion, passage: &Gold) -> bool {
    let mut golds = question.golds.iter();
    golds.any(|gold| gold.is_of_same(passage))
}

/// Refuses a judge of the family of a model that an arm of the run reranks or answers with.
fn check_family(manifest: &RunManifest, field: &str, judge: &str) -> Result<(), EngineError> {
    let arms = manifest.arms.iter();
    let rerankers = arms.filter_map(|arm| arm.rerank.as_ref()?.reranker.as_deref());
    let used = manifest.models.iter().filter(|model| model.role != "embed");
    let mut models = used.map(|model| model.name.as_str()).chain(rerankers);
    let kin = models.find_map(|model| Some((shared_family(judge, model)?, model)));
    match kin {
        None => Ok(()),
        Some((family, model)) => Err(EngineError::invalid_as(
            field,
            format!(
                "`{judge}` is of the family `{family}`, as is `{model}`, which an arm of the run uses and which it would \
                 favour; choose a model of another family"
            ),
        )),
    }
}
