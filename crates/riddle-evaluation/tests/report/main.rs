//! Reports of made-up runs.
#![expect(
    clippy::expect_used,
    reason = "a test that finds nothing to look at ends with what is wrong"
)]

mod corrected;
mod made_up;

use made_up::{Run, manifest};
use riddle_core::{
    Fusion, GoldPlace, OtherKnowledgeBase, QuestionHalf, QuestionOutcome, QuestionScope,
    RetrievalMode, RunManifest, RunModel,
};
use riddle_evaluation::{
    AnswerMeasure, ArmComparison, ArmKind, ArmReport, Difference, Exclusion, HeadlineHalf, Report,
    ReportBuilder, ResampleUnit, RunDiffBuilder, SettingCurves, SettingPoint, SliceKind, Stage,
    TUNED_ARM, Verdict, WhatIf, WhatIfTrial, question_scores,
};

fn report(run: &Run) -> Report {
    let mut builder = ReportBuilder::new(&run.manifest);
    run.outcomes.iter().for_each(|outcome| builder.add(outcome));
    let report = builder.finish();
    let written = serde_json::to_string(&report).expect("is written");
    // JSON writes a number that is not finite as null, which is not read as a number.
    let read: Report = serde_json::from_str(&written).expect("is read");
    assert_eq!(serde_json::to_string(&read).expect("is written"), written);
    report
}

fn arm<'a>(report: &'a Report, name: &str) -> &'a ArmReport {
    report.arms.iter().find(|arm| arm.name == name).expect(name)
}

fn comparison<'a>(report: &'a Report, name: &str) -> &'a ArmComparison {
    arm(report, name).comparison.as_ref().expect("a comparison")
}

fn difference<'a>(report: &'a Report, name: &str, measure: &str) -> &'a Difference {
    let differences = &comparison(report, name).differences;
    differences
        .iter()
        .find(|difference| difference.measure.to_string() == measure)
        .expect(measure)
}

fn value(report: &Report, name: &str, measure: &str) -> f64 {
    let figures = &arm(report, name).measures;
    let figure = figures
        .iter()
        .find(|figure| figure.measure.to_string() == measure)
        .expect(measure);
    figure.headline.expect("a ranked question").mean
}

/// Every fifth question has its gold first already, the others third; reranking puts it first.
fn winner(questions: usize) -> Run {
    let place = |question: usize| if question.is_multiple_of(5) { 0 } else { 3 };
    Run::new(questions, place, |_| 0)
}

#[test]
fn a_planted_winner_is_better_on_the_test_half() {
    let report = report(&winner(120));
    assert_eq!(report.headline_half, HeadlineHalf::Test);
    assert_eq!(
        (
            report.questions.dev,
            report.questions.test,
            report.questions.ranked
        ),
        (60, 60, 60)
    );
    let tuned = report.tuned.as_ref().expect("a dev half");
    assert_eq!((tuned.dev_questions, tuned.same_questions), (60, false));
    assert_eq!(report.arms[report.baseline as usize].name, TUNED_ARM);
    assert_eq!(
        report.arms[report.baseline as usize].kind,
        ArmKind::TunedFusion
    );
    for measure in ["nDCG@10", "RR@10", "Success@3"] {
        let difference = difference(&report, "present", measure);
        assert_eq!(difference.verdict, Verdict::Better, "{measure}");
        assert_eq!(
            (difference.wins, difference.ties, difference.losses),
            (48, 12, 0),
            "{measure}"
        );
        assert!(difference.p_holm < 0.01 && difference.p_holm >= difference.p);
        assert_eq!(difference.difference.n, 60);
    }
    let found = difference(&report, "present", "nDCG@10");
    assert_eq!(found.arm, 1.0);
    let expected = 0.2 + 0.8 / 5_f64.log2();
    assert!(
        (found.baseline - expected).abs() < 1e-9,
        "{}",
        found.baseline
    );
    let sources = &comparison(&report, "present").sources;
    assert_eq!(
        (
            sources.top_n,
            sources.questions,
            sources.baseline,
            sources.arm
        ),
        (3, 60, 12, 60)
    );
    assert_eq!((sources.gained.len(), sources.lost.len()), (48, 0));
    assert_eq!(
        report.headline.en,
        "Of 60 questions, reranking puts a right source into the top 3 for 48 more and loses it for 0; nDCG@10 .54 → 1.00 \
         (+.40 to +.51) against “tuned fusion, no rerank”; 200 ms of reranking at the median."
    );
    assert!(
        report
            .headline
            .zh
            .starts_with("60 个问题中，与调优后的融合（不重排）相比，重排让 48 个问题"),
        "{}",
        report.headline.zh
    );
}

#[test]
fn a_reranker_that_never_ran_gets_no_verdict() {
    let mut run = winner(120);
    for outcome in &mut run.outcomes {
        let present = &mut outcome.arms[0];
        present.scores.clear();
        present.ranking.clone_from(&present.retrieved);
        present.not_reranked = Some("language_unknown".to_owned());
    }
    let found = report(&run);
    assert_eq!(
        found.headline.en,
        "Nothing was reranked in any of the 60 questions (the reranker does not know their language), so they do not tell \
         what reranking is worth."
    );
    let present = arm(&found, "present");
    assert_eq!(
        present.not_reranked_because.as_deref(),
        Some("language_unknown")
    );
    assert!(present.weight_curve.is_empty() && present.depth_curve.is_empty());
    assert!(present.skip_lead_curve.is_empty() && present.best_weight.is_none());
}

