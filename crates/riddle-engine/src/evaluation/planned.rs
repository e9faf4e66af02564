use std::collections::HashSet;

use riddle_core::{
    ArmRerank, ContentHash, EvaluationArm, EvaluationQuestion, EvaluationSet, EvaluationSetId,
    ImportedRun, KnowledgeBase, NewEvaluationRun, QuestionHalf, QuestionReview, QuestionScope,
    RunManifest, RunQuestion,
};
use riddle_evaluation::{TUNED_ARM, random_place};

use crate::blocking::run_blocking;
use crate::bounds::{MAX_ARM_NAME_CHARS, MAX_ARMS, MAX_RUN_QUESTIONS, MAX_TOP_K};
use crate::error::EngineError;
use crate::evaluation::Evaluation;
use crate::evaluation::corpus_hash::corpus_hash;
use crate::evaluation::imported::Imported;
use crate::evaluation::searched::other_of;
use crate::reranking::{check_deadline, check_reranker, check_skip_lead, check_weight};

/// Name of the arm that searches as the knowledge base does now.
pub(super) const PRESENT: &str = "present";
/// Name of the arm that does the same once more: its difference is noise.
const PRESENT_AGAIN: &str = "present, again";
/// Names of the arm that does the opposite of the present one.
pub(super) const WITHOUT_RERANK: &str = "without rerank";
pub(super) const WITH_RERANK: &str = "with rerank";
/// Name of the arm that answers from all that a reranker would choose from.
const ALL_CANDIDATES: &str = "without rerank, all candidates";
/// Most passages that an answer is written from behind a reranker, where the knowledge base has none: as many as in a
/// new one.
const CHOSEN: u32 = 3;

/// What a new run will do.
pub(super) struct Planned {
    pub(super) manifest: RunManifest,
    pub(super) questions: Vec<RunQuestion>,
}

impl Evaluation {
    pub(super) async fn plan(
        &self,
        set: &EvaluationSet,
        new: &NewEvaluationRun,
        seed: u64,
    ) -> Result<Planned, EngineError> {
        check_limit(new.limit)?;
        let scope = self.searched(set, &new.others).await?;
        let knowledge_base = &scope.first;
        let (documents, chunks) = self.corpora(&scope).await?;
        let all = self.all_questions(set.id).await?;
        let (half, limit, of) = (new.questions, new.limit, set.id);
        let draw = move || drawn_with_hash(all, half, limit, of);
        let (questions, questions_hash) = run_blocking("drawing questions", draw).await??;
        let (questions, imported) = self.with_imported(&new.imports, &scope, questions).await?;
        let arms = self.arms(knowledge_base, new, &imported).await?;
        let imported: Vec<ImportedRun> = imported.into_iter().map(|one| one.run).collect();
        let baseline = arms
            .iter()
            .position(|arm| arm.rerank.is_none() && searches(arm, &imported));
        let mut models = self.run_models(&scope, &arms, new.answers).await?;
        let needs = |index: &u32| {
            let arm = arms.get(*index as usize);
            arm.is_some_and(|arm| searches(arm, &imported))
        };
        for model in &mut models {
            model.arms.retain(needs);
        }
        Ok(Planned {
            manifest: RunManifest {
                set: set.id,
                set_name: set.name.clone(),
                questions_hash,
                questions: new.questions,
                limit: new.limit,
                knowledge_base: set.knowledge_base.clone(),
                embedder: knowledge_base.embedder_fingerprint.clone(),
                others: scope.others.iter().map(other_of).collect(),
                models,
                settings: knowledge_base.settings.clone(),
                documents,
                chunks,
                corpus_hash: Some(corpus_hash(&self.shared, &scope.ids()).await?),
                index_position: self.shared.index_progress.position(),
                baseline: baseline
                    .and_then(|index| u32::try_from(index).ok())
                    .unwrap_or(0),
                arms,
                imported,
                answers: new.answers,
                seed,
                version: env!("CARGO_PKG_VERSION").to_owned(),
            },
            questions,
        })
    }

