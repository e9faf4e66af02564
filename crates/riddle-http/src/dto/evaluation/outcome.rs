use std::collections::HashMap;

use riddle_api::{
    ArmAnswerDto, ArmOutcomeDto, ArmQuestionDto, JudgedItemDto, OutcomeCandidateDto, OutcomeDto,
    RunQuestionDto, RunQuestionListDto,
};
use riddle_core::{ArmAnswer, ArmOutcome, ChunkId, EvaluationArm, GoldPlace, QuestionOutcome};
use riddle_engine::{LivePassage, OutcomePage};
use riddle_evaluation::question_scores;

use crate::dto::convert::{Convert, ConvertFrom};

/// The table of a run's questions.
pub(crate) fn run_questions(page: &OutcomePage, arms: &[EvaluationArm]) -> RunQuestionListDto {
    let rows = page
        .outcomes
        .iter()
        .map(|(place, outcome)| row(*place, outcome, arms));
    RunQuestionListDto {
        questions: rows.collect(),
        next: page.next,
    }
}

fn row(place: u32, outcome: &QuestionOutcome, run: &[EvaluationArm]) -> RunQuestionDto {
    let question = &outcome.question;
    let relevant = question.items.iter().filter(|item| item.grade > 0).count();
    let arms = outcome.arms.iter().enumerate().map(|(index, arm)| {
        // The tuned fusion keeps as many passages as the first arm. No times are known of it.
        let is_timed = arm.failure.is_none() && !arm.imported && index < run.len();
        let top_n = run.get(index).or(run.first()).map_or(1, |arm| arm.top_n);
        let scores = question_scores(outcome, index, top_n);
        ArmQuestionDto {
            ndcg_10: scores.as_ref().and_then(|scores| scores.ndcg_10),
            first_relevant: scores.and_then(|scores| scores.first_relevant_rank),
            total_ms: is_timed.then_some(arm.timings.total_ms),
            failure: arm.failure.clone(),
        }
    });
    RunQuestionDto {
        place,
        id: question.id.clone(),
        text: question.text.clone(),
        half: question.half.convert(),
        relevant: u32::try_from(relevant).unwrap_or(u32::MAX),
        arms: arms.collect(),
    }
}

/// A question of a run; `passages` has those that are still there.
pub(crate) fn outcome(
    place: u32,
    outcome: QuestionOutcome,
    mut passages: HashMap<ChunkId, LivePassage>,
) -> OutcomeDto {
    let question = outcome.question;
    let candidates = outcome.candidates.into_iter().map(|candidate| {
        let item = question.items.get(candidate.item as usize);
        let live = passages.remove(&candidate.chunk);
        OutcomeCandidateDto {
            chunk: candidate.chunk.0,
            document: candidate.document,
            knowledge_base: candidate.knowledge_base.map(|id| id.0),
            grade: item.map(|item| item.grade),
            judge: item.and_then(|item| item.judge.clone()),
            judgeable: live.as_ref().is_some_and(|passage| passage.is_meant),
            text: live.map(|passage| passage.beginning),
        }
    });
    OutcomeDto {
        place,
        candidates: candidates.collect(),
        id: question.id,
        text: question.text,
        half: question.half.convert(),
        answers: question.answers,
        unanswerable: question.unanswerable,
        language: question.language,
        items: question
            .items
            .into_iter()
            .map(|item| JudgedItemDto {
                document: item.document,
                grade: item.grade,
                place: place_name(item.place).to_owned(),
                judge: item.judge,
            })
            .collect(),
        arms: outcome.arms.into_iter().map(Convert::convert).collect(),
    }
}

fn place_name(place: GoldPlace) -> &'static str {
    match place {
        GoldPlace::Found => "found",
        GoldPlace::DocumentMissing => "document_missing",
        GoldPlace::QuoteMissing => "quote_missing",
    }
}

impl ConvertFrom<ArmOutcome> for ArmOutcomeDto {
    fn convert_from(arm: ArmOutcome) -> Self {
        Self {
            retrieved: arm.retrieved,
            fused: arm.fused,
            scores: arm.scores,
            cut: arm.cut,
            ranking: arm.ranking,
            not_reranked: arm.not_reranked,
            failure: arm.failure,
            timings: arm.timings.convert(),
            answer: arm.answer.map(Convert::convert),
        }
    }
}

impl ConvertFrom<ArmAnswer> for ArmAnswerDto {
    fn convert_from(answer: ArmAnswer) -> Self {
        Self {
            text: answer.text,
            passages: answer.passages,
            cited: answer.cited,
            refused: answer.refused,
            prompt_tokens: answer.prompt_tokens,
            completion_tokens: answer.completion_tokens,
        }
    }
}