#[test]
fn a_fallback_is_named_and_counts_with_its_own_weight() {
    let mut run = winner(120);
    for outcome in &mut run.outcomes {
        let present = &mut outcome.arms[0];
        present.reranked_by = Some("embedder".to_owned());
        present.stand_in = true;
        present.weight = Some(0.0);
        present.ranking.clone_from(&present.retrieved);
    }
    let found = report(&run);
    let present = arm(&found, "present");
    assert_eq!((present.stand_in, present.weight), (60, Some(0.0)));
    assert!(present.best_weight.is_none());
    assert_eq!(present.reranked_by.as_deref(), Some("embedder"));
    let headline = &found.headline;
    let expected =
        "; in 60 questions the embedder stood in for a reranker that is not on this machine.";
    assert!(headline.en.ends_with(expected), "{}", headline.en);
    assert!(
        headline.zh.contains("由嵌入模型代替重排"),
        "{}",
        headline.zh
    );
    // The manifest says 1, with which the order would be another one.
    let last = present.depth_curve.last().expect("points");
    let dev = present.measures[0].dev.expect("a dev half");
    assert!((last.ndcg_10 - dev).abs() < 1e-9, "{}", last.ndcg_10);
    let mut trial = WhatIfTrial::new(&run.manifest.arms[0], 0, WhatIf::default(), None);
    run.outcomes.iter().for_each(|outcome| trial.add(outcome));
    let own = run
        .outcomes
        .iter()
        .map(|outcome| question_scores(outcome, 0, 3));
    let own: f64 = own.flatten().filter_map(|scores| scores.ndcg_10).sum();
    let tried = trial.finish().ndcg_10.expect("questions");
    assert!((tried - own / 120.0).abs() < 1e-9, "{tried}");
}

#[test]
fn every_reason_for_no_reranking_has_words() {
    for (code, en, zh) in [
        ("found_by_name", "numbers that are found", "编号"),
        (
            "no_reranker",
            "no reranker is on this machine",
            "没有重排模型",
        ),
        ("loading", "still being loaded", "仍在加载"),
        ("load_failed", "cannot be loaded", "无法加载"),
    ] {
        let mut run = winner(20);
        for outcome in &mut run.outcomes {
            outcome.arms[0].scores.clear();
            outcome.arms[0].not_reranked = Some(code.to_owned());
        }
        let headline = report(&run).headline;
        assert!(headline.en.contains(en), "{}", headline.en);
        assert!(headline.zh.contains(zh), "{}", headline.zh);
    }
}

#[test]
fn what_is_not_in_the_knowledge_base_is_named() {
    let mut run = winner(120);
    for outcome in run.outcomes.iter_mut().take(10) {
        outcome.question.items[0].place = GoldPlace::QuoteMissing;
        outcome.candidates[0].item = 99;
    }
    let found = report(&run);
    assert_eq!(found.lost.len(), 10);
    assert_eq!(
        (found.lost[0].question.as_str(), found.lost[0].place),
        ("q0", GoldPlace::QuoteMissing)
    );
    let expected = "; 5 of 60 judged passages are not in the knowledge base";
    assert!(
        found.headline.en.contains(expected),
        "{}",
        found.headline.en
    );
    for outcome in &mut run.outcomes {
        outcome.question.items[0].place = GoldPlace::DocumentMissing;
        outcome.candidates[0].item = 99;
    }
    let none = report(&run);
    assert!(
        none.headline
            .en
            .starts_with("Nothing that is judged relevant"),
        "{}",
        none.headline.en
    );
    assert!(
        none.headline.zh.contains("不在知识库中"),
        "{}",
        none.headline.zh
    );
}

#[test]
fn of_weights_that_are_equal_on_dev_the_own_one_is_best() {
    // The relevant passage is first in any order.
    let run = Run::new(60, |_| 0, |_| 0);
    let best = arm(&report(&run), "present")
        .best_weight
        .expect("a dev half");
    assert_eq!(best.weight, 1.0);
    assert_eq!(best.dev_ndcg_10, 1.0);
}

#[test]
fn an_arm_that_is_there_twice_costs_the_others_nothing() {
    // A weak effect, so that the correction can be seen.
    let place = |question: usize| if question.is_multiple_of(6) { 1 } else { 0 };
    let alone = Run::new(60, place, |_| 0);
    let mut twice = Run::new(60, place, |_| 0);
    let again = twice.manifest.arms[0].clone();
    twice.manifest.arms.push(again);
    twice.manifest.arms[3].name = "present, again".to_owned();
    for outcome in &mut twice.outcomes {
        let again = outcome.arms[0].clone();
        outcome.arms.push(again);
    }
    let (alone, twice) = (report(&alone), report(&twice));
    let p = |report: &Report, name: &str| difference(report, name, "nDCG@10").p_holm;
    assert!(p(&alone, "present") > 0.0);
    assert_eq!(p(&twice, "present"), p(&twice, "present, again"));
    assert!((p(&twice, "present") - p(&alone, "present")).abs() < 0.01);
}

