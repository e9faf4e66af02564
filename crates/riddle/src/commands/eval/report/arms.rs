use riddle_api::{ArmReportDto, EvaluationReportDto, HeadlineHalfDto, StageCostDto, StageDto};

use super::{Section, Table};
use crate::commands::eval::figures::{
    self, NONE, bytes, ms, or_none, share, signed, with_interval,
};
use crate::commands::eval::gate::Found;

const QUALITY: [&str; 10] = [
    "arm",
    "nDCG@10",
    "success@3",
    "P@3",
    "RR@10",
    "R@10",
    "judged@10",
    "nDCG@10 difference",
    "p",
    "verdict",
];

/// The measures of each arm, and how it differs from the baseline.
pub(super) fn quality(found: &Found) -> Section {
    let report = &found.report;
    let half = match report.headline_half {
        HeadlineHalfDto::Test => "of the test half",
        HeadlineHalfDto::All => "of all halves, as none is of the test half",
    };
    let table = report
        .arms
        .iter()
        .fold(Table::new(1, &QUALITY), |table, arm| {
            table.row(quality_row(arm))
        });
    let mut section = Section::of_table("Quality", table);
    let ranked = report.questions.ranked;
    section.lines.push(format!(
        "{ranked} questions {half}; differences from “{}”, p corrected for the number of arms, 95 % intervals",
        found.baseline()
    ));
    section
}

fn quality_row(arm: &ArmReportDto) -> Vec<String> {
    let measure = |name: &str| {
        let figures = arm.measures.iter();
        figures
            .filter(|figure| figure.measure == name)
            .find_map(|figure| figure.headline)
    };
    let mean = |name: &str| or_none(measure(name).map(|estimate| share(estimate.mean)));
    let mut row = vec![
        arm.name.clone(),
        with_interval(measure("nDCG@10").as_ref(), share),
        mean("Success@3"),
        mean("P@3"),
        mean("RR@10"),
        mean("R@10"),
        mean("Judged@10"),
    ];
    row.extend(difference(arm));
    row
}

fn difference(arm: &ArmReportDto) -> [String; 3] {
    let Some(comparison) = &arm.comparison else {
        return ["baseline".to_owned(), NONE.to_owned(), NONE.to_owned()];
    };
    let mut differences = comparison.differences.iter();
    let found = differences.find(|difference| difference.measure == "nDCG@10");
    [
        with_interval(found.map(|found| &found.difference), signed),
        or_none(found.map(|found| share(found.p_holm))),
        or_none(found.map(|found| figures::verdict(&found.verdict))),
    ]
}

/// How long each arm takes, and how much it reads and keeps in memory.
pub(super) fn cost(report: &EvaluationReportDto) -> Section {
    let first_token = report
        .arms
        .iter()
        .any(|arm| stage(arm, StageDto::FirstToken).is_some());
    let mut head = vec!["arm", "total p50 ms", "total p95 ms", "rerank p50 ms"];
    if first_token {
        head.push("first token p50 ms");
    }
    let baseline = report.arms.get(report.cost_baseline as usize);
    head.extend(["total ÷ baseline's", "tokens reranked", "memory"]);
    let table = report.arms.iter().fold(Table::new(1, &head), |table, arm| {
        let total = stage(arm, StageDto::Total);
        let p50 = |stage: Option<&StageCostDto>| or_none(stage.map(|stage| ms(stage.p50)));
        let mut row = vec![
            arm.name.clone(),
            p50(total),
            or_none(total.map(|total| ms(total.p95))),
            p50(stage(arm, StageDto::Rerank)),
        ];
        if first_token {
            row.push(p50(stage(arm, StageDto::FirstToken)));
        }
        let ratio = arm.cost.total.and_then(|total| total.median_ratio);
        row.push(or_none(ratio.map(|ratio| format!("{ratio:.2}"))));
        let tokens = arm.cost.reranked_tokens;
        row.push(or_none(tokens.map(|tokens| format!("{tokens:.0}"))));
        row.push(or_none(arm.cost.memory_bytes.map(bytes)));
        table.row(row)
    });
    let mut section = Section::of_table("Cost", table);
    if let Some(baseline) = baseline {
        section.lines.push(format!(
            "question by question beside “{}”; memory is an estimate of that of the arm's models",
            baseline.name
        ));
    }
    section
}

fn stage(arm: &ArmReportDto, stage: StageDto) -> Option<&StageCostDto> {
    arm.cost.stages.iter().find(|cost| cost.stage == stage)
}
