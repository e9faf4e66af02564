use std::collections::HashMap;

use riddle_core::{
    EvaluationQuestion, EvaluationSet, EvaluationSetId, Gold, HalvedQuestion, QuestionHalf,
    QuestionOrigin, QuestionReview,
};
use riddle_evaluation::assign_halves;
use riddle_evaluation::formats::{MAX_GRADE, MAX_QUESTIONS, MIN_GRADE};

use crate::blocking::run_blocking;
use crate::bounds::{MAX_ANSWER_CHARS, MAX_GOLDS, MAX_QUERY_CHARS, MAX_QUESTION_ID_CHARS};
use crate::error::EngineError;
use crate::evaluation::{Evaluation, Work};

/// A question to add to a set.
#[derive(Clone, PartialEq, Debug)]
pub struct NewQuestion {
    /// The question.
    pub text: String,
    /// Right answers.
    pub answers: Vec<String>,
    /// What is judged.
    pub golds: Vec<Gold>,
    /// Whether the documents do not answer it.
    pub unanswerable: bool,
}

/// What to change about a question; `None` leaves as it is.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct QuestionPatch {
    /// The question.
    pub text: Option<String>,
    /// Right answers.
    pub answers: Option<Vec<String>>,
    /// What is judged.
    pub golds: Option<Vec<Gold>>,
    /// Whether the documents do not answer it.
    pub unanswerable: Option<bool>,
    /// What a person says about it.
    pub review: Option<QuestionReview>,
}

impl Evaluation {
    pub(crate) async fn add_question(
        &self,
        set: &str,
        new: NewQuestion,
    ) -> Result<EvaluationQuestion, EngineError> {
        let set = self.set(set).await?;
        let question = EvaluationQuestion {
            id: format!("q-{}", self.shared.clock.new_id().simple()),
            text: new.text.trim().to_owned(),
            answers: new.answers,
            golds: new.golds,
            unanswerable: new.unanswerable,
            origin: QuestionOrigin::Imported,
            // Who writes a question has looked at it.
            review: QuestionReview::Confirmed,
            half: QuestionHalf::default(),
            model_grades: Vec::new(),
        };
        check(&question)?;
        self.check_disk()?;
        check_room(&set, 1)?;
        // The halves are read from the whole set.
        let _permit = self.permit(Work::Reading).await?;
        self.join_to_set(set.id, question).await
    }

    /// Adds a question to its set, in the half that goes with its documents.
    pub(super) async fn join_to_set(
        &self,
        set: EvaluationSetId,
        question: EvaluationQuestion,
    ) -> Result<EvaluationQuestion, EngineError> {
        let _changing = self.changing.lock().await;
        let mut halved = self.halved(set).await?;
        let joined = join_apart(vec![question.clone()], &mut halved).await?;
        self.shared
            .store
            .put_evaluation_questions(set, &joined)
            .await?;
        Ok(joined.into_iter().next().unwrap_or(question))
    }

    pub(crate) async fn question(
        &self,
        set: &str,
        id: &str,
    ) -> Result<EvaluationQuestion, EngineError> {
        let set = self.set(set).await?;
        let store = &self.shared.store;
        let found = store.lookup_evaluation_question(set.id, id).await?;
        found.ok_or_else(|| EngineError::EvaluationQuestionNotFound(shortened(id)))
    }

    pub(crate) async fn update_question(
        &self,
        set: &str,
        id: &str,
        patch: QuestionPatch,
    ) -> Result<EvaluationQuestion, EngineError> {
        self.change_question(set, id, |question| {
            let text = patch.text.as_deref().map(str::trim);
            if let Some(text) = text.filter(|text| *text != question.text) {
                text.clone_into(&mut question.text);
                // Models were asked about another question.
                question.model_grades.clear();
            }
            if let Some(answers) = patch.answers {
                question.answers = answers;
            }
            if let Some(golds) = patch.golds {
                question.golds = golds;
            }
            question.unanswerable = patch.unanswerable.unwrap_or(question.unanswerable);
            question.review = patch.review.unwrap_or(question.review);
        })
        .await
    }

    /// Changes a question of a set, if it is acceptable afterwards.
    pub(super) async fn change_question(
        &self,
        set: &str,
        id: &str,
        change: impl FnOnce(&mut EvaluationQuestion),
    ) -> Result<EvaluationQuestion, EngineError> {
        let _changing = self.changing.lock().await;
        let mut question = self.question(set, id).await?;
        let set = self.set(set).await?;
        change(&mut question);
        check(&question)?;
        self.check_disk()?;
        self.shared
            .store
            .put_evaluation_questions(set.id, std::slice::from_ref(&question))
            .await?;
        Ok(question)
    }
}