#[test]
fn another_language_model_is_a_further_finding_of_answers_and_none_of_rankings() {
    // A weak effect in the test half, so that the correction can be seen.
    let place = |question: usize| usize::from(question % 12 == 1);
    let mut run = Run::new(60, place, |_| 0);
    run.manifest.answers = true;
    let mut other = run.manifest.arms[0].clone();
    other.name = "other model".to_owned();
    other.chat_model = Some("other".to_owned());
    run.manifest.arms.push(other);
    for outcome in &mut run.outcomes {
        made_up::answer(outcome, 0, 400.0);
        made_up::answer(outcome, 1, 400.0);
        let missed = outcome.arms[1].ranking[0] != 0;
        let plain = outcome.arms[1].answer.as_mut().expect("an answer");
        if missed {
            plain.text = "Nobody knows.".to_owned();
        }
        let again = outcome.arms[0].clone();
        outcome.arms.push(again);
    }
    let report = report(&run);
    for name in ["present", "other model"] {
        // Both search alike, so that there are two ways to rank beside the baseline.
        let ranked = difference(&report, name, "nDCG@10");
        assert_eq!((ranked.wins, ranked.losses), (5, 0));
        assert!(ranked.p > 0.03 && ranked.p < 0.1, "{}", ranked.p);
        assert!((ranked.p_holm - 2.0 * ranked.p).abs() < 1e-9, "{name}");
        let answers = &arm(&report, name).answer_differences;
        let contains = answers
            .iter()
            .find(|found| found.measure == AnswerMeasure::ContainsAnswer);
        let contains = contains.expect("both have answers");
        assert_eq!((contains.wins, contains.losses), (5, 0));
        assert!((contains.p_holm - 2.0 * contains.p).abs() < 1e-9, "{name}");
    }
}

#[test]
fn the_present_setting_once_more_differs_from_itself_by_nothing() {
    let mut run = Run::new(60, |question| question % 6, |question| (question * 7) % 5);
    run.manifest.arms[2] = run.manifest.arms[0].clone();
    run.manifest.arms[2].name = "once more".to_owned();
    for outcome in &mut run.outcomes {
        outcome.arms[2] = outcome.arms[0].clone();
        outcome.fusions.clear();
    }
    run.manifest.baseline = 0;
    let report = report(&run);
    assert_eq!(report.tuned, None);
    assert_eq!(report.baseline, 0);
    for measure in ["nDCG@10", "RR@10", "Success@3"] {
        let difference = difference(&report, "once more", measure);
        assert_eq!(
            (difference.p, difference.wins, difference.losses),
            (1.0, 0, 0)
        );
        assert_eq!(difference.verdict, Verdict::Same);
        assert_eq!(difference.effect_size, None);
    }
    let found = comparison(&report, "once more");
    assert_eq!((found.by_question.len(), found.judged_unlike), (0, false));
}

#[test]
fn chance_alone_is_not_called_a_difference() {
    // Half of the questions gain what the other half loses.
    let place = |question: usize| 1 + question / 2 % 2;
    let report = report(&Run::new(80, place, |question| 1 + question / 4 % 2));
    let difference = difference(&report, "present", "nDCG@10");
    let Verdict::NotDistinguishable { questions_needed } = difference.verdict else {
        panic!("{difference:?}");
    };
    assert!(
        questions_needed.is_none_or(|needed| needed > 40),
        "{questions_needed:?}"
    );
    assert!(
        report
            .headline
            .en
            .starts_with("40 questions cannot tell whether reranking is better"),
        "{}",
        report.headline.en
    );
    assert!(
        report
            .headline
            .zh
            .starts_with("40 个问题不足以判断重排是否优于"),
        "{}",
        report.headline.zh
    );
}

#[test]
fn a_loser_is_named_as_one() {
    let report = report(&Run::new(80, |_| 0, |question| 2 + question % 3));
    assert_eq!(
        difference(&report, "present", "nDCG@10").verdict,
        Verdict::Worse
    );
    assert!(
        report
            .headline
            .en
            .contains("which is worse than “tuned fusion, no rerank”"),
        "{}",
        report.headline.en
    );
    assert!(
        report.headline.zh.contains("，不如调优后的融合"),
        "{}",
        report.headline.zh
    );
}

#[test]
fn failed_questions_are_named_and_left_out_of_pairs() {
    let mut run = winner(100);
    for outcome in run
        .outcomes
        .iter_mut()
        .filter(|outcome| outcome.question.half == QuestionHalf::Test)
        .take(7)
    {
        outcome.arms[0] = made_up::failed("reranker_failed");
    }
    let report = report(&run);
    let present = arm(&report, "present");
    assert_eq!(present.failures.len(), 7);
    assert!(
        present
            .failures
            .iter()
            .all(|failure| failure.reason == "reranker_failed")
    );
    assert_eq!(report.questions.failed, 7);
    assert_eq!(difference(&report, "present", "nDCG@10").difference.n, 43);
    assert_eq!(comparison(&report, "present").sources.questions, 43);
    assert_eq!(value(&report, "present", "nDCG@10"), 1.0);
    let other = difference(&report, "plain", "nDCG@10");
    assert_eq!(other.difference.n, 50);
}

#[test]
fn without_a_dev_half_nothing_is_tuned() {
    let mut run = winner(40);
    run.outcomes
        .iter_mut()
        .for_each(|outcome| outcome.question.half = QuestionHalf::Test);
    let report = report(&run);
    assert_eq!(report.tuned, None);
    assert_eq!(report.arms.len(), 3);
    assert_eq!(report.arms[report.baseline as usize].name, "plain");
    assert!(report.arms.iter().all(|arm| arm.best_weight.is_none()));
    assert_eq!(
        difference(&report, "present", "nDCG@10").verdict,
        Verdict::Better
    );
}

