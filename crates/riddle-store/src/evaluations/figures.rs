use riddle_core::{ArmSummary, Fusion, Headline, RunSummary, StoreError, SummaryFigure};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::apart::apart;
use crate::rows::to_json;
use crate::sql_error::SqlError;

/// The measure whose figures a summary has.
const MEASURE: &str = "nDCG@10";

/// What lists show of a run, taken from its report.
pub(super) struct Figures {
    pub(super) headline: Option<String>,
    /// None where the report has no arms.
    pub(super) summary: Option<String>,
}

#[derive(Deserialize)]
struct Report {
    headline: Option<Headline>,
    main: Option<u32>,
    baseline: Option<u32>,
    tuned: Option<Tuned>,
    lost: Option<Vec<IgnoredAny>>,
    arms: Option<Vec<Arm>>,
}

#[derive(Deserialize)]
struct Tuned {
    fusion: Option<Fusion>,
}

#[derive(Deserialize)]
struct Arm {
    name: String,
    measures: Vec<Measure>,
}

#[derive(Deserialize)]
struct Measure {
    measure: String,
    headline: Option<SummaryFigure>,
}

impl Figures {
    /// From a report in JSON, which may be megabytes: away from the threads that serve requests.
    pub(super) async fn of(report: &str) -> Result<Self, StoreError> {
        let report = report.to_owned();
        apart(move || Self::read(&report)).await
    }

    fn read(report: &str) -> Result<Self, StoreError> {
        let report: Report = serde_json::from_str(report).map_err(SqlError::from)?;
        let headline = report.headline.as_ref().map(to_json).transpose()?;
        let Some(arms) = report.arms else {
            return Ok(Self {
                headline,
                summary: None,
            });
        };
        let lost = report.lost.map_or(0, |lost| lost.len());
        let summary = RunSummary {
            main: report.main.unwrap_or(0),
            baseline: report.baseline.unwrap_or(0),
            tuned: report.tuned.and_then(|tuned| tuned.fusion),
            lost: u32::try_from(lost).unwrap_or(u32::MAX),
            arms: arms.into_iter().map(Arm::summary).collect(),
        };
        Ok(Self {
            headline,
            summary: Some(to_json(&summary)?),
        })
    }
}

impl Arm {
    fn summary(self) -> ArmSummary {
        let mut measures = self.measures.into_iter();
        let figure = measures.find(|measure| measure.measure == MEASURE);
        ArmSummary {
            name: self.name,
            ndcg_10: figure.and_then(|figure| figure.headline),
        }
    }
}
