use riddle_api::{AnswerFiguresDto, EstimateDto, EvaluationReportDto};

use super::{Section, Table};
use crate::commands::eval::figures::{NONE, or_none, share};

const HEAD: [&str; 8] = [
    "arm",
    "exact match",
    "token F1",
    "ROUGE-L",
    "contains answer",
    "citation precision",
    "citation recall",
    "refusal right",
];

/// The measures of answers, if any arm has written some.
pub(super) fn section(report: &EvaluationReportDto) -> Option<Section> {
    report.arms.iter().find(|arm| arm.answers.is_some())?;
    let table = report.arms.iter().fold(Table::new(1, &HEAD), |table, arm| {
        let figures = arm.answers.as_ref().map_or([const { None }; 7], figures);
        let cells = figures.map(|figure| or_none(figure.map(|figure| share(figure.mean))));
        table.row([arm.name.clone()].into_iter().chain(cells))
    });
    let mut section = Section::of_table("Answers", table);
    let line =
        format!("{NONE} where no question has what the measure needs, such as a right answer");
    section.lines.push(line);
    Some(section)
}

fn figures(answers: &AnswerFiguresDto) -> [Option<EstimateDto>; 7] {
    [
        answers.exact_match,
        answers.token_f1,
        answers.rouge_l,
        answers.contains_answer,
        answers.citation_precision,
        answers.citation_recall,
        answers.refusal_right,
    ]
}