#[test]
fn without_a_test_half_the_tuned_fusion_says_that_it_is_flattered() {
    let mut run = winner(40);
    run.manifest.questions = QuestionScope::Dev;
    run.outcomes
        .iter_mut()
        .for_each(|outcome| outcome.question.half = QuestionHalf::Dev);
    let report = report(&run);
    assert_eq!(report.headline_half, HeadlineHalf::All);
    assert!(report.tuned.expect("dev").same_questions);
    assert_eq!(report.questions.ranked, 40);
    assert!(
        report.arms[0]
            .best_weight
            .expect("dev")
            .test_ndcg_10
            .is_none()
    );
}

#[test]
fn the_fusion_that_is_best_on_dev_is_reported_on_test() {
    let mut run = winner(60);
    for outcome in &mut run.outcomes {
        let best = if outcome.question.half == QuestionHalf::Dev {
            3
        } else {
            8
        };
        outcome.fusions[best] = made_up::order(0);
    }
    let report = report(&run);
    let tuned = report.tuned.as_ref().expect("dev");
    assert_eq!(tuned.fusion, Fusion::Weighted { dense_weight: 0.3 });
    assert_eq!(tuned.dev_ndcg_10, 1.0);
    assert!(value(&report, TUNED_ARM, "nDCG@10") < 0.6);
}

#[test]
fn one_question_says_nothing_about_others() {
    let mut run = winner(2);
    run.outcomes.remove(0);
    let report = report(&run);
    let difference = difference(&report, "present", "nDCG@10");
    assert_eq!(
        (difference.difference.n, difference.difference.interval),
        (1, None)
    );
    assert_eq!(
        difference.verdict,
        Verdict::NotDistinguishable {
            questions_needed: None
        }
    );
    assert!(
        report.headline.en.starts_with("1 question cannot tell"),
        "{}",
        report.headline.en
    );
}

#[test]
fn questions_without_anything_relevant_are_named() {
    let mut run = winner(40);
    run.outcomes[0].question.items.clear();
    run.outcomes[1].question.items[0].grade = 0;
    run.outcomes[2].question.unanswerable = true;
    let report = report(&run);
    let reasons: Vec<Exclusion> = report
        .excluded
        .iter()
        .map(|excluded| excluded.reason)
        .collect();
    assert_eq!(
        reasons,
        [
            Exclusion::NothingRelevant,
            Exclusion::NothingRelevant,
            Exclusion::Unanswerable
        ]
    );
    assert_eq!(
        (report.questions.headline, report.questions.ranked),
        (20, 19)
    );
    assert_eq!(report.questions.unanswerable, 1);
    assert_eq!(value(&report, "present", "nDCG@10"), 1.0);
}

#[test]
fn a_run_without_judgments_or_arms_or_questions_is_reported_as_such() {
    let mut run = winner(10);
    run.outcomes
        .iter_mut()
        .for_each(|outcome| outcome.question.items.clear());
    let unjudged = report(&run);
    assert_eq!(
        unjudged.headline.en,
        "None of the 5 questions has a relevant passage to look for, so rankings cannot be measured."
    );
    assert!(
        unjudged
            .arms
            .iter()
            .all(|arm| arm.headroom.is_none() && arm.comparison.is_none())
    );
    run.outcomes.clear();
    assert_eq!(report(&run).questions.total, 0);
    let mut run = winner(10);
    run.manifest.arms.clear();
    assert_eq!(
        report(&run).headline.en,
        "No question has a result to report."
    );
    let mut run = winner(10);
    run.outcomes
        .iter_mut()
        .flat_map(|outcome| &mut outcome.arms)
        .for_each(|arm| *arm = made_up::failed("no_model"));
    let failed = report(&run);
    assert_eq!(failed.headline.en, "No question has a result to report.");
    assert_eq!(failed.arms[1].failures.len(), 10);
}

#[test]
fn gold_is_counted_where_it_is_lost() {
    let mut run = Run::new(40, |question| question % 4, |question| question % 4);
    for (number, outcome) in run.outcomes.iter_mut().enumerate() {
        let item = &mut outcome.question.items[0];
        match number {
            0..4 => item.place = riddle_core::GoldPlace::DocumentMissing,
            4..8 => item.place = riddle_core::GoldPlace::QuoteMissing,
            8..12 => {}
            _ => continue,
        }
        made_up::lose(outcome);
    }
    let report = report(&run);
    let headroom = arm(&report, "present")
        .headroom
        .as_ref()
        .expect("ranked questions");
    let golds = headroom.golds;
    assert_eq!(
        (
            golds.total,
            golds.document_missing,
            golds.quote_missing,
            golds.not_retrieved
        ),
        (20, 2, 2, 2)
    );
    // Places 1 and 3 are those of the test half; three passages are kept.
    assert_eq!((golds.below_top_n, golds.used, golds.not_cited), (7, 7, 0));
    assert_eq!(headroom.questions, golds);
    assert!((headroom.candidate_recall - 0.7).abs() < 1e-12);
    assert!((headroom.perfect_ndcg_10 - 0.7).abs() < 1e-12);
    assert!(headroom.ndcg_10 < 0.5);
}

