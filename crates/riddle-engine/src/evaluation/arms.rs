//! What is asked of single arms of a run: what other settings would give, and how they differ from those of another
//! run.

use std::borrow::Cow;

use riddle_core::{
    EvaluationArm, EvaluationRun, EvaluationRunId, EvaluationRunStatus, Fusion, QuestionHalf,
    QuestionOutcome,
};
use riddle_evaluation::formats::{Export, RunExport};
use riddle_evaluation::{
    AlongSettings, RunDiff, RunDiffBuilder, SettingCurves, TUNED_ARM, WhatIf, WhatIfResult,
    WhatIfTrial, with_fusion_as_arm,
};

use crate::blocking::run_blocking;
use crate::bounds::MAX_TOP_K;
use crate::error::EngineError;
use crate::evaluation::{Evaluation, SendingPermit, Work};
use crate::reranking::check_weight;

/// A lead that no candidate has, so that everything is reranked.
const NEVER_SKIPPED: f32 = 2.0;

/// An arm of a run: one of its manifest, or the fusion that its report has found best.
pub(super) struct ChosenArm {
    settings: EvaluationArm,
    index: usize,
    /// That of the arm that is not in the manifest.
    tuned: Option<Fusion>,
}

impl ChosenArm {
    /// The outcome of a question with this arm at its index.
    pub(super) fn seen_in<'a>(&self, outcome: &'a QuestionOutcome) -> Cow<'a, QuestionOutcome> {
        match self.tuned {
            None => Cow::Borrowed(outcome),
            Some(fusion) => Cow::Owned(with_fusion_as_arm(outcome, fusion)),
        }
    }
}

impl Evaluation {
    /// What other settings of an arm would give on the dev half, or on all questions where there is none.
    pub(crate) async fn try_settings(
        &self,
        id: EvaluationRunId,
        arm: &str,
        settings: WhatIf,
    ) -> Result<WhatIfResult, EngineError> {
        check_tried(&settings)?;
        let _permit = self.permit(Work::Reading).await?;
        let run = self.run(id).await?.run;
        let arm = self.chosen_arm(&run, "arm", Some(arm)).await?;
        let of = |half| WhatIfTrial::new(&arm.settings, arm.index, settings, half);
        let (dev, all) = (of(Some(QuestionHalf::Dev)), of(None));
        let add = |(arm, dev, all): &mut (ChosenArm, WhatIfTrial, WhatIfTrial),
                   _place: u32,
                   outcome: &QuestionOutcome| {
            let outcome = arm.seen_in(outcome);
            dev.add(&outcome);
            all.add(&outcome);
        };
        let (_arm, dev, all) = self.each_outcome(id, (arm, dev, all), add).await?;
        run_blocking("trying settings", move || {
            let dev = dev.finish();
            if dev.questions > 0 { dev } else { all.finish() }
        })
        .await
    }

    /// How the figures of an arm go with each setting while the others are as they are tried.
    pub(crate) async fn setting_curves(
        &self,
        id: EvaluationRunId,
        arm: &str,
        settings: WhatIf,
    ) -> Result<AlongSettings, EngineError> {
        check_tried(&settings)?;
        let _permit = self.permit(Work::Reading).await?;
        let run = self.run(id).await?.run;
        let arm = self.chosen_arm(&run, "arm", Some(arm)).await?;
        let curves = SettingCurves::new(&arm.settings, arm.index, settings);
        let add = |(arm, curves): &mut (ChosenArm, SettingCurves),
                   _place: u32,
                   outcome: &QuestionOutcome| {
            curves.add(&arm.seen_in(outcome));
        };
        let (_arm, curves) = self.each_outcome(id, (arm, curves), add).await?;
        Ok(curves.finish())
    }

    /// What an arm of a finished run found as files of TREC, with the permit to send them.
    pub(crate) async fn export_run(
        &self,
        id: EvaluationRunId,
        arm: Option<&str>,
    ) -> Result<(Export, SendingPermit), EngineError> {
        let sending = self.admission.sending().await?;
        let _permit = self.permit(Work::Reading).await?;
        let run = self.run(id).await?.run;
        if run.status != EvaluationRunStatus::Finished {
            let problem = "the run is not finished; export it when it is";
            return Err(EngineError::EvaluationRunState(problem.to_owned()));
        }
        let arm = self.chosen_arm(&run, "arm", arm).await?;
        let export = RunExport::new(arm.index, &arm.settings.name);
        let add =
            |(arm, export): &mut (ChosenArm, RunExport), _place: u32, outcome: &QuestionOutcome| {
                export.add(&arm.seen_in(outcome));
            };
        let (_arm, export) = self.each_outcome(id, (arm, export), add).await?;
        let files = export.finish();
        let files = files.map_err(|error| EngineError::EvaluationSetTooLarge(error.to_string()))?;
        Ok((files, sending))
    }

