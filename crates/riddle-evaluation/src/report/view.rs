use riddle_core::{EvaluationArm, EvaluationSetId, QuestionHalf};

use super::kept::{KeptArm, KeptQuestion, KeptRanking};
use super::types::{ArmKind, ResampleUnit};
use crate::statistics::Clusters;

/// Draws for differences from the baseline, and sign flips.
pub(super) const RESAMPLES: u32 = 10_000;
/// Draws for other intervals.
pub(super) const RESAMPLES_OF_MEANS: u32 = 2_000;
/// With fewer groups of questions than this, an interval from drawing them says little.
const FEWEST_CLUSTERS: u32 = 10;

/// All that a run kept, as the parts of the report look at it.
pub(super) struct View<'a> {
    pub(super) questions: &'a [KeptQuestion],
    pub(super) arms: Vec<ArmView>,
    /// Questions of the headline half, as indices.
    pub(super) headline: Vec<usize>,
    /// Those of them that count in measures of rankings.
    pub(super) ranked: Vec<usize>,
    /// Groups of all questions.
    pub(super) clusters: Clusters,
    pub(super) seed: u64,
    /// The set that the questions are of.
    pub(super) set: EvaluationSetId,
    /// Whether grades of a language model count.
    pub(super) judged_by_model: bool,
    /// Index of the arm that quality is compared with.
    pub(super) baseline: usize,
}

/// An arm of the report.
pub(super) struct ArmView {
    pub(super) kind: ArmKind,
    pub(super) settings: EvaluationArm,
    source: Source,
}

enum Source {
    Arm(usize),
    Fusion(usize),
}

impl ArmView {
    pub(super) fn of_manifest(index: usize, settings: EvaluationArm) -> Self {
        Self {
            kind: ArmKind::Manifest,
            settings,
            source: Source::Arm(index),
        }
    }

    pub(super) fn of_another_system(index: usize, settings: EvaluationArm) -> Self {
        Self {
            kind: ArmKind::Imported,
            ..Self::of_manifest(index, settings)
        }
    }

    pub(super) fn of_fusion(index: usize, settings: EvaluationArm) -> Self {
        Self {
            kind: ArmKind::TunedFusion,
            settings,
            source: Source::Fusion(index),
        }
    }

    /// Whether another arm searches in the same way, whichever model answers.
    pub(super) fn ranks_the_same(&self, other: &Self) -> bool {
        if self.kind == ArmKind::Imported {
            return other.kind == self.kind && self.settings.name == other.settings.name;
        }
        let named_alike = EvaluationArm {
            name: other.settings.name.clone(),
            chat_model: other.settings.chat_model.clone(),
            ..self.settings.clone()
        };
        self.kind == other.kind && named_alike == other.settings
    }

    /// Whether another arm searches and answers in the same way.
    pub(super) fn does_the_same(&self, other: &Self) -> bool {
        self.ranks_the_same(other) && self.settings.chat_model == other.settings.chat_model
    }

    /// What the arm made of a question besides its ranking; `None` if it failed or is a fusion.
    pub(super) fn kept<'a>(&self, question: &'a KeptQuestion) -> Option<&'a KeptArm> {
        match self.source {
            Source::Arm(index) => question.arms.get(index)?.as_ref(),
            Source::Fusion(_) => None,
        }
    }

    /// Its ranking; `None` if it failed.
    pub(super) fn ranking<'a>(&self, question: &'a KeptQuestion) -> Option<&'a KeptRanking> {
        match self.source {
            Source::Arm(_) => Some(&self.kept(question)?.ranking),
            Source::Fusion(index) => question.fusions.get(index),
        }
    }
}

impl View<'_> {
    /// The values of a measure in an arm for some questions; none where it failed.
    pub(super) fn values(
        &self,
        arm: &ArmView,
        measure: usize,
        questions: &[usize],
    ) -> Vec<Option<f64>> {
        let value =
            |question: &usize| Some(arm.ranking(&self.questions[*question])?.measures[measure]);
        questions.iter().map(value).collect()
    }

    /// The values of an arm less those of the baseline.
    pub(super) fn differences(
        &self,
        arm: &ArmView,
        measure: usize,
        questions: &[usize],
    ) -> Vec<Option<f64>> {
        let baseline = self.values(&self.arms[self.baseline], measure, questions);
        let values = self.values(arm, measure, questions);
        values
            .iter()
            .zip(baseline)
            .map(|(arm, baseline)| Some((*arm)? - baseline?))
            .collect()
    }

    /// What is drawn for some questions.
    pub(super) fn units(&self, questions: &[usize]) -> (Clusters, ResampleUnit) {
        let clusters = self.clusters.of_some(questions);
        if clusters.count() < FEWEST_CLUSTERS && (clusters.count() as usize) < questions.len() {
            return (
                Clusters::of_single_questions(questions.len()),
                ResampleUnit::Question,
            );
        }
        (clusters, ResampleUnit::Cluster)
    }

    /// Ranked questions of the dev half.
    pub(super) fn dev(&self) -> Vec<usize> {
        let questions = self.questions.iter().enumerate();
        let dev = questions
            .filter(|(_, question)| question.half == QuestionHalf::Dev && question.is_ranked());
        dev.map(|(index, _)| index).collect()
    }
}

/// A number of questions.
pub(super) fn count(questions: usize) -> u32 {
    u32::try_from(questions).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use riddle_core::KnowledgeBaseSettings;

    use super::*;

    #[test]
    fn runs_of_two_other_systems_are_never_the_same() {
        let settings = KnowledgeBaseSettings::with_embedder(None).retrieval;
        let arm = |name| EvaluationArm::of_settings(name, &settings);
        let own = |name| ArmView::of_manifest(0, arm(name));
        let theirs = |name| ArmView::of_another_system(1, arm(name));
        assert!(own("a").ranks_the_same(&own("b")));
        assert!(!theirs("a").ranks_the_same(&theirs("b")));
        assert!(theirs("a").ranks_the_same(&theirs("a")));
        assert!(!own("a").ranks_the_same(&theirs("a")));
        assert!(!theirs("a").ranks_the_same(&own("a")));
    }
}