#[test]
fn a_passage_that_the_reranker_read_in_part_is_lost_there() {
    let mut run = Run::new(40, |_| 7, |question| question % 8);
    let whole = report(&run);
    for outcome in &mut run.outcomes {
        let kept = run.manifest.arms[0].top_n as usize;
        let below = outcome.arms[0].ranking.iter().skip(kept);
        outcome.arms[0].cut = below.copied().collect();
    }
    let cut = report(&run);
    let golds = |report: &Report| {
        let headroom = arm(report, "present").headroom.as_ref();
        headroom.expect("ranked questions").golds
    };
    assert!(golds(&whole).below_top_n > 0);
    assert_eq!(golds(&cut).cut, golds(&whole).below_top_n);
    assert_eq!((golds(&cut).below_top_n, golds(&whole).cut), (0, 0));
    assert_eq!(golds(&cut).used, golds(&whole).used);
}

#[test]
fn curves_end_where_the_arm_stands() {
    let report = report(&winner(60));
    let present = arm(&report, "present");
    let depths: Vec<u32> = present
        .depth_curve
        .iter()
        .map(|point| point.depth)
        .collect();
    assert_eq!(depths, [0, 1, 2, 3, 5, 10]);
    let (first, last) = (present.depth_curve[0], present.depth_curve[5]);
    assert_eq!((first.rerank_ms, last.rerank_ms), (Some(0.0), Some(200.0)));
    assert_eq!(last.ndcg_10, 1.0);
    assert!((first.ndcg_10 - value(&report, "plain", "nDCG@10")).abs() < 1e-12);
    assert_eq!(present.weight_curve.len(), 11);
    assert!((present.weight_curve[0].ndcg_10 - first.ndcg_10).abs() < 1e-12);
    assert_eq!(present.weight_curve[10].ndcg_10, 1.0);
    let best = present.best_weight.expect("dev");
    assert_eq!((best.dev_ndcg_10, best.test_ndcg_10), (1.0, Some(1.0)));
    let always = present.skip_lead_curve.last().expect("points");
    assert_eq!(
        (always.skip_lead, always.reranked, always.ndcg_10),
        (None, 1.0, 1.0)
    );
    let shares: Vec<f64> = present
        .skip_lead_curve
        .iter()
        .map(|point| point.reranked)
        .collect();
    // The first candidate leads by a ninth of the range: the first two bounds spare all questions.
    assert_eq!((&shares[..2], shares[2]), (&[0.0, 0.0][..], 1.0));
    assert_eq!(present.skip_lead_curve[0].ndcg_10, first.ndcg_10);
    assert!(arm(&report, "plain").depth_curve.is_empty());
}

#[test]
fn times_are_compared_question_by_question() {
    let report = report(&winner(60));
    let present = &arm(&report, "present").cost;
    let rerank = present
        .stages
        .iter()
        .find(|cost| cost.stage == Stage::Rerank)
        .expect("it ran");
    assert_eq!(
        (rerank.n, rerank.p50, rerank.p95, rerank.p99),
        (60, 200.0, 200.0, 200.0)
    );
    assert_eq!(rerank.distribution, [200.0; 21]);
    let interval = rerank.p99_interval.expect("more than one time");
    assert_eq!((interval.low, interval.high), (200.0, 200.0));
    let total = present.total.expect("both ran");
    // Retrieval takes 10 ms, and the same in both.
    assert_eq!(
        (total.n, total.median_difference, total.median_ratio),
        (60, 200.0, Some(21.0))
    );
    assert_eq!(present.reranked_tokens, Some(900.0));
    assert!(
        present
            .stages
            .iter()
            .all(|cost| cost.stage != Stage::Prefill)
    );
    assert_eq!(report.cost_baseline, report.baseline);
}

#[test]
fn an_arm_takes_the_memory_of_its_models() {
    let mut run = winner(60);
    assert_eq!(arm(&report(&run), "present").cost.memory_bytes, Some(0));
    run.manifest.models = vec![
        model("embed", Some(200), &[0, 1]),
        model("rerank", Some(130), &[0]),
        model("chat", None, &[0, 2]),
    ];
    let found = report(&run);
    let memory = |name: &str| arm(&found, name).cost.memory_bytes;
    // That of another server's model is not known, and the fusion needs the embedder alone.
    assert_eq!(memory("present"), Some(330));
    assert_eq!(memory("plain"), Some(200));
    assert_eq!(memory("plain once more"), None);
    assert_eq!(memory(TUNED_ARM), Some(200));
    // A run of an older version does not say which arms needed which models.
    for model in &mut run.manifest.models {
        model.arms.clear();
    }
    let found = report(&run);
    assert!(found.arms.iter().all(|arm| arm.cost.memory_bytes.is_none()));
    // Where all search by words alone, none needed one.
    for arm in &mut run.manifest.arms {
        (arm.mode, arm.rerank) = (RetrievalMode::Bm25, None);
    }
    let found = report(&run);
    assert_eq!(arm(&found, "present").cost.memory_bytes, Some(0));
}

#[test]
fn the_tuned_fusion_needs_vectors_where_any_knowledge_base_has_them() {
    let mut run = winner(60);
    let mode = |run: &Run| arm(&report(run), TUNED_ARM).settings.mode;
    run.manifest.embedder = None;
    assert_eq!(mode(&run), RetrievalMode::Bm25);
    run.manifest.others = vec![OtherKnowledgeBase {
        knowledge_base: run.manifest.knowledge_base.clone(),
        embedder: Some("fingerprint".to_owned()),
    }];
    assert_eq!(mode(&run), RetrievalMode::Hybrid);
}

