use riddle_api::{ArmReportDto, EvaluationReportDto, EvaluationRunDto, RunDiffDto};
use serde_json::Value;
use uuid::Uuid;

use super::arm::find_arm;
use super::condition::{Condition, Figures};
use super::find::find_run;
use super::run_path;
use crate::api::{Api, ApiError, segment, typed};
use crate::arguments::EvalGate;

/// A run with its report, and the earlier one that it is compared with.
pub(super) struct Found {
    pub(super) run: EvaluationRunDto,
    pub(super) report: EvaluationReportDto,
    /// The report as the server gave it.
    pub(super) answer: Value,
    /// The earlier run with the difference from it.
    pub(super) against: Option<(EvaluationRunDto, RunDiffDto)>,
    /// Index of the arm that conditions look at.
    pub(super) arm: usize,
}

/// A condition with the number that it looked at.
pub(super) struct Checked<'a> {
    pub(super) condition: &'a Condition,
    pub(super) value: f64,
}

impl Found {
    pub(super) async fn load(api: &Api, run: Uuid, gate: &EvalGate) -> anyhow::Result<Self> {
        let path = run_path(run);
        let run: EvaluationRunDto = api.get(&path).await?;
        let answer: Value = api.get(&format!("{path}/report")).await?;
        let report: EvaluationReportDto = typed(answer.clone())?;
        let arm = match &gate.of {
            Some(given) => find_arm(&names(&report), given)?,
            None => report.main as usize,
        };
        let mut found = Self {
            run,
            report,
            answer,
            against: None,
            arm,
        };
        if let Some(before) = &gate.against {
            let of = gate
                .of
                .as_ref()
                .and(found.arm())
                .map(|arm| arm.name.clone());
            found.against = Some(against(api, &found.run, before, of.as_deref()).await?);
        }
        Ok(found)
    }

    /// The arm that conditions look at.
    pub(super) fn arm(&self) -> Option<&ArmReportDto> {
        self.report.arms.get(self.arm)
    }

    /// The arm that the others are compared with.
    pub(super) fn baseline(&self) -> &str {
        let arm = self.report.arms.get(self.report.baseline as usize);
        arm.map_or("", |arm| arm.name.as_str())
    }

    /// Looks up the number of each condition.
    pub(super) fn check<'a>(&self, gate: &'a EvalGate) -> anyhow::Result<Vec<Checked<'a>>> {
        let Some(arm) = self.arm() else {
            return Err(
                ApiError::invalid("the report has no arms, so nothing can be checked").into(),
            );
        };
        let figures = Figures {
            arm,
            baseline: self.baseline(),
            against: self.against.as_ref().map(|(_, diff)| diff),
        };
        let checked = gate.fail_if.iter().map(|condition| {
            let value = condition.value(figures)?;
            Ok(Checked { condition, value })
        });
        checked.collect()
    }
}

impl Checked<'_> {
    pub(super) fn fails(&self) -> bool {
        self.condition.holds(self.value)
    }

    /// What is wrong, or would be.
    pub(super) fn sentence(&self) -> String {
        format!("{} (it is {})", self.condition, self.value)
    }
}

/// An error if one of them holds.
pub(super) fn fail_if_any_holds(checked: &[Checked<'_>], arm: &str) -> anyhow::Result<()> {
    let failed = checked.iter().filter(|checked| checked.fails());
    let failed: Vec<String> = failed.map(Checked::sentence).collect();
    if failed.is_empty() {
        return Ok(());
    }
    let message = format!("of the arm `{arm}`: {}", failed.join("; "));
    Err(ApiError {
        code: "condition_holds".to_owned(),
        message,
    }
    .into())
}

pub(super) fn names(report: &EvaluationReportDto) -> Vec<&str> {
    report.arms.iter().map(|arm| arm.name.as_str()).collect()
}

async fn against(
    api: &Api,
    run: &EvaluationRunDto,
    before: &str,
    arm: Option<&str>,
) -> anyhow::Result<(EvaluationRunDto, RunDiffDto)> {
    let before = find_run(api, before).await?;
    if before == run.id {
        return Err(
            ApiError::invalid("--against names the run itself; name an earlier one").into(),
        );
    }
    let before: EvaluationRunDto = api.get(&run_path(before)).await?;
    let diff = api.get(&diff_path(run.id, before.id, (arm, arm))).await?;
    Ok((before, diff))
}

/// Where the difference of two runs is, of an arm of the earlier one and of the later one.
pub(super) fn diff_path(run: Uuid, before: Uuid, arms: (Option<&str>, Option<&str>)) -> String {
    let mut path = format!("{}/diff/{before}", run_path(run));
    let mut separator = '?';
    for (field, arm) in [("before_arm", arms.0), ("arm", arms.1)] {
        if let Some(arm) = arm {
            path.push_str(&format!("{separator}{field}={}", segment(arm)));
            separator = '&';
        }
    }
    path
}
