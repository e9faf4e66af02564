use std::collections::HashMap;

use riddle_core::{
    ChunkId, ChunkRecord, EvaluationQuestion, EvaluationRun, EvaluationRunId, EvaluationRunStatus,
    FrozenCandidate, Gold, KnowledgeBaseId, LookReason, QuestionOutcome, Quote, Span,
};
use riddle_evaluation::{
    GradeScale, ItemNumbers, JudgingOrder, JudgingQueue, ModelGolds, PooledPassage, golds_by_model,
    holds_words,
};

use crate::blocking::run_blocking;
use crate::bounds::MAX_ANSWER_CHARS;
use crate::error::EngineError;
use crate::evaluation::arms::ChosenArm;
use crate::evaluation::worker::CORPUS_CHANGED;
use crate::evaluation::{Evaluation, EvaluationRunView, Work};
use crate::judged::{compare_imported, is_meant, meant_documents, no_chunk, resolve_with};

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
    /// The passages that nobody has judged and that are among the first ten of any arm, the fusion that the headline
    /// compares with among them.
    pub(crate) async fn to_judge(
        &self,
        id: EvaluationRunId,
        limit: u32,
        order: JudgingOrder,
    ) -> Result<PassagesToJudge, EngineError> {
        if !(1..=MOST).contains(&limit) {
            let problem = format!("must be from 1 to {MOST}");
            return Err(EngineError::invalid("limit", problem));
        }
        let _permit = self.permit(Work::Reading).await?;
        let run = self.run(id).await?.run;
        let set = self.set(&run.manifest.set.to_string()).await?;
        let questions = self.all_questions(set.id).await?;
        let wanted = limit as usize;
        let (mut queue, questions) = (self.pooled(&run, order).await?, by_id(&questions));
        queue.retain(|entry| !entry.is_judged);
        let open = |question: &EvaluationQuestion, chunk: &ChunkRecord| {
            (!is_judged(question, chunk)).then(|| to_judge(question, chunk))
        };
        let passages = self.first_of(&run, &queue, &questions, wanted + 1, open);
        let mut passages = passages.await?;
        let more = passages.len() > wanted;
        passages.truncate(wanted);
        Ok(PassagesToJudge { passages, more })
    }

    /// The first passages of a queue that are chosen by their question and their text of now.
    pub(super) async fn first_of(
        &self,
        run: &EvaluationRun,
        queue: &[PooledPassage],
        questions: &HashMap<&str, &EvaluationQuestion>,
        wanted: usize,
        choose: impl Fn(&EvaluationQuestion, &ChunkRecord) -> Option<PassageToJudge> + Send,
    ) -> Result<Vec<PassageToJudge>, EngineError> {
        let mut passages = Vec::new();
        for batch in queue.chunks(BATCH) {
            if passages.len() >= wanted {
                break;
            }
            let texts = self.texts_to_judge(run, batch).await?;
            passages.extend(batch.iter().filter_map(|entry| {
                let question: &EvaluationQuestion = questions.get(entry.question.as_str())?;
                choose(question, texts.get(&entry.chunk)?)
            }));
        }
        passages.truncate(wanted);
        Ok(passages)
    }

    /// The passages of a batch that are still there. Left out are those of documents whose name means another one to a
    /// judgment, in a knowledge base that comes before theirs.
    async fn texts_to_judge(
        &self,
        run: &EvaluationRun,
        batch: &[PooledPassage],
    ) -> Result<HashMap<ChunkId, ChunkRecord>, EngineError> {
        let searched = run.manifest.knowledge_bases();
        let chunks = batch.iter().map(|entry| entry.chunk);
        let mut texts = self.live_chunks(&searched, chunks).await?;
        let names = texts.values().map(|chunk| chunk.document_name.clone());
        let names: Vec<String> = names.collect();
        let meant = meant_documents(&self.shared, &searched, &names).await?;
        texts.retain(|_, chunk| is_meant(&meant, chunk));
        Ok(texts)
    }

    /// The first passages of all arms of a run, judged or not.
    pub(super) async fn pooled(
        &self,
        run: &EvaluationRun,
        order: JudgingOrder,
    ) -> Result<Vec<PooledPassage>, EngineError> {
        let tuned = match run.status {
            EvaluationRunStatus::Finished => self.tuned_arm(run).await?,
            _ => None,
        };
        let queue = JudgingQueue::new(run.manifest.set, run.manifest.seed);
        let add = |(tuned, queue): &mut (Option<ChosenArm>, JudgingQueue),
                   place: u32,
                   outcome: &QuestionOutcome| match tuned {
            Some(arm) => queue.add(place, &arm.seen_in(outcome)),
            None => queue.add(place, outcome),
        };
        let (_tuned, queue) = self.each_outcome(run.id, (tuned, queue), add).await?;
        run_blocking("ordering what is to be judged", move || queue.finish(order)).await
    }

    /// Says how relevant a passage, or a document, is to a question. What was said of the same before is replaced.
    pub(crate) async fn judge(
        &self,
        set: &str,
        question: &str,
        gold: Gold,
    ) -> Result<EvaluationQuestion, EngineError> {
        self.change_question(set, question, |question| {
            question.golds.retain(|known| !known.is_of_same(&gold));
            if gold.grade > 0 {
                question.unanswerable = false;
            }
            question.golds.push(gold);
        })
        .await
    }

    /// Counts a finished run anew with the judgments that its set has now, those of people and, where it is named,
    /// those of a language model for what people have not judged. No model runs. A question that was thrown away since,
    /// or whose judged passages are gone, counts as it did.
    pub(crate) async fn recount(
        &self,
        id: EvaluationRunId,
        judge: Option<&str>,
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
        let judge = judge.map(|judge| self.counted_judge(&run.manifest, judge, &questions));
        let scale = GradeScale::of(&questions);
        let judge = judge.transpose()?.map(|judge| (judge, scale));
        let questions = by_id(&questions);
        let searched = run.manifest.knowledge_bases();
        let (mut from, mut gone) = (0, 0);
        while let Some((page, next)) = self.outcomes_from(id, from).await? {
            from = next;
            gone += self
                .recount_page((&run, &searched), page, &questions, judge.as_ref())
                .await?;
        }
        let problem = problem_of_recount(run.problem.as_deref(), gone);
        self.keep_report(&run, problem.as_deref(), LookReason::Recounted)
            .await?;
        self.run(id).await
    }

    /// Counts some outcomes anew. Returns how many cannot be.
    async fn recount_page(
        &self,
        (run, searched): (&EvaluationRun, &[KnowledgeBaseId]),
        page: Vec<(u32, QuestionOutcome)>,
        questions: &HashMap<&str, &EvaluationQuestion>,
        judge: Option<&(String, GradeScale)>,
    ) -> Result<u32, EngineError> {
        let mut gone = 0;
        for (place, outcome) in page {
            let Some(question) = questions.get(outcome.question.id.as_str()) else {
                continue;
            };
            let by_model = match judge {
                Some(judge) => by_model(question, judge).await?,
                None => ModelGolds::default(),
            };
            let judged = (*question, by_model);
            match self.judged_anew(searched, outcome, judged).await? {
                Some(outcome) => {
                    let store = &self.shared.store;
                    store.replace_outcome(run.id, place, &outcome).await?;
                }
                None => gone += 1,
            }
        }
        Ok(gone)
    }

    /// An outcome with the judgments of now; `None` where a passage that people have judged is gone. The words of the
    /// judgment are found in another passage now, which the run could not see, and every arm would have missed it.
    async fn judged_anew(
        &self,
        searched: &[KnowledgeBaseId],
        mut outcome: QuestionOutcome,
        (question, by_model): (&EvaluationQuestion, ModelGolds),
    ) -> Result<Option<QuestionOutcome>, EngineError> {
        let resolved = resolve_with(&self.shared, searched, question, by_model).await?;
        let numbers = ItemNumbers::new(resolved);
        let items = &outcome.question.items;
        let by_person = |candidate: &&FrozenCandidate| {
            let item = items.get(candidate.item as usize);
            item.is_some_and(|item| item.judge.is_none())
        };
        let candidates = outcome.candidates.iter();
        let judged: Vec<&FrozenCandidate> = candidates.filter(by_person).collect();
        let chunks = judged.iter().map(|candidate| candidate.chunk);
        let live = self.live_chunks(searched, chunks).await?;
        let is_gone = |candidate: &&FrozenCandidate| {
            let is_judged = numbers.is_judged(candidate.chunk, *candidate);
            // Nobody has taken away what was never there.
            let was_there = candidate.chunk != no_chunk(&candidate.document);
            !is_judged && was_there && !live.contains_key(&candidate.chunk)
        };
        if judged.iter().any(is_gone) {
            return Ok(None);
        }
        renumber(&mut outcome, numbers);
        outcome.question.answers.clone_from(&question.answers);
        outcome.question.unanswerable = question.unanswerable;
        let imported = outcome.arms.iter_mut().filter(|arm| arm.imported);
        imported.for_each(|arm| compare_imported(arm, question));
        Ok(Some(outcome))
    }
}