#[test]
fn what_models_take_is_no_change_between_runs() {
    let manifest = |models: Vec<RunModel>| RunManifest {
        models,
        ..winner(4).manifest
    };
    let changed = |before: RunManifest, after: RunManifest| -> Vec<String> {
        let diff = RunDiffBuilder::new(&before, &after, (0, 0)).finish();
        diff.changes.into_iter().map(|change| change.what).collect()
    };
    let before = manifest(vec![model("rerank", None, &[])]);
    let mut after = manifest(vec![model("rerank", Some(130), &[0])]);
    assert_eq!(changed(before.clone(), after.clone()), [""; 0]);
    after.models[0].device = "cuda:0".to_owned();
    assert_eq!(changed(before, after), ["models.a model to rerank.device"]);
}

fn model(role: &str, memory_bytes: Option<u64>, arms: &[u32]) -> RunModel {
    RunModel {
        name: format!("a model to {role}"),
        role: role.to_owned(),
        device: "cpu".to_owned(),
        fingerprint: None,
        bytes_on_disk: None,
        memory_bytes,
        arms: arms.to_vec(),
    }
}

#[test]
fn answers_are_compared_with_arms_that_answer() {
    let mut run = winner(60);
    run.manifest.answers = true;
    for outcome in &mut run.outcomes {
        made_up::answer(outcome, 0, 400.0);
        made_up::answer(outcome, 1, 1_200.0);
        outcome.arms[0].timings.decode_ms = Some(90.0);
        outcome.arms[1].timings.decode_ms = Some(180.0);
    }
    let report = report(&run);
    assert_eq!(report.arms[report.cost_baseline as usize].name, "plain");
    let first = arm(&report, "present").cost.first_token.expect("answers");
    assert_eq!(first.median_difference, -800.0);
    // Writing 9 tokens takes 90 ms in one arm, and 180 ms in the other.
    let cost = &arm(&report, "present").cost;
    let each = cost.stages.iter().find(|cost| cost.stage == Stage::Token);
    assert_eq!(each.map(|each| (each.n, each.p50)), Some((60, 10.0)));
    let token = cost.token.expect("answers");
    assert_eq!((token.n, token.median_ratio), (60, Some(0.5)));
    assert!(
        report
            .headline
            .en
            .contains("; answers start 3.0 times sooner than with “plain”; 200 ms of reranking"),
        "{}",
        report.headline.en
    );
    let answers = arm(&report, "present").answers.as_ref().expect("answers");
    assert_eq!(
        answers.contains_answer.map(|estimate| estimate.mean),
        Some(1.0)
    );
    assert_eq!(
        answers.citation_precision.map(|estimate| estimate.mean),
        Some(1.0)
    );
    assert_eq!(arm(&report, TUNED_ARM).answers, None);
    assert_eq!(arm(&report, TUNED_ARM).answer_differences, []);
    assert_eq!(arm(&report, "plain").answer_differences, []);
}

#[test]
fn answers_are_tested_question_by_question() {
    let mut run = winner(120);
    run.manifest.answers = true;
    for outcome in &mut run.outcomes {
        made_up::answer(outcome, 0, 400.0);
        made_up::answer(outcome, 1, 400.0);
        let missed = !outcome.arms[1].ranking[..3].contains(&0);
        let plain = outcome.arms[1].answer.as_mut().expect("an answer");
        if missed {
            plain.text = "Nobody knows.".to_owned();
        }
    }
    let report = report(&run);
    let found = &arm(&report, "present").answer_differences;
    let of = |measure| found.iter().find(|found| found.measure == measure);
    let contains = of(AnswerMeasure::ContainsAnswer).expect("both have answers");
    assert_eq!((contains.baseline, contains.arm), (0.2, 1.0));
    assert_eq!((contains.wins, contains.ties, contains.losses), (48, 12, 0));
    assert_eq!(contains.verdict, Verdict::Better);
    assert!(contains.p_holm >= contains.p && contains.p_holm < 0.01);
    assert_eq!(contains.difference.n, 60);
    // Where the prompt has no relevant passage, nothing can be recalled: those questions are no pairs.
    let recall = of(AnswerMeasure::CitationRecall).expect("some have both");
    assert_eq!((recall.difference.n, recall.ties), (12, 12));
}

#[test]
fn a_slice_that_loses_is_named_beside_a_winner() {
    let chinese = |question: usize| question % 10 >= 8;
    let mut run = Run::new(
        200,
        move |question| if chinese(question) { 0 } else { 4 },
        move |question| if chinese(question) { 2 } else { 0 },
    );
    for (number, outcome) in run.outcomes.iter_mut().enumerate() {
        outcome.question.language = Some(if chinese(number) { "zh" } else { "en" }.to_owned());
    }
    let report = report(&run);
    assert_eq!(
        difference(&report, "present", "nDCG@10").verdict,
        Verdict::Better
    );
    let losing: Vec<(u32, SliceKind, &str)> = report
        .losing_slices
        .iter()
        .map(|slice| (slice.arm, slice.kind, slice.value.as_str()))
        .collect();
    assert_eq!(losing, [(0, SliceKind::Language, "zh")]);
    assert!(
        report
            .headline
            .en
            .contains("; but it loses on 20 questions, those in Chinese (−.50 to −.50)"),
        "{}",
        report.headline.en
    );
    assert!(
        report
            .headline
            .zh
            .contains("；但在 20 个问题上变差：中文问题"),
        "{}",
        report.headline.zh
    );
    let languages = report
        .slices
        .iter()
        .filter(|slice| slice.kind == SliceKind::Language);
    assert_eq!(languages.map(|slice| slice.questions).sum::<u32>(), 100);
}

