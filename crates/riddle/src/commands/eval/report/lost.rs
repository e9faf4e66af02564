use riddle_api::{ArmReportDto, EvaluationReportDto, GoldCountsDto, HeadroomDto};

use super::{Section, Table};
use crate::commands::eval::figures::share;

type Count = fn(&GoldCountsDto) -> u32;

/// Places where a relevant passage may get lost, in order.
const PLACES: [(&str, Count); 7] = [
    ("no such document", |counts| counts.document_missing),
    ("words not in it", |counts| counts.quote_missing),
    ("not a candidate", |counts| counts.not_retrieved),
    ("read in part", |counts| counts.cut),
    ("below top n", |counts| counts.below_top_n),
    ("not cited", |counts| counts.not_cited),
    ("kept", |counts| counts.used),
];

/// How far the best relevant passage of each question came, and what the best order of the candidates would give.
pub(super) fn section(report: &EvaluationReportDto) -> Option<Section> {
    let arms: Vec<(&ArmReportDto, &HeadroomDto)> = report
        .arms
        .iter()
        .filter_map(|arm| Some((arm, arm.headroom.as_ref()?)))
        .collect();
    let (_, first) = arms.first()?;
    let shown = PLACES.iter().filter(|(name, count)| {
        matches!(*name, "not a candidate" | "below top n" | "kept")
            || arms
                .iter()
                .any(|(_, headroom)| count(&headroom.questions) > 0)
    });
    let shown: Vec<_> = shown.collect();
    let mut head = vec!["arm", "candidates hold", "nDCG@10 in perfect order"];
    head.extend(shown.iter().map(|(name, _)| *name));
    let table = arms
        .iter()
        .fold(Table::new(1, &head), |table, (arm, headroom)| {
            let mut row = vec![
                arm.name.clone(),
                share(headroom.candidate_recall),
                share(headroom.perfect_ndcg_10),
            ];
            let counts = shown.iter().map(|(_, count)| count(&headroom.questions));
            row.extend(counts.map(|count| count.to_string()));
            table.row(row)
        });
    let mut section = Section::of_table("Where what is relevant gets lost", table);
    section.lines.push(format!(
        "in questions, of {}, by how far their best relevant passage came",
        first.questions.total
    ));
    Some(section)
}
