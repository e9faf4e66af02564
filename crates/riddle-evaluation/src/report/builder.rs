use std::collections::BTreeMap;

use riddle_core::{Fusion, Headline, QuestionHalf, QuestionOutcome, RunManifest};

use super::answer_differences::answer_differences;
use super::comparison::comparisons;
use super::cost::{cost, fused_times};
use super::curves::Curves;
use super::figures::{answers, measures};
use super::headline::headline;
use super::headroom::headroom;
use super::kept::{KeptArm, KeptQuestion, Times};
use super::memory::memory_bytes;
use super::slices::{losing_slices, slices};
use super::tuned::tuned;
use super::types::{
    ArmKind, ArmReport, Cost, ExcludedQuestion, Exclusion, HeadlineHalf, JudgedByModel, LostGold,
    QuestionCounts, QuestionFailure, Report, Resampling, TunedFusion,
};
use super::view::{ArmView, RESAMPLES, RESAMPLES_OF_MEANS, View, count};
use crate::model_judge::JudgeAgreement;
use crate::statistics::Clusters;

/// Makes the report of a run from its questions, one after the other; of each it keeps some numbers.
///
/// The weight of a reranker is that of the outcomes, or else that of the manifest; where neither has it, curves that
/// need it are left out.
pub struct ReportBuilder {
    manifest: RunManifest,
    questions: Vec<KeptQuestion>,
    curves: Vec<Option<Curves>>,
    failures: Vec<Vec<QuestionFailure>>,
    /// How many passages are judged by a language model alone, by its name.
    by_model: BTreeMap<String, u32>,
    agreements: Vec<JudgeAgreement>,
}

/// Lost golds that a report names.
const MOST_LOST: usize = 1_000;

/// The one of several reasons that there is most often.
fn most_frequent<'a>(reasons: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    reasons.for_each(|reason| *counts.entry(reason).or_default() += 1);
    let most = counts.into_iter().max_by_key(|(_, count)| *count);
    most.map(|(reason, _)| reason.to_owned())
}

impl ReportBuilder {
    /// For a run without questions yet.
    pub fn new(manifest: &RunManifest) -> Self {
        Self {
            manifest: manifest.clone(),
            questions: Vec::new(),
            curves: manifest.arms.iter().map(Curves::new).collect(),
            failures: vec![Vec::new(); manifest.arms.len()],
            by_model: BTreeMap::new(),
            agreements: Vec::new(),
        }
    }

    /// Names of the language models whose grades count in the questions added so far.
    pub fn judges(&self) -> Vec<String> {
        self.by_model.keys().cloned().collect()
    }

    /// Says what the grades of one of them are worth.
    pub fn add_agreement(&mut self, agreement: JudgeAgreement) {
        self.agreements.push(agreement);
    }

    /// Adds what became of a question. An arm that the outcome lacks has failed.
    pub fn add(&mut self, outcome: &QuestionOutcome) {
        let judges = outcome.question.items.iter();
        for judge in judges.filter_map(|item| item.judge.clone()) {
            *self.by_model.entry(judge).or_default() += 1;
        }
        let kept = KeptQuestion::new(outcome, &self.manifest.arms);
        for (index, arm) in kept.arms.iter().enumerate() {
            if arm.is_none() {
                let made = outcome.arms.get(index);
                let reason = made.and_then(|made| made.failure.clone());
                self.failures[index].push(QuestionFailure {
                    question: kept.id.clone(),
                    reason: reason.unwrap_or_else(|| "there is no result of this arm".to_owned()),
                });
            } else if let (true, Some(curves)) = (kept.is_ranked(), &mut self.curves[index]) {
                curves.add(outcome, index);
            }
        }
        self.questions.push(kept);
    }

    /// Computes the report.
    pub fn finish(self) -> Report {
        let half = if self
            .questions
            .iter()
            .any(|question| question.half == QuestionHalf::Test)
        {
            HeadlineHalf::Test
        } else {
            HeadlineHalf::All
        };
        let tuned = tuned(&self.manifest, &self.questions, half);
        let (tuned, tuned_arm) =
            tuned.map_or((None, None), |(tuned, arm)| (Some(tuned), Some(arm)));
        let view = self.view(half, tuned_arm);
        let arms = self.arms(&view, tuned.as_ref());
        let main = main_arm(&view);
        let slices = slices(&view);
        let mut report = Report {
            headline: Headline {
                en: String::new(),
                zh: String::new(),
            },
            headline_half: half,
            questions: self.counts(&view),
            excluded: self.excluded(),
            lost: self.lost(),
            resampling: resampling(&view),
            tuned,
            arms,
            main: count(main),
            baseline: count(view.baseline),
            cost_baseline: count(self.cost_baseline(&view)),
            losing_slices: losing_slices(&slices, view.ranked.len()),
            slices,
            judges: self.judged_by_models(),
        };
        report.headline = headline(&report);
        report
    }