#[test]
fn questions_of_one_document_are_drawn_one_by_one_and_the_report_says_so() {
    let mut run = winner(60);
    assert_eq!(report(&run).resampling.unit, ResampleUnit::Cluster);
    run.outcomes
        .iter_mut()
        .for_each(|outcome| outcome.question.items[0].document = "one.pdf".to_owned());
    let report = report(&run);
    assert_eq!(
        (report.resampling.unit, report.resampling.clusters),
        (ResampleUnit::Question, 1)
    );
    let interval = difference(&report, "present", "nDCG@10")
        .difference
        .interval
        .expect("drawn");
    assert!(interval.high - interval.low > 0.01, "{interval:?}");
}

#[test]
fn the_same_run_has_the_same_report() {
    let run = winner(60);
    assert_eq!(report(&run), report(&run));
}

#[test]
fn other_settings_are_tried_on_the_scores() {
    let run = winner(60);
    let try_out = |settings: WhatIf| {
        let mut trial =
            WhatIfTrial::new(&run.manifest.arms[0], 0, settings, Some(QuestionHalf::Test));
        run.outcomes.iter().for_each(|outcome| trial.add(outcome));
        trial.finish()
    };
    let present = try_out(WhatIf::default());
    assert_eq!(
        (present.questions, present.ndcg_10, present.success_top_n),
        (30, Some(1.0), Some(1.0))
    );
    assert_eq!(
        (present.reranked, present.rerank_ms),
        (Some(1.0), Some(200.0))
    );
    let shallow = try_out(WhatIf {
        depth: Some(3),
        ..WhatIf::default()
    });
    assert_eq!(
        (shallow.success_top_n, shallow.rerank_ms),
        (Some(0.2), Some(60.0))
    );
    let wide = try_out(WhatIf {
        depth: Some(3),
        top_n: Some(4),
        ..WhatIf::default()
    });
    assert_eq!(wide.success_top_n, Some(1.0));
    // As many candidates are searched for as are kept, and the list ends with them: what is fourth is not in it.
    let shallowest = try_out(WhatIf {
        depth: Some(1),
        ..WhatIf::default()
    });
    assert_eq!(shallowest, shallow);
    assert_eq!(shallow.ndcg_10, Some(0.2));
    // Without rerank the list stays as long as it was.
    let none = try_out(WhatIf {
        depth: Some(0),
        ..WhatIf::default()
    });
    assert_eq!((none.reranked, none.rerank_ms), (Some(0.0), Some(0.0)));
    assert!(none.ndcg_10 > shallow.ndcg_10, "{none:?}");
    let never = try_out(WhatIf {
        skip_lead: Some(0.01),
        ..WhatIf::default()
    });
    assert_eq!((never.reranked, never.rerank_ms), (Some(0.0), Some(0.0)));
    let fused = try_out(WhatIf {
        weight: Some(0.0),
        ..WhatIf::default()
    });
    assert_eq!(fused.ndcg_10, never.ndcg_10);
}

#[test]
fn curves_of_settings_pass_through_what_trials_give() {
    let run = winner(60);
    let arms = &run.manifest.arms;
    let along = |arm: usize, settings: WhatIf| {
        let mut curves = SettingCurves::new(&arms[arm], arm, settings);
        run.outcomes.iter().for_each(|outcome| curves.add(outcome));
        curves.finish()
    };
    let trial = |settings: WhatIf| {
        let mut trial = WhatIfTrial::new(&arms[0], 0, settings, Some(QuestionHalf::Dev));
        run.outcomes.iter().for_each(|outcome| trial.add(outcome));
        trial.finish()
    };
    let settings = WhatIf {
        depth: Some(3),
        ..WhatIf::default()
    };
    let curves = along(0, settings);
    let at = |curve: &[SettingPoint], setting: f64| {
        let point = curve.iter().find(|point| point.setting == setting);
        *point.expect("a point")
    };
    let settings_of =
        |curve: &[SettingPoint]| curve.iter().map(|point| point.setting).collect::<Vec<_>>();
    assert_eq!(
        settings_of(&curves.by_depth),
        [0.0, 1.0, 2.0, 3.0, 5.0, 10.0]
    );
    assert_eq!(settings_of(&curves.by_top_n), [1.0, 2.0, 3.0, 5.0, 10.0]);
    assert_eq!(
        (curves.by_weight.len(), at(&curves.by_weight, 0.3).setting),
        (11, 0.3)
    );
    let deep = trial(WhatIf {
        depth: Some(5),
        ..settings
    });
    let point = at(&curves.by_depth, 5.0);
    assert_eq!(
        (Some(point.ndcg_10), Some(point.success_top_n)),
        (deep.ndcg_10, deep.success_top_n)
    );
    assert_eq!(point.success_top_n, 1.0);
    // What is fourth of the candidates is among five that are kept.
    assert_eq!(at(&curves.by_top_n, 3.0).success_top_n, 0.2);
    assert_eq!(at(&curves.by_top_n, 5.0).success_top_n, 1.0);
    let plain = along(1, WhatIf::default());
    assert!(plain.by_weight.is_empty() && plain.by_depth.is_empty());
    assert_eq!(at(&plain.by_top_n, 3.0).success_top_n, 0.2);
}

