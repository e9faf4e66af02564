use riddle_core::{
    EvaluationArm, EvaluationQuestion, EvaluationRunId, EvaluationRunStatus, EvaluationSetId,
    Fusion, QuestionHalf, QuestionScope, RetrievalMode,
};
use riddle_evaluation::{
    Difference, ExpectedPower, MeasureKind, SetQuality, TYPICAL_SD, is_ranked, set_quality,
};

use crate::asking::Asking;
use crate::blocking::run_blocking;
use crate::error::EngineError;
use crate::evaluation::planned::{check_limit, drawn};
use crate::evaluation::{Evaluation, Work};

/// Questions that are asked to judge a set.
const EXAMINED: u32 = 200;
/// Latest runs over a set among which a finished one is looked for.
const RUNS: u32 = 50;

impl Evaluation {
    /// What is good and bad about a set, with a search for the words of some of its questions.
    pub(crate) async fn set_quality(&self, set: &str) -> Result<SetQuality, EngineError> {
        let _permit = self.permit(Work::Reading).await?;
        let set = self.set(set).await?;
        let name = set.knowledge_base.id.to_string();
        let scope = self.shared.find_scope(&[name]).await?;
        let all = self.all_questions(set.id).await?;
        let arms = [words_alone()];
        let mut examined = Vec::new();
        // A set without a question that can be asked is judged by what it lacks.
        let draw = move || {
            let drawn = drawn(all.clone(), QuestionScope::All, Some(EXAMINED), set.id);
            (all, drawn)
        };
        let (all, drawn) = run_blocking("drawing questions", draw).await?;
        for question in drawn.unwrap_or_default() {
            let asking = Asking {
                scope: &scope,
                question: &question,
                arms: &arms,
                imported: &[],
                first: 0,
                answers: false,
                tries_fusions: false,
                is_last_try: false,
            };
            examined.push(self.asker.ask_in_arms(asking).await?);
        }
        run_blocking("judging an evaluation set", move || {
            set_quality(&all, &examined)
        })
        .await
    }

    /// What a run of so many questions can be expected to see.
    pub(crate) async fn expected_power(
        &self,
        set: &str,
        scope: QuestionScope,
        limit: Option<u32>,
    ) -> Result<ExpectedPower, EngineError> {
        check_limit(limit)?;
        let _permit = self.permit(Work::Reading).await?;
        let set = self.set(set).await?;
        let all = self.all_questions(set.id).await?;
        let of = set.id;
        let count = move || Ok::<_, EngineError>(counted(&drawn(all, scope, limit, of)?));
        let counted = run_blocking("drawing questions", count).await??;
        let measured = self.spread_of_earlier_run(set.id).await?;
        let sd = measured.map_or(TYPICAL_SD, |(_, sd)| sd);
        let run = measured.map(|(run, _)| run);
        Ok(ExpectedPower::new(counted, sd, run))
    }

    /// How much the present settings differed from the baseline from question to question, in the latest run over a
    /// set.
    async fn spread_of_earlier_run(
        &self,
        set: EvaluationSetId,
    ) -> Result<Option<(EvaluationRunId, f64)>, EngineError> {
        let page = self
            .shared
            .store
            .list_evaluation_runs(Some(set), None, RUNS);
        let runs = page.await?.runs;
        let finished = runs
            .iter()
            .filter(|run| run.status == EvaluationRunStatus::Finished);
        for run in finished {
            let report = self.report(run.id).await?;
            let present = report.arms.get(report.main as usize);
            let others = report.arms.iter();
            let mut spreads = present.into_iter().chain(others).filter_map(|arm| {
                let mut found = arm.comparison.as_ref()?.differences.iter();
                let ndcg = |one: &&Difference| one.measure == MeasureKind::Ndcg.at(10);
                found.find(ndcg)?.standard_deviation()
            });
            if let Some(sd) = spreads.next() {
                return Ok(Some((run.id, sd)));
            }
        }
        Ok(None)
    }
}

/// How many questions differences are counted over: those of the test half, where it is asked.
fn counted(questions: &[EvaluationQuestion]) -> u32 {
    let ranked = questions.iter().filter(|question| is_ranked(question));
    let (test, dev): (Vec<_>, Vec<_>) =
        ranked.partition(|question| question.half == QuestionHalf::Test);
    let counted = if test.is_empty() { dev } else { test };
    u32::try_from(counted.len()).unwrap_or(u32::MAX)
}

fn words_alone() -> EvaluationArm {
    EvaluationArm {
        name: "words".to_owned(),
        mode: RetrievalMode::Bm25,
        fusion: Fusion::default(),
        top_k: 10,
        top_n: 3,
        rerank: None,
        chat_model: None,
    }
}