/// What a language model says of the passages of a question, by the scale of the set.
async fn by_model(
    question: &EvaluationQuestion,
    (judge, scale): &(String, GradeScale),
) -> Result<ModelGolds, EngineError> {
    let (question, judge, scale) = (question.clone(), judge.clone(), *scale);
    let choose = move || golds_by_model(&question, &judge, scale);
    run_blocking("taking the grades of a model", choose).await
}

/// What is said of a run that was counted anew, where judged passages of so many questions are gone.
fn problem_of_recount(before: Option<&str>, gone: u32) -> Option<String> {
    let moved = before.filter(|problem| problem.starts_with(CORPUS_CHANGED));
    let moved = moved.map(|_| CORPUS_CHANGED.to_owned());
    let gone = (gone > 0).then(|| {
        format!(
            "{gone} of its questions count as they did before, since passages that were judged for them are gone: their documents were changed after the run"
        )
    });
    let notes: Vec<String> = moved.into_iter().chain(gone).collect();
    (!notes.is_empty()).then(|| notes.join("; "))
}

pub(super) fn by_id(questions: &[EvaluationQuestion]) -> HashMap<&str, &EvaluationQuestion> {
    let with_id = questions
        .iter()
        .map(|question| (question.id.as_str(), question));
    with_id.collect()
}

/// Whether a person has judged the passage, its document, or a part of it. Grades below 0, which imported sets have,
/// count for nothing and can be replaced.
fn is_judged(question: &EvaluationQuestion, chunk: &ChunkRecord) -> bool {
    let text = &chunk.chunk.text;
    let mut own = question
        .golds
        .iter()
        .filter(|gold| gold.grade >= 0 && gold.document == chunk.document_name);
    own.any(|gold| match &gold.quote {
        None => true,
        Some(quote) => holds_words(text, &quote.text),
    })
}

pub(super) fn to_judge(question: &EvaluationQuestion, chunk: &ChunkRecord) -> PassageToJudge {
    // Where documents are judged and no passages, this one is too.
    let quote = (!question.judges_documents()).then(|| whole(chunk));
    PassageToJudge {
        question: question.id.clone(),
        text: question.text.clone(),
        passage: chunk.chunk.text.clone(),
        gold: Gold {
            document: chunk.document_name.clone(),
            quote,
            grade: 0,
        },
    }
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
        candidate.item = numbers.number(candidate.chunk, &*candidate);
    }
    outcome.question.items = numbers.items().to_vec();
}