    /// Those that every run has, with those that were asked for between them.
    async fn arms(
        &self,
        knowledge_base: &KnowledgeBase,
        new: &NewEvaluationRun,
        imported: &[Imported],
    ) -> Result<Vec<EvaluationArm>, EngineError> {
        let asked = &new.arms;
        if asked.len() > MAX_ARMS {
            return Err(EngineError::invalid(
                "arms",
                format!("may be at most {MAX_ARMS}"),
            ));
        }
        let present = EvaluationArm::of_settings(PRESENT, &knowledge_base.settings.retrieval);
        let mut arms = vec![present.clone()];
        let mut other = opposite(&present, knowledge_base);
        if new.answers {
            read_as_served(&mut other);
        }
        // Without rerank costs next to nothing, and what reranking is worth is the question.
        let is_cheap = other.rerank.is_none();
        let is_asked = asked.iter().any(|arm| arm.name == other.name);
        if asked.is_empty() || (is_cheap && !is_asked) {
            arms.push(other);
        }
        arms.extend_from_slice(asked);
        arms.extend(imported.iter().map(|one| one.arm(&present)));
        arms.push(EvaluationArm {
            name: PRESENT_AGAIN.to_owned(),
            ..present
        });
        let mut names = HashSet::new();
        for arm in &mut arms {
            check_arm(arm)?;
            if !names.insert(arm.name.clone()) {
                let message = format!(
                    "two arms are named `{}`; give each a name of its own",
                    arm.name
                );
                return Err(EngineError::invalid_as("arms", message));
            }
            self.settle(arm).await?;
        }
        Ok(arms)
    }

    /// Loads the reranker of an arm and puts down the weight that it will have, and the name of its language model.
    async fn settle(&self, arm: &mut EvaluationArm) -> Result<(), EngineError> {
        let asked = arm.chat_model.as_deref();
        arm.chat_model = self.shared.models.check_chat("arms", asked)?;
        let Some(rerank) = &mut arm.rerank else {
            return Ok(());
        };
        let models = &self.shared.models;
        check_reranker(
            models,
            "arms",
            rerank.reranker.as_deref(),
            rerank.cutoff_layer,
        )
        .await?;
        if rerank.weight.is_some() {
            return Ok(());
        }
        let name = rerank
            .reranker
            .clone()
            .or_else(|| models.default_reranker());
        if let Some(name) = name
            && let Ok(loaded) = models.reranker(&name).await
        {
            rerank.weight = Some(loaded.info.default_weight);
        }
        Ok(())
    }
}

/// The present arm with rerank if it has none, else without.
fn opposite(present: &EvaluationArm, knowledge_base: &KnowledgeBase) -> EvaluationArm {
    if present.rerank.is_some() {
        return EvaluationArm {
            name: WITHOUT_RERANK.to_owned(),
            rerank: None,
            ..present.clone()
        };
    }
    let settings = &knowledge_base.settings.retrieval;
    EvaluationArm {
        name: WITH_RERANK.to_owned(),
        rerank: Some(ArmRerank::of_settings(settings)),
        ..present.clone()
    }
}

/// Has an arm write answers from as many passages as a system of its kind does: without a reranker from all candidates,
/// so as not to miss the one that a reranker would have picked; with one from few. If both read as many, reranking
/// could only cost time.
fn read_as_served(arm: &mut EvaluationArm) {
    if arm.rerank.is_some() {
        arm.top_n = arm.top_n.min(CHOSEN);
    } else if arm.top_n < arm.top_k {
        arm.top_n = arm.top_k;
        arm.name = ALL_CANDIDATES.to_owned();
    }
}

fn check_arm(arm: &EvaluationArm) -> Result<(), EngineError> {
    let length = arm.name.chars().count();
    if !(1..=MAX_ARM_NAME_CHARS).contains(&length) {
        let message = format!("an arm's name has 1 to {MAX_ARM_NAME_CHARS} characters");
        return Err(EngineError::invalid_as("arms", message));
    }
    if arm.name.chars().any(char::is_control) || arm.name.trim() != arm.name {
        let message =
            "an arm's name must not begin or end with a blank, nor hold control characters";
        return Err(EngineError::invalid_as("arms", message));
    }
    if arm.name == TUNED_ARM {
        let message = format!("every run has an arm `{TUNED_ARM}` of its own; choose another name");
        return Err(EngineError::invalid_as("arms", message));
    }
    if !(1..=MAX_TOP_K).contains(&arm.top_k) || !(1..=arm.top_k).contains(&arm.top_n) {
        let message = format!(
            "`top_k` of an arm is from 1 to {MAX_TOP_K}, and its `top_n` from 1 to `top_k`; look at `{}`",
            arm.name
        );
        return Err(EngineError::invalid_as("arms", message));
    }
    if let riddle_core::Fusion::Weighted { dense_weight } = arm.fusion
        && !(0.0..=1.0).contains(&dense_weight)
    {
        let message = "`dense_weight` of an arm is from 0 to 1";
        return Err(EngineError::invalid_as("arms", message));
    }
    if let Some(rerank) = &arm.rerank {
        check_weight("arms.rerank.weight", rerank.weight)?;
        check_skip_lead("arms.rerank.skip_lead", rerank.skip_lead)?;
        check_deadline("arms.rerank.deadline_ms", rerank.deadline_ms)?;
    }
    Ok(())
}