impl Evaluation {
    /// The questions of a set with no more than halves depend on.
    async fn halved(&self, set: EvaluationSetId) -> Result<Vec<EvaluationQuestion>, EngineError> {
        let halved = self.shared.store.halved_questions(set).await?;
        Ok(halved.into_iter().map(sketch).collect())
    }
}

fn sketch(known: HalvedQuestion) -> EvaluationQuestion {
    let relevant = |document| Gold {
        document,
        quote: None,
        grade: 1,
    };
    EvaluationQuestion {
        id: known.id,
        text: String::new(),
        answers: Vec::new(),
        golds: known.documents.into_iter().map(relevant).collect(),
        unanswerable: false,
        origin: QuestionOrigin::Imported,
        review: QuestionReview::default(),
        half: known.half,
        model_grades: Vec::new(),
    }
}

/// Refuses questions that a set has no place for.
pub(super) fn check_room(set: &EvaluationSet, wanted: usize) -> Result<(), EngineError> {
    let there = set.counts.questions.saturating_add(set.counts.rejected);
    if there.saturating_add(wanted as u64) <= MAX_QUESTIONS as u64 {
        return Ok(());
    }
    Err(EngineError::EvaluationSetTooLarge(format!(
        "a set has at most {MAX_QUESTIONS} questions, and this one has {there}; make another set"
    )))
}

/// The same as [`join`], away from the threads that serve requests: a set may be large.
async fn join_apart(
    new: Vec<EvaluationQuestion>,
    all: &mut Vec<EvaluationQuestion>,
) -> Result<Vec<EvaluationQuestion>, EngineError> {
    let mut known = std::mem::take(all);
    let work = move || (join(new, &mut known), known);
    let (joined, known) = run_blocking("halving an evaluation set", work).await?;
    *all = known;
    Ok(joined)
}

/// Adds questions to those of their set, in the halves that go with their documents; the others keep theirs.
pub(super) fn join(
    new: Vec<EvaluationQuestion>,
    all: &mut Vec<EvaluationQuestion>,
) -> Vec<EvaluationQuestion> {
    let kept: HashMap<String, QuestionHalf> = all
        .iter()
        .map(|known| (known.id.clone(), known.half))
        .collect();
    let first = all.len();
    all.extend(new);
    assign_halves(all, &kept);
    all[first..].to_vec()
}

fn shortened(id: &str) -> String {
    crate::names::beginning_if_longer(id, MAX_QUESTION_ID_CHARS).unwrap_or_else(|| id.to_owned())
}

fn check(question: &EvaluationQuestion) -> Result<(), EngineError> {
    let chars = |text: &String| text.chars().count();
    if !(1..=MAX_QUERY_CHARS).contains(&chars(&question.text)) {
        let problem = format!("must have 1 to {MAX_QUERY_CHARS} characters");
        return Err(EngineError::invalid("text", problem));
    }
    let answers = &question.answers;
    if answers.len() > MAX_GOLDS
        || answers
            .iter()
            .any(|answer| chars(answer) > MAX_ANSWER_CHARS)
    {
        let problem = format!("may be {MAX_GOLDS} of at most {MAX_ANSWER_CHARS} characters each");
        return Err(EngineError::invalid("answers", problem));
    }
    if question.golds.len() > MAX_GOLDS {
        return Err(EngineError::invalid(
            "relevant",
            format!("may be at most {MAX_GOLDS}"),
        ));
    }
    if question.unanswerable && question.golds.iter().any(|gold| gold.grade > 0) {
        let message = "a question that the documents do not answer has nothing that is relevant to it; leave out one of both";
        return Err(EngineError::invalid_as("unanswerable", message));
    }
    for gold in &question.golds {
        if gold.document.is_empty() || chars(&gold.document) > 1_000 {
            let message = "a judgment names its document with 1 to 1000 characters";
            return Err(EngineError::invalid_as("relevant", message));
        }
        if !(MIN_GRADE..=MAX_GRADE).contains(&gold.grade) {
            return Err(EngineError::invalid_as(
                "relevant",
                "a grade is from -100 to 100, as a rule 0 to 3",
            ));
        }
        let quote = gold.quote.as_ref().map(|quote| chars(&quote.text));
        if quote.is_some_and(|length| !(1..=MAX_ANSWER_CHARS).contains(&length)) {
            let message = format!("a quote has 1 to {MAX_ANSWER_CHARS} characters");
            return Err(EngineError::invalid_as("relevant", message));
        }
    }
    Ok(())
}
