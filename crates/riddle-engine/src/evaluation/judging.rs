use std::collections::HashMap;

use riddle_core::{
    ChunkRecord, EvaluationQuestion, EvaluationRunId, EvaluationRunStatus, Gold, QuestionOutcome,
    Quote, Span,
};
use riddle_evaluation::{ItemNumbers, JudgingQueue, Unjudged};

use crate::blocking::run_blocking;
use crate::bounds::MAX_ANSWER_CHARS;
use crate::error::EngineError;
use crate::evaluation::{Evaluation, EvaluationRunView, Work};
use crate::judged::resolve;

/// Most passages that are given out at once.
const MOST: u32 = 200;
/// Passages whose texts are read from the store at once.
const BATCH: usize = 100;

/// A passage to be judged. Who judges is not told which arm found it, nor where.
#[derive(Clone, PartialEq, Debug)]
pub struct PassageToJudge {
    /// Id of the question in the set.
    pub question: String,
    /// The question.
    pub text: String,
    pub passage: String,
    /// The judgment to be made, but for its grade.
    pub gold: Gold,
}

/// What is to be judged of a run.
#[derive(Clone, PartialEq, Debug)]
pub struct PassagesToJudge {
    /// The first of them.
    pub passages: Vec<PassageToJudge>,
    /// Whether there are more.
    pub more: bool,
}

impl Evaluation {
    /// The passages that nobody has judged and that are among the first ten of any arm, those first that could turn the
    /// verdict.
    pub(crate) async fn to_judge(
        &self,
        id: EvaluationRunId,
        limit: u32,
    ) -> Result<PassagesToJudge, EngineError> {
        if !(1..=MOST).contains(&limit) {
            let problem = format!("must be from 1 to {MOST}");
            return Err(EngineError::invalid("limit", problem));
        }
        let _permit = self.permit(Work::Reading).await?;
        let run = self.run(id).await?.run;
        let set = self.set(&run.manifest.set.to_string()).await?;
        let queue = JudgingQueue::new(run.manifest.seed);
        let queue = self.each_outcome(id, queue, JudgingQueue::add).await?;
        let queue = run_blocking("ordering what is to be judged", move || queue.finish()).await?;
        let questions = self.all_questions(set.id).await?;
        let questions = by_id(&questions);
        let wanted = limit as usize;
        let mut passages = Vec::new();
        for batch in queue.chunks(BATCH) {
            let chunks = batch.iter().map(|entry| entry.chunk);
            let texts = self.live_chunks(run.manifest.knowledge_base.id, chunks);
            let texts = texts.await?;
            let open = batch.iter().filter_map(|entry| {
                let question = questions.get(entry.question.as_str())?;
                open_passage(entry, question, texts.get(&entry.chunk)?)
            });
            passages.extend(open);
            if passages.len() > wanted {
                break;
            }
        }
        let more = passages.len() > wanted;
        passages.truncate(wanted);
        Ok(PassagesToJudge { passages, more })
    }

    /// Says how relevant a passage, or a document, is to a question. What was said of the same before is replaced.
    pub(crate) async fn judge(
        &self,
        set: &str,
        question: &str,
        gold: Gold,
    ) -> Result<EvaluationQuestion, EngineError> {
        self.change_question(set, question, |question| {
            let same = |known: &Gold| {
                let words = |gold: &Gold| gold.quote.as_ref().map(|quote| quote.text.clone());
                known.document == gold.document && words(known) == words(&gold)
            };
            question.golds.retain(|known| !same(known));
            if gold.grade > 0 {
                question.unanswerable = false;
            }
            question.golds.push(gold);
        })
        .await
    }

    /// Counts a finished run anew with the judgments that its set has now. No model runs.
    pub(crate) async fn recount(
        &self,
        id: EvaluationRunId,
    ) -> Result<EvaluationRunView, EngineError> {
        self.check_disk()?;
        let _permit = self.permit(Work::Recounting).await?;
        let run = self.run(id).await?.run;
        if run.status != EvaluationRunStatus::Finished {
            return Err(EngineError::EvaluationRunState(
                "only a finished run can be recounted; wait until it is".to_owned(),
            ));
        }
        let set = self.set(&run.manifest.set.to_string()).await?;
        let questions = self.all_questions(set.id).await?;
        let questions = by_id(&questions);
        let mut from = 0;
        while let Some((page, next)) = self.outcomes_from(id, from).await? {
            from = next;
            for (place, mut outcome) in page {
                // What was thrown away since counts as it did.
                let Some(question) = questions.get(outcome.question.id.as_str()) else {
                    continue;
                };
                let knowledge_base = run.manifest.knowledge_base.id;
                let resolved = resolve(&self.shared, knowledge_base, question).await?;
                renumber(&mut outcome, ItemNumbers::new(resolved));
                outcome.question.answers.clone_from(&question.answers);
                outcome.question.unanswerable = question.unanswerable;
                self.shared
                    .store
                    .replace_outcome(id, place, &outcome)
                    .await?;
            }
        }
        self.keep_report(&run, run.problem.as_deref()).await?;
        self.run(id).await
    }
}

fn by_id(questions: &[EvaluationQuestion]) -> HashMap<&str, &EvaluationQuestion> {
    let with_id = questions
        .iter()
        .map(|question| (question.id.as_str(), question));
    with_id.collect()
}

/// The passage, unless somebody has judged it since the run.
fn open_passage(
    entry: &Unjudged,
    question: &EvaluationQuestion,
    chunk: &ChunkRecord,
) -> Option<PassageToJudge> {
    let text = &chunk.chunk.text;
    let own = question
        .golds
        .iter()
        .filter(|gold| gold.document == chunk.document_name);
    let mut judged = own.filter(|gold| match &gold.quote {
        None => true,
        Some(quote) => text.contains(&quote.text),
    });
    if judged.next().is_some() {
        return None;
    }
    // Where documents are judged and no passages, this one is too.
    let by_document =
        !question.golds.is_empty() && question.golds.iter().all(|gold| gold.quote.is_none());
    let quote = (!by_document).then(|| whole(chunk));
    Some(PassageToJudge {
        question: entry.question.clone(),
        text: question.text.clone(),
        passage: text.clone(),
        gold: Gold {
            document: chunk.document_name.clone(),
            quote,
            grade: 0,
        },
    })
}

fn whole(chunk: &ChunkRecord) -> Quote {
    let own = chunk.chunk.own_text();
    let text: String = own.chars().take(MAX_ANSWER_CHARS).collect();
    let length = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    let start = chunk.chunk.span.start;
    Quote {
        text,
        span: Some(Span {
            start,
            end: start.saturating_add(length),
        }),
    }
}

fn renumber(outcome: &mut QuestionOutcome, mut numbers: ItemNumbers) {
    for candidate in &mut outcome.candidates {
        candidate.item = numbers.number(candidate.chunk, &candidate.document);
    }
    outcome.question.items = numbers.items().to_vec();
}
