use anyhow::Context;
use riddle_api::{ArmKindDto, ArmReportDto, DifferenceDto, EstimateDto, EvaluationVerdictDto};

use super::gate::Found;

const HEAD: [&str; 18] = [
    "run",
    "set",
    "arm",
    "from",
    "baseline",
    "measure",
    "questions",
    "mean",
    "low",
    "high",
    "dev",
    "difference",
    "difference_low",
    "difference_high",
    "p",
    "p_holm",
    "verdict",
    "memory_bytes",
];

/// A table with a row for each measure of each arm. Numbers are as exact as the server gives them; cells are empty
/// where there is none.
pub(super) fn of_run(found: &Found) -> anyhow::Result<String> {
    let mut table = csv::Writer::from_writer(Vec::new());
    let mut write = || -> Result<(), csv::Error> {
        table.write_record(HEAD)?;
        for arm in &found.report.arms {
            for row in rows(found, arm) {
                table.write_record(row)?;
            }
        }
        Ok(())
    };
    write().context("cannot write CSV")?;
    let bytes = table.into_inner().context("cannot write CSV")?;
    String::from_utf8(bytes).context("CSV is not UTF-8")
}

fn rows(found: &Found, arm: &ArmReportDto) -> Vec<Vec<String>> {
    let from = match arm.kind {
        ArmKindDto::Manifest => "manifest",
        ArmKindDto::TunedFusion => "tuned_fusion",
        ArmKindDto::Imported => "imported",
    };
    let differences = arm
        .comparison
        .as_ref()
        .map(|comparison| comparison.differences.as_slice());
    let differences = differences.unwrap_or_default();
    let rows = arm.measures.iter().map(|figure| {
        let names = [&found.run.name, &found.run.manifest.set_name, &arm.name];
        let mut row: Vec<String> = names.map(|name| inert(name)).to_vec();
        row.extend([
            from.to_owned(),
            inert(found.baseline()),
            figure.measure.clone(),
        ]);
        let headline = figure.headline.as_ref();
        row.push(
            headline
                .map(|estimate| estimate.n.to_string())
                .unwrap_or_default(),
        );
        row.extend(estimate(headline));
        row.push(number(figure.dev));
        let difference = differences
            .iter()
            .find(|found| found.measure == figure.measure);
        row.extend(estimate(difference.map(|found| &found.difference)));
        row.extend(test(difference));
        let memory = arm.cost.memory_bytes;
        row.push(memory.map(|bytes| bytes.to_string()).unwrap_or_default());
        row
    });
    rows.collect()
}

fn estimate(estimate: Option<&EstimateDto>) -> [String; 3] {
    let interval = estimate.and_then(|estimate| estimate.interval);
    [
        number(estimate.map(|estimate| estimate.mean)),
        number(interval.map(|interval| interval.low)),
        number(interval.map(|interval| interval.high)),
    ]
}

fn test(difference: Option<&DifferenceDto>) -> [String; 3] {
    let verdict = difference.map(|difference| match difference.verdict {
        EvaluationVerdictDto::Better => "better",
        EvaluationVerdictDto::Worse => "worse",
        EvaluationVerdictDto::Same => "same",
        EvaluationVerdictDto::NotDistinguishable { .. } => "not_distinguishable",
    });
    [
        number(difference.map(|difference| difference.p)),
        number(difference.map(|difference| difference.p_holm)),
        verdict.unwrap_or_default().to_owned(),
    ]
}

fn number(value: Option<f64>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// A name that a spreadsheet does not run as a formula.
fn inert(name: &str) -> String {
    if name.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{name}")
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::eval::example::found;

    #[test]
    fn a_row_for_each_measure_of_each_arm() {
        insta::assert_snapshot!(of_run(&found()).expect("is written"));
    }
}
