use std::collections::HashSet;

use riddle_core::{
    Answer, CitationRecord, ComparisonId, EvaluationQuestion, EvaluationSet, FeedbackEntry, Gold,
    KeptComparison, KnowledgeBaseId, Preference, QuestionHalf, QuestionOrigin, QuestionReview,
    Quote, Verdict,
};
use riddle_evaluation::SaidBefore;

use crate::blocking::run_blocking;
use crate::error::EngineError;
use crate::evaluation::questions::{check_room, join};
use crate::evaluation::{Evaluation, Work};

/// Entries that are read from the store at once.
const PAGE: u32 = 200;

/// What has come into a set of what people thought of answers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct CollectedQuestions {
    /// Questions that were added, to be reviewed.
    pub added: u32,
    /// Those whose answer was found good or was chosen: what it cites is relevant to them.
    pub judged: u32,
    /// Questions that the set has already.
    pub known: u32,
}

impl Evaluation {
    /// Adds the questions of chats whose answers people found good or bad, and those of comparisons in which they
    /// chose. What a good answer cites is relevant; of a bad one the question alone is kept.
    pub(crate) async fn collect_questions(
        &self,
        set: &str,
    ) -> Result<CollectedQuestions, EngineError> {
        self.check_disk()?;
        let _permit = self.permit(Work::Reading).await?;
        let set = self.set(set).await?;
        let mut found = self.of_chats(&set).await?;
        found.extend(self.of_comparisons(&set).await?);
        let _changing = self.changing.lock().await;
        let mut all = self.all_questions(set.id).await?;
        let sort = move || {
            let (collected, new) = news(found, &all);
            (collected, join(new, &mut all))
        };
        let (collected, new) = run_blocking("collecting questions", sort).await?;
        check_room(&set, new.len())?;
        self.shared
            .store
            .put_evaluation_questions(set.id, &new)
            .await?;
        Ok(collected)
    }

    async fn of_chats(&self, set: &EvaluationSet) -> Result<Vec<EvaluationQuestion>, EngineError> {
        let mut found = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let page = self.shared.store.list_feedback(cursor.as_deref(), PAGE);
            let page = page.await?;
            let entries = page.feedback.iter();
            found.extend(entries.filter_map(|entry| of_feedback(entry, set.knowledge_base.id)));
            cursor = page.next_cursor;
            if cursor.is_none() {
                return Ok(found);
            }
        }
    }

    async fn of_comparisons(
        &self,
        set: &EvaluationSet,
    ) -> Result<Vec<EvaluationQuestion>, EngineError> {
        let store = &self.shared.store;
        let mut found = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let page = store.list_comparisons(cursor.as_deref(), PAGE).await?;
            let own = page.comparisons.iter().filter(|summary| {
                summary.preference.is_some() && summary.knowledge_base.id == set.knowledge_base.id
            });
            let own: Vec<ComparisonId> = own.map(|summary| summary.id).collect();
            for id in own {
                let kept = store.lookup_comparison(id).await?;
                found.extend(kept.and_then(|kept| of_comparison(&kept)));
            }
            cursor = page.next_cursor;
            if cursor.is_none() {
                return Ok(found);
            }
        }
    }
}

/// Those that the set does not have.
fn news(
    found: Vec<EvaluationQuestion>,
    all: &[EvaluationQuestion],
) -> (CollectedQuestions, Vec<EvaluationQuestion>) {
    let mut collected = CollectedQuestions::default();
    let mut ids: HashSet<String> = all.iter().map(|known| known.id.clone()).collect();
    let mut said: SaidBefore = all.iter().map(|known| known.text.as_str()).collect();
    let mut new = Vec::new();
    for question in found {
        if !ids.insert(question.id.clone()) || said.has(&question.text) {
            collected.known += 1;
            continue;
        }
        said.add(&question.text);
        collected.added += 1;
        collected.judged += u32::from(!question.golds.is_empty());
        new.push(question);
    }
    (collected, new)
}

fn of_feedback(entry: &FeedbackEntry, of: KnowledgeBaseId) -> Option<EvaluationQuestion> {
    let answer = entry.answer.as_ref()?;
    let mut contexts = answer.contexts.iter();
    contexts.find(|context| context.hit.chunk.knowledge_base == of)?;
    let text = entry.rewritten.as_ref().unwrap_or(&entry.question);
    let golds = match entry.feedback.verdict {
        Verdict::Up => cited(answer, of),
        Verdict::Down => Vec::new(),
    };
    let id = format!("chat-{}", entry.message.0.simple());
    Some(question(id, text, golds, QuestionOrigin::Chat))
}

fn of_comparison(kept: &KeptComparison) -> Option<EvaluationQuestion> {
    let of = kept.summary.knowledge_base.id;
    let golds = match kept.summary.preference? {
        Preference::WithRerank => cited(&kept.comparison.with_rerank, of),
        Preference::WithoutRerank => cited(&kept.comparison.without_rerank, of),
        // Both are as good, or as bad: which, nobody has said.
        Preference::Same => Vec::new(),
    };
    let id = format!("comparison-{}", kept.summary.id.0.simple());
    let text = &kept.summary.question;
    Some(question(id, text, golds, QuestionOrigin::Comparison))
}

fn question(
    id: String,
    text: &str,
    golds: Vec<Gold>,
    origin: QuestionOrigin,
) -> EvaluationQuestion {
    EvaluationQuestion {
        id,
        text: text.trim().to_owned(),
        answers: Vec::new(),
        golds,
        unanswerable: false,
        origin,
        review: QuestionReview::Unreviewed,
        half: QuestionHalf::default(),
        model_grades: Vec::new(),
    }
}

/// What an answer cites of a knowledge base, each place once.
fn cited(answer: &Answer, of: KnowledgeBaseId) -> Vec<Gold> {
    let mut golds: Vec<Gold> = Vec::new();
    for citation in &answer.citations {
        let chunk = &citation.context.hit.chunk;
        if chunk.knowledge_base != of {
            continue;
        }
        let gold = Gold {
            document: chunk.document_name.clone(),
            quote: Some(quote(citation)),
            grade: 1,
        };
        if !golds.contains(&gold) {
            golds.push(gold);
        }
    }
    golds
}

/// The words that a citation points at.
fn quote(citation: &CitationRecord) -> Quote {
    let text = citation.context.hit.chunk.chunk.quote(citation.source_span);
    Quote {
        text: text.trim().to_owned(),
        span: Some(citation.source_span),
    }
}