    /// How the later of two runs differs from the earlier one.
    pub(crate) async fn diff(
        &self,
        (before, after): (EvaluationRunId, EvaluationRunId),
        (before_arm, after_arm): (Option<&str>, Option<&str>),
    ) -> Result<RunDiff, EngineError> {
        let _permit = self.permit(Work::Reading).await?;
        let old = self.run(before).await?.run;
        let new = self.run(after).await?.run;
        let old_arm = self.chosen_arm(&old, "before_arm", before_arm).await?;
        let new_arm = self.chosen_arm(&new, "arm", after_arm).await?;
        let indices = (old_arm.index, new_arm.index);
        let builder = RunDiffBuilder::new(&old.manifest, &new.manifest, indices);
        let add = |(arm, builder): &mut (ChosenArm, RunDiffBuilder),
                   _place: u32,
                   outcome: &QuestionOutcome| {
            builder.add_before(&arm.seen_in(outcome));
        };
        let (_arm, builder) = self.each_outcome(before, (old_arm, builder), add).await?;
        let add = |(arm, builder): &mut (ChosenArm, RunDiffBuilder),
                   _place: u32,
                   outcome: &QuestionOutcome| {
            builder.add_after(&arm.seen_in(outcome));
        };
        let (_arm, builder) = self.each_outcome(after, (new_arm, builder), add).await?;
        run_blocking("comparing two runs", move || builder.finish()).await
    }

    /// The arm of this name, or the first one.
    async fn chosen_arm(
        &self,
        run: &EvaluationRun,
        field: &str,
        name: Option<&str>,
    ) -> Result<ChosenArm, EngineError> {
        let arms = &run.manifest.arms;
        let index = match name {
            None => Some(0),
            Some(name) => arms.iter().position(|arm| arm.name == name),
        };
        if let Some((index, settings)) = index.and_then(|index| Some((index, arms.get(index)?))) {
            return Ok(ChosenArm {
                settings: settings.clone(),
                index,
                tuned: None,
            });
        }
        if name == Some(TUNED_ARM)
            && let Some(tuned) = self.tuned_arm(run).await?
        {
            return Ok(tuned);
        }
        let names: Vec<&str> = arms.iter().map(|arm| arm.name.as_str()).collect();
        let problem = format!("is none of the run's: {}", names.join("; "));
        Err(EngineError::invalid(field, problem))
    }

    /// The fusion that the report of a run has found best, if it had something to choose by.
    pub(super) async fn tuned_arm(
        &self,
        run: &EvaluationRun,
    ) -> Result<Option<ChosenArm>, EngineError> {
        let report = self.report(run.id).await?;
        let own = report.arms.into_iter().find(|arm| arm.name == TUNED_ARM);
        let found = own.zip(report.tuned);
        Ok(found.map(|(arm, tuned)| ChosenArm {
            settings: arm.settings,
            index: run.manifest.arms.len(),
            tuned: Some(tuned.fusion),
        }))
    }
}

/// Refuses settings that no arm can have.
fn check_tried(settings: &WhatIf) -> Result<(), EngineError> {
    check_weight("weight", settings.weight)?;
    if settings.depth.is_some_and(|depth| depth > MAX_TOP_K) {
        let problem = format!("must be at most {MAX_TOP_K}");
        return Err(EngineError::invalid("depth", problem));
    }
    let top_n = settings.top_n.unwrap_or(1);
    if !(1..=MAX_TOP_K).contains(&top_n) {
        let problem = format!("must be between 1 and {MAX_TOP_K}");
        return Err(EngineError::invalid("top_n", problem));
    }
    let lead = settings.skip_lead.unwrap_or(NEVER_SKIPPED);
    if !(0.0..=NEVER_SKIPPED).contains(&lead) {
        let problem = format!("must be between 0 and {NEVER_SKIPPED}");
        return Err(EngineError::invalid("skip_lead", problem));
    }
    Ok(())
}