#[test]
fn runs_differ_in_every_measure_that_arms_are_compared_by() {
    let run = winner(60);
    let mut builder = RunDiffBuilder::new(&run.manifest, &run.manifest, (1, 0));
    for outcome in &run.outcomes {
        builder.add_before(outcome);
        builder.add_after(outcome);
    }
    let diff = builder.finish();
    let names: Vec<String> = diff
        .differences
        .iter()
        .map(|found| found.measure.to_string())
        .collect();
    let report = report(&run);
    let of_arms: Vec<String> = comparison(&report, "present")
        .differences
        .iter()
        .map(|found| found.measure.to_string())
        .collect();
    assert_eq!(names, of_arms);
    assert_eq!(names[0], "nDCG@10");
    assert_eq!(Some(diff.differences[0].difference), diff.difference);
    let of = |name: &str| {
        let place = names.iter().position(|known| known == name);
        diff.differences[place.expect(name)]
    };
    let success = of("Success@3");
    assert_eq!((success.before, success.after), (0.2, 1.0));
    assert_eq!(success.difference.n, 60);
    assert_eq!(of("R@10").difference.mean, 0.0);
}

#[test]
fn runs_that_count_by_other_judges_say_so() {
    let run = winner(4);
    let mut builder = RunDiffBuilder::new(&run.manifest, &run.manifest, (1, 0));
    let mut judged = run.outcomes[0].clone();
    builder.add_before(&judged);
    judged.question.items[0].judge = Some("model".to_owned());
    builder.add_after(&judged);
    let changes = builder.finish().changes;
    let [change] = changes.as_slice() else {
        panic!("{changes:?}");
    };
    assert_eq!((change.what.as_str(), &change.before), ("judges", &None));
    assert_eq!(change.after.as_deref(), Some("model"));
}

#[test]
fn a_question_has_scores_of_its_own() {
    let mut run = winner(4);
    let scores = |outcome: &QuestionOutcome, arm| question_scores(outcome, arm, 3);
    let found = scores(&run.outcomes[1], 1).expect("a result");
    assert_eq!(
        (found.first_relevant_rank, found.success_top_n, found.rr_10),
        (Some(4), Some(false), Some(0.25))
    );
    assert!((found.judged_10 - 0.1).abs() < 1e-12);
    run.outcomes[1].arms[1] = made_up::failed("no_model");
    assert_eq!(scores(&run.outcomes[1], 1), None);
    run.outcomes[2].question.items.clear();
    assert_eq!(scores(&run.outcomes[2], 1).expect("a result").ndcg_10, None);
}

#[test]
fn an_empty_manifest_has_a_report() {
    let report = ReportBuilder::new(&manifest(Vec::new())).finish();
    assert_eq!(report.arms.len(), 0);
}

#[test]
fn a_run_without_rerank_speaks_of_the_present_setting() {
    let mut run = winner(60);
    for outcome in &mut run.outcomes {
        outcome.arms.remove(0);
    }
    run.manifest.arms.remove(0);
    run.manifest.baseline = 0;
    let two = report(&run);
    assert!(
        two.headline.en.starts_with(
            "Of 30 questions, the present setting puts a right source into the top 3 for 0 more"
        ),
        "{}",
        two.headline.en
    );
    assert!(
        two.headline
            .en
            .contains("the same as “tuned fusion, no rerank” within ±.01, so take the cheaper")
    );
    run.manifest.arms.truncate(1);
    for outcome in &mut run.outcomes {
        outcome.arms.truncate(1);
        outcome.fusions.clear();
    }
    let alone = report(&run);
    assert!(
        alone.headline.en.starts_with("Of 30 questions, the present setting puts a right source into the top 3 for 6; nDCG@10 .54 ("),
        "{}",
        alone.headline.en
    );
    assert!(
        alone.headline.zh.ends_with("没有可比较的方案。"),
        "{}",
        alone.headline.zh
    );
}

#[test]
fn slices_that_look_bad_by_chance_are_not_named() {
    let mix = |question: usize, salt: usize| (question * 7_919 + salt) * 104_729 % 1_009 % 4;
    let mut run = Run::new(
        480,
        |question| mix(question, 3),
        |question| mix(question, 50),
    );
    for (number, outcome) in run.outcomes.iter_mut().enumerate() {
        outcome.question.language = Some(format!("l{}", number / 2 * 31 % 240 % 40));
    }
    let report = report(&run);
    let is_below = |slice: &&riddle_evaluation::Slice| {
        let difference = slice.arms[0].difference.expect("pairs");
        difference
            .interval
            .is_some_and(|interval| interval.high < 0.0)
    };
    let below = report.slices.iter().filter(is_below).count();
    assert!(
        report.slices.len() > 30 && below > 0,
        "{below} of {}",
        report.slices.len()
    );
    assert_eq!(report.losing_slices, []);
}

#[test]
fn the_last_passage_that_is_kept_counts() {
    // From rank 3, the last that is kept, to rank 4; and back in the other half of the questions.
    let turn = |question: usize| question / 2 % 2;
    let report = report(&Run::new(
        40,
        |question| 2 + turn(question),
        |question| 3 - turn(question),
    ));
    let sources = &comparison(&report, "present").sources;
    assert_eq!((sources.baseline, sources.arm), (10, 10));
    assert_eq!((sources.gained.len(), sources.lost.len()), (10, 10));
    let moves: Vec<(Option<u32>, Option<u32>, u32)> = comparison(&report, "present")
        .rank_moves
        .iter()
        .map(|moved| (moved.from, moved.to, moved.questions))
        .collect();
    assert_eq!(moves, [(Some(3), Some(4), 10), (Some(4), Some(3), 10)]);
}