    fn judged_by_models(&self) -> Vec<JudgedByModel> {
        let agreements = self.agreements.iter();
        let judged = agreements.map(|agreement| JudgedByModel {
            counted: self.by_model.get(&agreement.judge).copied().unwrap_or(0),
            agreement: agreement.clone(),
        });
        judged.collect()
    }

    fn view(&self, half: HeadlineHalf, tuned: Option<ArmView>) -> View<'_> {
        let arms = self.manifest.arms.iter().cloned().enumerate();
        let mut arms: Vec<ArmView> = arms
            .map(|(index, arm)| match self.manifest.is_imported(&arm.name) {
                true => ArmView::of_another_system(index, arm),
                false => ArmView::of_manifest(index, arm),
            })
            .collect();
        let baseline = if tuned.is_some() {
            arms.len()
        } else {
            (self.manifest.baseline as usize).min(arms.len().saturating_sub(1))
        };
        arms.extend(tuned);
        let of_half = |question: &KeptQuestion| {
            half == HeadlineHalf::All || question.half == QuestionHalf::Test
        };
        let questions = self.questions.iter().enumerate();
        let headline: Vec<usize> = questions
            .filter(|(_, question)| of_half(question))
            .map(|(index, _)| index)
            .collect();
        let ranked = headline
            .iter()
            .copied()
            .filter(|index| self.questions[*index].is_ranked())
            .collect();
        let documents = self
            .questions
            .iter()
            .map(|question| question.documents.iter().map(String::as_str));
        View {
            questions: &self.questions,
            arms,
            headline,
            ranked,
            clusters: Clusters::of_shared_documents(documents),
            seed: self.manifest.seed,
            set: self.manifest.set,
            judged_by_model: !self.by_model.is_empty(),
            baseline,
        }
    }

    fn arms(&self, view: &View<'_>, tuned: Option<&TunedFusion>) -> Vec<ArmReport> {
        let mut measures = measures(view).into_iter();
        let mut comparisons = comparisons(view).into_iter();
        let mut answers = answers(view).into_iter();
        let mut answer_differences = answer_differences(view, self.cost_baseline(view)).into_iter();
        let mut costs = self.costs(view, tuned).into_iter();
        let arms = view.arms.iter().enumerate().map(|(index, arm)| ArmReport {
            measures: measures.next().unwrap_or_default(),
            comparison: comparisons.next().flatten(),
            cost: costs.next().unwrap_or_default(),
            answers: answers.next().flatten(),
            answer_differences: answer_differences.next().unwrap_or_default(),
            ..self.arm_alone(view, index, arm)
        });
        arms.collect()
    }

    /// What is said of an arm without a look at the others.
    fn arm_alone(&self, view: &View<'_>, index: usize, arm: &ArmView) -> ArmReport {
        let kept = self.kept(arm);
        let curves = self.curves.get(index).and_then(Option::as_ref);
        let of = |index: &usize| &self.questions[*index];
        let ranked = view.ranked.iter().map(of);
        let in_headline = view.headline.iter().filter_map(|index| arm.kept(of(index)));
        let stand_in = in_headline.clone().filter(|kept| kept.stand_in).count();
        let not_reranked = in_headline.filter_map(|kept| kept.not_reranked.as_deref());
        ArmReport {
            name: arm.settings.name.clone(),
            kind: arm.kind,
            settings: arm.settings.clone(),
            failures: self.failures_of(index, arm),
            not_reranked: count(not_reranked.clone().count()),
            not_reranked_because: most_frequent(not_reranked),
            reranked_by: most_frequent(kept.iter().filter_map(|kept| kept.reranked_by.as_deref())),
            stand_in: count(stand_in),
            weight: kept.iter().find_map(|kept| kept.weight),
            headroom: headroom(ranked.filter_map(|question| arm.ranking(question))),
            depth_curve: curves
                .map(|curves| curves.depth_curve(&kept))
                .unwrap_or_default(),
            weight_curve: curves.map(Curves::weight_curve).unwrap_or_default(),
            // The fallback has a weight of its own, whatever a knowledge base says.
            best_weight: curves
                .filter(|_| stand_in == 0)
                .and_then(Curves::best_weight),
            skip_lead_curve: curves.map(Curves::skip_lead_curve).unwrap_or_default(),
            measures: Vec::new(),
            comparison: None,
            cost: Cost::default(),
            answers: None,
            answer_differences: Vec::new(),
        }
    }

    fn kept<'a>(&'a self, arm: &ArmView) -> Vec<&'a KeptArm> {
        let questions = self.questions.iter();
        questions
            .filter_map(|question| arm.kept(question))
            .collect()
    }

    /// What each arm costs, beside the baseline of costs.
    fn costs(&self, view: &View<'_>, tuned: Option<&TunedFusion>) -> Vec<Cost> {
        let fusion = tuned.map(|tuned| tuned.fusion);
        let times = view.arms.iter().map(|arm| self.times(arm, fusion));
        let times: Vec<Vec<Option<Times>>> = times.collect();
        let baseline = self.cost_baseline(view);
        let costs = view.arms.iter().enumerate().map(|(index, arm)| {
            let others = (index != baseline).then(|| times[baseline].as_slice());
            Cost {
                memory_bytes: memory_bytes(&self.manifest, index, arm),
                ..cost(&self.kept(arm), &times[index], others)
            }
        });
        costs.collect()
    }

    /// What is judged relevant and not in the knowledge base, in all halves.
    fn lost(&self) -> Vec<LostGold> {
        let questions = self.questions.iter();
        let lost = questions.flat_map(|question| question.lost.iter().cloned());
        lost.take(MOST_LOST).collect()
    }

    /// Times of an arm by question. Those of the tuned fusion are of the retrievers that it needs.
    fn times(&self, arm: &ArmView, fusion: Option<Fusion>) -> Vec<Option<Times>> {
        let times = self.questions.iter().map(|question| match arm.kind {
            ArmKind::Manifest | ArmKind::Imported => arm.kept(question).map(|kept| kept.times),
            ArmKind::TunedFusion => arm
                .ranking(question)
                .map(|_| fused_times(&question.retrieval, fusion)),
        });
        times.collect()
    }

    /// The tuned fusion writes no answers, so that its times are no match for those of arms that do.
    fn cost_baseline(&self, view: &View<'_>) -> usize {
        if self.manifest.answers {
            (self.manifest.baseline as usize).min(self.manifest.arms.len().saturating_sub(1))
        } else {
            view.baseline
        }
    }

    fn failures_of(&self, index: usize, arm: &ArmView) -> Vec<QuestionFailure> {
        if let Some(failures) = self.failures.get(index) {
            return failures.clone();
        }
        let failed = self
            .questions
            .iter()
            .filter(|question| arm.ranking(question).is_none());
        let failures = failed.map(|question| QuestionFailure {
            question: question.id.clone(),
            reason: "its candidates were not kept under every fusion".to_owned(),
        });
        failures.collect()
    }

    fn counts(&self, view: &View<'_>) -> QuestionCounts {
        let number = |test: &dyn Fn(&KeptQuestion) -> bool| {
            count(
                self.questions
                    .iter()
                    .filter(|question| test(question))
                    .count(),
            )
        };
        QuestionCounts {
            total: count(self.questions.len()),
            dev: number(&|question| question.half == QuestionHalf::Dev),
            test: number(&|question| question.half == QuestionHalf::Test),
            headline: count(view.headline.len()),
            ranked: count(view.ranked.len()),
            failed: number(&|question| question.arms.iter().any(Option::is_none)),
            unanswerable: number(&|question| question.exclusion == Some(Exclusion::Unanswerable)),
        }
    }

    fn excluded(&self) -> Vec<ExcludedQuestion> {
        let excluded = self.questions.iter().filter_map(|question| {
            Some(ExcludedQuestion {
                question: question.id.clone(),
                reason: question.exclusion?,
            })
        });
        excluded.collect()
    }
}

/// The present setting, or else the first arm that reranks, or else any that is not the baseline.
fn main_arm(view: &View<'_>) -> usize {
    let others = || {
        view.arms
            .iter()
            .enumerate()
            .filter(|(index, _)| *index != view.baseline)
    };
    if view.baseline != 0 {
        return 0;
    }
    let reranking = others().find(|(_, arm)| arm.settings.rerank.is_some());
    reranking
        .or_else(|| others().next())
        .map_or(0, |(index, _)| index)
}

fn resampling(view: &View<'_>) -> Resampling {
    Resampling {
        unit: view.units(&view.ranked).1,
        clusters: view.clusters.of_some(&view.ranked).count(),
        resamples: RESAMPLES,
        resamples_of_means: RESAMPLES_OF_MEANS,
        seed: view.seed,
    }
}