/// Refuses a number of questions that no run asks.
pub(super) fn check_limit(limit: Option<u32>) -> Result<(), EngineError> {
    if limit.is_none_or(|limit| (1..=MAX_RUN_QUESTIONS).contains(&limit)) {
        return Ok(());
    }
    let problem = format!("must be from 1 to {MAX_RUN_QUESTIONS}");
    Err(EngineError::invalid("limit", problem))
}

/// Whether an arm is searched here, and not what another system ranks.
fn searches(arm: &EvaluationArm, imported: &[ImportedRun]) -> bool {
    imported.iter().all(|one| one.arm != arm.name)
}

/// The questions of a run and a hash of them.
fn drawn_with_hash(
    all: Vec<EvaluationQuestion>,
    half: QuestionScope,
    limit: Option<u32>,
    set: EvaluationSetId,
) -> Result<(Vec<EvaluationQuestion>, String), EngineError> {
    let questions = drawn(all, half, limit, set)?;
    let texts = serde_json::to_string(&questions).unwrap_or_default();
    Ok((questions, ContentHash::of(texts.as_bytes()).to_string()))
}

/// The questions that a run asks, in the order of the set. Where it asks some, they are drawn alike in every run over
/// the set, and a smaller number is part of a larger one, so that runs can be compared.
pub(super) fn drawn(
    all: Vec<EvaluationQuestion>,
    scope: QuestionScope,
    limit: Option<u32>,
    set: EvaluationSetId,
) -> Result<Vec<EvaluationQuestion>, EngineError> {
    let wanted = |question: &EvaluationQuestion| {
        let half = scope == QuestionScope::All || question.half == QuestionHalf::Dev;
        half && question.review != QuestionReview::Rejected
    };
    let mut questions: Vec<EvaluationQuestion> = all.into_iter().filter(wanted).collect();
    // What models say of passages is no part of what is asked.
    questions
        .iter_mut()
        .for_each(|question| question.model_grades.clear());
    if questions.is_empty() {
        return Err(EngineError::EvaluationRunState(
            "the set has no question to ask; add or import some first".to_owned(),
        ));
    }
    let judged = |question: &EvaluationQuestion| {
        question.unanswerable || !question.golds.is_empty() || !question.answers.is_empty()
    };
    if !questions.iter().any(judged) {
        return Err(EngineError::EvaluationRunState(
            "no question of the set says what is relevant to it, so nothing could be measured; judge some first"
                .to_owned(),
        ));
    }
    let limit = limit.map_or(usize::MAX, |limit| limit as usize);
    if limit < questions.len() {
        let order = |question: &EvaluationQuestion| random_place(set, &question.id);
        let mut drawn: Vec<ContentHash> = questions.iter().map(order).collect();
        drawn.sort_unstable();
        let last = drawn[limit - 1];
        questions.retain(|question| order(question) <= last);
    }
    Ok(questions)
}

#[cfg(test)]
mod tests {
    use riddle_core::{KnowledgeBaseId, KnowledgeBaseSettings, Timestamp};
    use uuid::Uuid;

    use super::*;

    fn knowledge_base(rerank: bool, top_n: u32) -> KnowledgeBase {
        let mut settings = KnowledgeBaseSettings::with_embedder(None);
        settings.retrieval.rerank = rerank;
        settings.retrieval.top_n = top_n;
        KnowledgeBase {
            id: KnowledgeBaseId(Uuid::nil()),
            name: "base".to_owned(),
            description: String::new(),
            settings,
            embedder_fingerprint: None,
            created_at: Timestamp(0),
        }
    }

    #[test]
    fn an_answer_without_rerank_is_written_from_all_candidates() {
        for (reranks, top_n, name, read) in [
            (true, 3, ALL_CANDIDATES, 20),
            (true, 20, WITHOUT_RERANK, 20),
            (false, 20, WITH_RERANK, 3),
            (false, 2, WITH_RERANK, 2),
        ] {
            let base = knowledge_base(reranks, top_n);
            let present = EvaluationArm::of_settings(PRESENT, &base.settings.retrieval);
            let mut other = opposite(&present, &base);
            assert_eq!(other.top_n, top_n, "a ranking is compared at the same cut");
            read_as_served(&mut other);
            assert_eq!((other.name.as_str(), other.top_n), (name, read));
            assert_ne!(other.rerank.is_some(), reranks);
        }
    }
}
