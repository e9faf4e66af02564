use riddle_core::{ArmOutcome, GoldPlace, QuestionOutcome};

use super::kept::{KeptRanking, NDCG_10, grade, item, judged};
use super::types::{GoldCounts, Headroom};
use crate::measures::MeasureKind;

/// How far a relevant item came.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    DocumentMissing,
    QuoteMissing,
    NotRetrieved,
    Cut,
    BelowTopN,
    NotCited,
    Used,
}

/// What is kept of it for a question.
pub(super) struct KeptHeadroom {
    candidate_recall: f64,
    perfect_ndcg_10: f64,
    golds: GoldCounts,
    question: GoldCounts,
}

impl KeptHeadroom {
    /// `order` has all candidates, best first; `made_by` is the arm that says what was read in part and what was used.
    pub(super) fn new(
        outcome: &QuestionOutcome,
        order: &[u32],
        top_n: u32,
        made_by: Option<usize>,
    ) -> Self {
        let arm = made_by.and_then(|index| outcome.arms.get(index));
        let is_cut = |index: u32| arm.is_some_and(|arm| arm.cut.contains(&index));
        let mut golds = GoldCounts::default();
        let mut best = None;
        let items = (0..)
            .zip(&outcome.question.items)
            .filter(|(_, item)| item.grade > 0);
        for (number, judged) in items {
            let fate = match order
                .iter()
                .position(|index| item(&outcome.candidates, *index) == Some(number))
            {
                None => lost(judged.place),
                Some(place) if place >= top_n as usize && is_cut(order[place]) => Fate::Cut,
                Some(place) if place >= top_n as usize => Fate::BelowTopN,
                Some(_) if is_cited(outcome, number, arm) => Fate::Used,
                Some(_) => Fate::NotCited,
            };
            golds.count(fate);
            best = best.max(Some(fate));
        }
        let mut question = GoldCounts::default();
        best.into_iter().for_each(|fate| question.count(fate));
        let mut perfect = order.to_vec();
        perfect.sort_by_key(|index| -grade(outcome, *index).unwrap_or(0).max(0));
        let perfect = judged(outcome, &perfect);
        let recall = MeasureKind::Recall.at(u32::MAX);
        Self {
            candidate_recall: perfect.value(recall),
            perfect_ndcg_10: perfect.value(MeasureKind::Ndcg.at(10)),
            golds,
            question,
        }
    }
}

fn lost(place: GoldPlace) -> Fate {
    match place {
        GoldPlace::DocumentMissing => Fate::DocumentMissing,
        GoldPlace::QuoteMissing => Fate::QuoteMissing,
        GoldPlace::Found => Fate::NotRetrieved,
    }
}

/// What is kept counts as used where there is no answer.
fn is_cited(outcome: &QuestionOutcome, number: u32, arm: Option<&ArmOutcome>) -> bool {
    let Some(answer) = arm.and_then(|arm| arm.answer.as_ref()) else {
        return true;
    };
    let mut passages = (1..).zip(&answer.passages);
    passages.any(|(citation, index)| {
        item(&outcome.candidates, *index) == Some(number) && answer.cited.contains(&citation)
    })
}

impl GoldCounts {
    fn count(&mut self, fate: Fate) {
        self.total += 1;
        let field = match fate {
            Fate::DocumentMissing => &mut self.document_missing,
            Fate::QuoteMissing => &mut self.quote_missing,
            Fate::NotRetrieved => &mut self.not_retrieved,
            Fate::Cut => &mut self.cut,
            Fate::BelowTopN => &mut self.below_top_n,
            Fate::NotCited => &mut self.not_cited,
            Fate::Used => &mut self.used,
        };
        *field += 1;
    }

    fn add(&mut self, other: &Self) {
        self.total += other.total;
        self.document_missing += other.document_missing;
        self.quote_missing += other.quote_missing;
        self.not_retrieved += other.not_retrieved;
        self.cut += other.cut;
        self.below_top_n += other.below_top_n;
        self.not_cited += other.not_cited;
        self.used += other.used;
    }
}

/// Over the rankings of ranked questions.
pub(super) fn headroom<'a>(rankings: impl Iterator<Item = &'a KeptRanking>) -> Option<Headroom> {
    let (mut golds, mut questions) = (GoldCounts::default(), GoldCounts::default());
    let (mut recall, mut reached, mut perfect, mut count) = (0.0, 0.0, 0.0, 0.0);
    for ranking in rankings {
        golds.add(&ranking.headroom.golds);
        questions.add(&ranking.headroom.question);
        recall += ranking.headroom.candidate_recall;
        reached += ranking.measures[NDCG_10];
        perfect += ranking.headroom.perfect_ndcg_10;
        count += 1.0;
    }
    (count > 0.0).then(|| Headroom {
        candidate_recall: recall / count,
        ndcg_10: reached / count,
        perfect_ndcg_10: perfect / count,
        golds,
        questions,
    })
}
