use std::fmt;
use std::str::FromStr;

use riddle_api::{ArmReportDto, EstimateDto, RunDiffDto};
use riddle_evaluation::Measure;

use crate::api::ApiError;

const FORM: &str =
    "it must be MEASURE.PART, one of < <= > >=, and a number, such as `ndcg@10.diff.low < -0.01`";

/// What a run must not do, such as `ndcg@10.diff.low < -0.01`.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Condition {
    text: String,
    measure: Measure,
    difference: bool,
    bound: Bound,
    comparison: Comparison,
    number: f64,
}

/// Which number of an estimate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Bound {
    Mean,
    Low,
    High,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Comparison {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Where conditions look.
#[derive(Clone, Copy)]
pub(super) struct Figures<'a> {
    pub(super) arm: &'a ArmReportDto,
    /// Name of the arm that the report compares with.
    pub(super) baseline: &'a str,
    /// The comparison with an earlier run in its place.
    pub(super) against: Option<&'a RunDiffDto>,
}

impl Condition {
    /// The number that it looks at; an error where there is none.
    pub(super) fn value(&self, figures: Figures<'_>) -> Result<f64, ApiError> {
        let estimate = self.estimate(figures);
        let estimate = estimate.map_err(|problem| self.invalid(&problem))?;
        let interval = estimate.interval;
        let value = match self.bound {
            Bound::Mean => Some(estimate.mean),
            Bound::Low => interval.map(|interval| interval.low),
            Bound::High => interval.map(|interval| interval.high),
        };
        value.ok_or_else(|| {
            self.invalid("the figure has no interval, because there are too few questions to draw from; use `mean`")
        })
    }

    /// Whether it holds of that number.
    pub(super) fn holds(&self, value: f64) -> bool {
        match self.comparison {
            Comparison::Less => value < self.number,
            Comparison::LessOrEqual => value <= self.number,
            Comparison::Greater => value > self.number,
            Comparison::GreaterOrEqual => value >= self.number,
        }
    }

    fn estimate(&self, figures: Figures<'_>) -> Result<EstimateDto, String> {
        match (self.difference, figures.against) {
            (false, _) => self.own(figures.arm),
            (true, None) => self.against_baseline(figures),
            (true, Some(diff)) => self.against_run(diff),
        }
    }

    fn own(&self, arm: &ArmReportDto) -> Result<EstimateDto, String> {
        let name = self.measure.to_string();
        let figure = arm.measures.iter().find(|figure| figure.measure == name);
        let Some(figure) = figure else {
            let known = arm.measures.iter().map(|figure| figure.measure.as_str());
            return Err(format!(
                "the report has no {name}; it has {}",
                listed(known)
            ));
        };
        let no_question = || format!("no question of the arm `{}` counts in {name}", arm.name);
        figure.headline.ok_or_else(no_question)
    }

    fn against_baseline(&self, figures: Figures<'_>) -> Result<EstimateDto, String> {
        let arm = figures.arm;
        let Some(comparison) = &arm.comparison else {
            return Err(format!(
                "the arm `{}` is what the others are compared with, so it has no difference; choose another with --of",
                arm.name
            ));
        };
        let name = self.measure.to_string();
        let differences = &comparison.differences;
        if let Some(found) = differences.iter().find(|found| found.measure == name) {
            return Ok(found.difference);
        }
        if differences.is_empty() {
            return Err(format!(
                "no question counts in both `{}` and `{}`",
                arm.name, figures.baseline
            ));
        }
        let known = differences.iter().map(|found| found.measure.as_str());
        Err(format!(
            "the report has no difference of {name}; it has {}",
            listed(known)
        ))
    }

    fn against_run(&self, diff: &RunDiffDto) -> Result<EstimateDto, String> {
        let name = self.measure.to_string();
        let differences = &diff.differences;
        if let Some(found) = differences.iter().find(|found| found.measure == name) {
            return Ok(found.difference);
        }
        if differences.is_empty() {
            return Err("no question has a figure in both runs".to_owned());
        }
        let known = differences.iter().map(|found| found.measure.as_str());
        Err(format!(
            "two runs have no difference of {name}; they have {}",
            listed(known)
        ))
    }

    fn invalid(&self, problem: &str) -> ApiError {
        ApiError::invalid(format!("`{self}` cannot be checked: {problem}"))
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl FromStr for Condition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let Some(at) = text.find(['<', '>']) else {
            return Err(format!("there is no < <= > >= in it; {FORM}"));
        };
        let (left, right) = text.split_at(at);
        let (comparison, right) = comparison(right);
        let number = number(right.trim())?;
        let Some((measure, part)) = left.trim().split_once('.') else {
            return Err(format!(
                "`{}` names no part of a measure; {FORM}",
                left.trim()
            ));
        };
        let measure = Measure::from_str(measure).map_err(|error| error.to_string())?;
        let (difference, bound) = self::part(part.trim())?;
        Ok(Self {
            text: text.to_owned(),
            measure,
            difference,
            bound,
            comparison,
            number,
        })
    }
}

fn comparison(text: &str) -> (Comparison, &str) {
    let less = text.starts_with('<');
    let rest = text.get(1..).unwrap_or_default();
    match (less, rest.strip_prefix('=')) {
        (true, None) => (Comparison::Less, rest),
        (true, Some(rest)) => (Comparison::LessOrEqual, rest),
        (false, None) => (Comparison::Greater, rest),
        (false, Some(rest)) => (Comparison::GreaterOrEqual, rest),
    }
}

fn number(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite());
    number.ok_or_else(|| format!("`{text}` is not a number; {FORM}"))
}

/// Whether it is of the difference, and which number of it.
fn part(text: &str) -> Result<(bool, Bound), String> {
    let lower = text.to_lowercase();
    let (difference, bound) = match lower.strip_prefix("diff.") {
        Some(bound) => (true, bound),
        None => (false, lower.as_str()),
    };
    let bound = match bound {
        "mean" => Bound::Mean,
        "low" => Bound::Low,
        "high" => Bound::High,
        _ => {
            return Err(format!(
                "`{text}` is no part of a measure; use mean, low, high, diff.mean, diff.low or diff.high"
            ));
        }
    };
    Ok((difference, bound))
}

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
