use riddle_api::{
    ArmComparisonDto, ArmReportDto, EvaluationReportDto, ExclusionDto, FusionDto, ImportedRunDto,
    ResampleUnitDto, SliceKindDto,
};

use super::Section;
use crate::commands::eval::agreement::agreement;
use crate::commands::eval::figures::{or_none, questions, share, signed, with_interval};
use crate::commands::eval::gate::Found;

/// What to know beside the tables.
pub(super) fn section(found: &Found) -> Option<Section> {
    let report = &found.report;
    let mut lines = Vec::new();
    lines.extend(tuned(report));
    lines.extend(losing(report));
    lines.extend(report.judges.iter().map(|judged| {
        let agreement = agreement(&judged.agreement);
        format!(
            "judged by a model alone: {} of the passages; {agreement}",
            judged.counted
        )
    }));
    lines.extend(excluded(report));
    lines.extend(report.arms.iter().flat_map(of_arm));
    lines.extend(found.run.manifest.imported.iter().flat_map(of_imported));
    if report.resampling.unit == ResampleUnitDto::Question {
        lines.push(format!(
            "the questions share {} groups of documents, too few to draw from: intervals hold for further questions about these documents, not for others",
            report.resampling.clusters
        ));
    }
    lines.extend(found.run.problem.clone());
    (!lines.is_empty()).then(|| Section::of_lines("To know", lines))
}

fn tuned(report: &EvaluationReportDto) -> Option<String> {
    let tuned = report.tuned.as_ref()?;
    let fusion = match tuned.fusion {
        FusionDto::Weighted { dense_weight } => {
            format!("weighted sum with dense weight {dense_weight}")
        }
        FusionDto::ReciprocalRank {} => "reciprocal rank fusion".to_owned(),
    };
    let flattered = if tuned.same_questions {
        ", the questions that it is reported on, which flatters it"
    } else {
        ""
    };
    Some(format!(
        "tuned fusion: {fusion}, nDCG@10 {} on {} questions of dev{flattered}",
        share(tuned.dev_ndcg_10),
        tuned.dev_questions
    ))
}

fn losing(report: &EvaluationReportDto) -> impl Iterator<Item = String> {
    report.losing_slices.iter().filter_map(|slice| {
        let arm = report.arms.get(slice.arm as usize)?;
        Some(format!(
            "“{}” loses where {} is {}: nDCG@10 {}",
            arm.name,
            kind(slice.kind),
            slice.value,
            with_interval(Some(&slice.difference), signed)
        ))
    })
}

fn kind(kind: SliceKindDto) -> &'static str {
    match kind {
        SliceKindDto::Language => "the language",
        SliceKindDto::QuestionType => "the type of question",
        SliceKindDto::PassageLength => "the length of the passage",
        SliceKindDto::LexicalOverlap => {
            "the share of words that question and passage have in common"
        }
        SliceKindDto::Origin => "where the question comes from",
        SliceKindDto::Position => "the place in the document",
        SliceKindDto::FileType => "the type of file",
    }
}

fn excluded(report: &EvaluationReportDto) -> impl Iterator<Item = String> {
    let of = |reason: ExclusionDto| {
        let excluded = report.excluded.iter();
        excluded
            .filter(move |excluded| excluded.reason == reason)
            .count()
    };
    let lines = [
        (
            of(ExclusionDto::NothingRelevant),
            "not counted in rankings, as nothing is judged relevant to them",
        ),
        (
            of(ExclusionDto::Unanswerable),
            "not counted in rankings, as the documents do not answer them",
        ),
        (
            report.questions.failed as usize,
            "failed in at least one arm",
        ),
    ];
    let lines = lines.into_iter().filter(|(count, _)| *count > 0);
    lines.map(|(count, what)| format!("{what}: {}", questions(count)))
}

fn of_imported(run: &ImportedRunDto) -> Vec<String> {
    let ImportedRunDto { arm, file, .. } = run;
    let asked = questions(run.questions as usize);
    let mut lines = vec![format!(
        "“{arm}” is what another system ranks, of {file}, in {asked}; it has no times"
    )];
    if run.unknown > 0 {
        lines.push(format!(
            "documents of “{arm}” that are in no knowledge base of the run: {}, such as {}; they keep their ranks",
            run.unknown,
            run.unknown_names.join(", ")
        ));
    }
    lines
}

fn of_arm(arm: &ArmReportDto) -> Vec<String> {
    let mut lines = Vec::new();
    let name = &arm.name;
    if let Some(first) = arm.failures.first() {
        lines.push(format!(
            "“{name}” failed in {}, the first of them {}: {}",
            questions(arm.failures.len()),
            first.question,
            first.reason
        ));
    }
    if arm.not_reranked > 0 {
        let count = questions(arm.not_reranked as usize);
        lines.push(format!("“{name}” reranked nothing in {count}"));
    }
    if arm.stand_in > 0 {
        let count = questions(arm.stand_in as usize);
        lines.push(format!(
            "in “{name}” the embedder stood in for a reranker that is not on this machine, in {count}"
        ));
    }
    if let Some(comparison) = arm.comparison.as_ref().filter(|found| found.judged_unlike) {
        let difference = comparison.judged_difference.unwrap_or_default();
        lines.push(format!(
            "judged@10 of “{name}” differs by {} from the baseline's: its difference may come of missing judgments",
            signed(difference)
        ));
    }
    lines.extend(
        arm.comparison
            .as_ref()
            .and_then(|found| correction(name, found)),
    );
    lines
}

/// What people's grades make of a difference by those of a language model.
fn correction(name: &str, comparison: &ArmComparisonDto) -> Option<String> {
    let found = comparison.corrected.as_ref()?;
    let (by_people, needed) = (found.by_people, found.needed);
    let own = or_none(found.by_model.map(signed));
    Some(match &found.corrected {
        Some(corrected) => format!(
            "nDCG@10 of “{name}” differs by {} from the baseline's as people would grade, and by {own} as the model does: of {}, people graded {by_people} too",
            with_interval(Some(corrected), signed),
            questions(found.questions as usize),
        ),
        None => format!(
            "the difference of “{name}” is not corrected by people's grades: they graded {by_people} of the questions that are drawn for it, and it takes {needed} (`riddle eval judge --whole`)"
        ),
    })
}

#[cfg(test)]
mod tests {
    use riddle_api::{CorrectedDifferenceDto, EstimateDto};

    use super::*;
    use crate::commands::eval::example;

    #[test]
    fn a_difference_by_a_model_is_told_with_what_people_make_of_it() {
        let mut comparison = example::report().arms[0].comparison.take().expect("one");
        assert_eq!(correction("present", &comparison), None);
        let estimate = EstimateDto {
            n: 150,
            mean: 0.03,
            interval: None,
        };
        let mut found = CorrectedDifferenceDto {
            questions: 150,
            by_people: 24,
            needed: 20,
            by_model: Some(0.05),
            corrected: Some(estimate),
        };
        comparison.corrected = Some(found);
        assert_eq!(
            correction("present", &comparison).expect("a line"),
            "nDCG@10 of “present” differs by +.030 from the baseline's as people would grade, and by +.050 as the model \
             does: of 150 questions, people graded 24 too"
        );
        (found.by_people, found.corrected) = (3, None);
        comparison.corrected = Some(found);
        let refused = correction("present", &comparison).expect("a line");
        assert!(
            refused.contains("they graded 3 of") && refused.contains("it takes 20"),
            "{refused}"
        );
    }
}
