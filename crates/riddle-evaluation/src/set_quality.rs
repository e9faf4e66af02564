//! How far a set of questions can be trusted to tell one way to search from another.

mod duplicates;

use std::collections::{HashMap, HashSet};

use riddle_core::{
    EvaluationQuestion, GoldPlace, QuestionHalf, QuestionOrigin, QuestionOutcome, QuestionReview,
};
use serde::{Deserialize, Serialize};

use crate::statistics::{TYPICAL_SD, minimum_detectable, questions_needed};
use duplicates::duplicates;

/// A difference in nDCG@10 that is worth finding, and those at which a set is large enough, or no use.
const WORTH_FINDING: f64 = 0.05;
const FINE: f64 = 0.03;
const USELESS: f64 = 0.15;
/// Share of questions whose answer may be the first hit for their words; above it a set is easy.
const EASY: f64 = 0.7;
/// Shares of questions about one document at which a set is spread well enough, or not at all.
const SPREAD: f64 = 0.2;
const LOPSIDED: f64 = 0.8;

/// How good a set is.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SetQuality {
    /// 0 to 100: the mean of all aspects and the worst of them, in equal parts, since one bad side spoils a set.
    pub score: u32,
    /// Questions that count: all but rejected ones.
    pub questions: u32,
    /// Questions that were asked in a search for their words, drawn from all.
    pub examined: u32,
    /// Each that can be judged, in a fixed order.
    pub aspects: Vec<QualityAspect>,
}

/// One side of a set.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct QualityAspect {
    /// Which side.
    pub kind: QualityKind,
    /// 0 to 1, 1 where there is nothing to mend.
    pub value: f64,
    /// How many, see [`QualityKind`].
    pub count: u32,
    /// Of how many.
    pub of: u32,
}

/// A side of a set, and what is counted of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QualityKind {
    /// Questions of the half that figures are reported by, of those that find a difference of .05 in 80 of 100 cases.
    Size,
    /// Questions that a person wrote or confirmed, of all.
    Confirmed,
    /// Questions that say nearly what another one says, of all.
    Duplicates,
    /// Questions with something relevant, an answer, or a refusal to expect, of all.
    Judged,
    /// Examined questions whose relevant passage is the first hit for their words, of those with a passage to find:
    /// no search can do better than such a hit.
    Easy,
    /// Questions about the document that most of them are about, of those about any.
    OneDocument,
    /// Judgments of examined questions whose passage is no longer in the knowledge base, of all their judgments.
    Lost,
}

/// What is good and bad about a set. `examined` are outcomes of some of its questions with one arm, a search for words.
pub fn set_quality(questions: &[EvaluationQuestion], examined: &[QuestionOutcome]) -> SetQuality {
    let used: Vec<&EvaluationQuestion> = questions
        .iter()
        .filter(|question| question.review != QuestionReview::Rejected)
        .collect();
    let aspects: Vec<QualityAspect> = [
        Some(size(&used)),
        share(QualityKind::Confirmed, &used, by_person, |share| share),
        duplicated(&used),
        share(QualityKind::Judged, &used, judged, |share| share),
        easy(examined),
        one_document(&used),
        lost(examined),
    ]
    .into_iter()
    .flatten()
    .collect();
    let worst = aspects
        .iter()
        .map(|aspect| aspect.value)
        .fold(1.0, f64::min);
    let mean = aspects.iter().map(|aspect| aspect.value).sum::<f64>() / aspects.len().max(1) as f64;
    SetQuality {
        score: (50.0 * (mean + worst)).round() as u32,
        questions: count(used.len()),
        examined: count(examined.len()),
        aspects,
    }
}

fn size(used: &[&EvaluationQuestion]) -> QualityAspect {
    let of_half = |half| {
        used.iter()
            .filter(|q| q.half == half && is_ranked(q))
            .count()
    };
    let n = match of_half(QuestionHalf::Test) {
        0 => of_half(QuestionHalf::Dev),
        test => test,
    };
    let found = minimum_detectable(TYPICAL_SD, count(n));
    let value = if n == 0 {
        0.0
    } else {
        falling(found, FINE, USELESS)
    };
    QualityAspect {
        kind: QualityKind::Size,
        value,
        count: count(n),
        of: questions_needed(TYPICAL_SD, WORTH_FINDING).unwrap_or(u32::MAX),
    }
}

/// Whether a question counts in measures of rankings: something is relevant to it.
pub fn is_ranked(question: &EvaluationQuestion) -> bool {
    !question.unanswerable && question.golds.iter().any(|gold| gold.grade > 0)
}

/// What comes from a file counts as written by a person.
fn by_person(question: &EvaluationQuestion) -> bool {
    question.origin == QuestionOrigin::Imported || question.review == QuestionReview::Confirmed
}

fn judged(question: &EvaluationQuestion) -> bool {
    is_ranked(question) || question.unanswerable || !question.answers.is_empty()
}

fn duplicated(used: &[&EvaluationQuestion]) -> Option<QualityAspect> {
    let texts: Vec<&str> = used.iter().map(|question| question.text.as_str()).collect();
    let doubled = duplicates(&texts);
    let value = |share| 1.0 - 2.0 * share;
    (!used.is_empty()).then(|| aspect(QualityKind::Duplicates, doubled, used.len(), value))
}

fn easy(examined: &[QuestionOutcome]) -> Option<QualityAspect> {
    let findable = |outcome: &&QuestionOutcome| {
        let mut items = outcome.question.items.iter();
        items.any(|item| item.grade > 0 && item.place == GoldPlace::Found)
    };
    let findable: Vec<&QuestionOutcome> = examined.iter().filter(findable).collect();
    let first = |outcome: &&&QuestionOutcome| {
        let first = outcome.arms.first().and_then(|arm| arm.ranking.first());
        let candidate = first.and_then(|index| outcome.candidates.get(*index as usize));
        let item = candidate.and_then(|found| outcome.question.items.get(found.item as usize));
        item.is_some_and(|item| item.grade > 0)
    };
    let easy = findable.iter().filter(first).count();
    let value = |share: f64| falling(share, EASY, 1.0);
    (!findable.is_empty()).then(|| aspect(QualityKind::Easy, easy, findable.len(), value))
}

fn one_document(used: &[&EvaluationQuestion]) -> Option<QualityAspect> {
    let mut by_document: HashMap<&str, usize> = HashMap::new();
    let mut about_any = 0;
    for question in used {
        let relevant = question.golds.iter().filter(|gold| gold.grade > 0);
        let documents: HashSet<&str> = relevant.map(|gold| gold.document.as_str()).collect();
        about_any += usize::from(!documents.is_empty());
        for document in documents {
            *by_document.entry(document).or_default() += 1;
        }
    }
    let most = by_document.into_values().max()?;
    let value = |share: f64| falling(share, SPREAD, LOPSIDED);
    // Of three questions one document always has a third.
    let is_few = about_any < 10;
    let spread = aspect(QualityKind::OneDocument, most, about_any, value);
    (!is_few || most == about_any).then_some(spread)
}

fn lost(examined: &[QuestionOutcome]) -> Option<QualityAspect> {
    let items = examined.iter().flat_map(|outcome| &outcome.question.items);
    let relevant: Vec<GoldPlace> = items
        .filter(|item| item.grade > 0)
        .map(|item| item.place)
        .collect();
    let lost = relevant
        .iter()
        .filter(|place| **place != GoldPlace::Found)
        .count();
    let value = |share: f64| 1.0 - 2.0 * share;
    (!relevant.is_empty()).then(|| aspect(QualityKind::Lost, lost, relevant.len(), value))
}

fn share(
    kind: QualityKind,
    used: &[&EvaluationQuestion],
    counts: fn(&EvaluationQuestion) -> bool,
    value: fn(f64) -> f64,
) -> Option<QualityAspect> {
    let number = used.iter().filter(|question| counts(question)).count();
    (!used.is_empty()).then(|| aspect(kind, number, used.len(), value))
}

fn aspect(
    kind: QualityKind,
    number: usize,
    of: usize,
    value: impl Fn(f64) -> f64,
) -> QualityAspect {
    QualityAspect {
        kind,
        value: value(number as f64 / of.max(1) as f64).clamp(0.0, 1.0),
        count: count(number),
        of: count(of),
    }
}

/// 1 up to `good`, 0 from `bad` on, on a line between them.
fn falling(value: f64, good: f64, bad: f64) -> f64 {
    ((bad - value) / (bad - good)).clamp(0.0, 1.0)
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use riddle_core::{ArmOutcome, ChunkId, EvaluatedQuestion, FrozenCandidate, Gold, JudgedItem};

    use super::*;

    fn question(number: usize, document: &str) -> EvaluationQuestion {
        EvaluationQuestion {
            id: format!("q{number}"),
            text: format!("What does the rule number {number} of part{number} allow?"),
            answers: Vec::new(),
            golds: vec![Gold {
                document: document.to_owned(),
                quote: None,
                grade: 1,
            }],
            unanswerable: false,
            origin: QuestionOrigin::Imported,
            review: QuestionReview::Unreviewed,
            half: QuestionHalf::Test,
            model_grades: Vec::new(),
        }
    }

    fn outcome(first: u32, place: GoldPlace) -> QuestionOutcome {
        let candidate = |item| FrozenCandidate {
            chunk: ChunkId(Default::default()),
            document: "a".to_owned(),
            knowledge_base: None,
            item,
        };
        QuestionOutcome {
            question: EvaluatedQuestion {
                id: "q".to_owned(),
                text: "?".to_owned(),
                answers: Vec::new(),
                unanswerable: false,
                half: QuestionHalf::Test,
                language: None,
                origin: None,
                items: vec![JudgedItem {
                    document: "a".to_owned(),
                    grade: 1,
                    place,
                    position: None,
                    chunk_chars: None,
                    overlap: None,
                    judge: None,
                    model_grade: None,
                }],
            },
            candidates: vec![candidate(0), candidate(1)],
            arms: vec![ArmOutcome {
                ranking: vec![first],
                ..ArmOutcome::default()
            }],
            fusions: Vec::new(),
        }
    }

    fn found(quality: &SetQuality, kind: QualityKind) -> (f64, u32, u32) {
        let aspect = quality.aspects.iter().find(|aspect| aspect.kind == kind);
        aspect.map_or((f64::NAN, 0, 0), |aspect| {
            (aspect.value, aspect.count, aspect.of)
        })
    }

    #[test]
    fn a_large_set_of_people_over_many_documents_is_good() {
        let questions: Vec<_> = (0..200).map(|n| question(n, &format!("d{n}"))).collect();
        let examined: Vec<_> = (0..100).map(|n| outcome(n % 2, GoldPlace::Found)).collect();
        let quality = set_quality(&questions, &examined);
        assert_eq!(quality.score, 100, "{quality:?}");
        assert_eq!(found(&quality, QualityKind::Easy), (1.0, 50, 100));
    }

    #[test]
    fn each_bad_side_is_counted_and_lowers_the_score() {
        let mut questions: Vec<_> = (0..20).map(|n| question(n, "only.md")).collect();
        questions[1].text = questions[0].text.replace("What", "what");
        questions[2].origin = QuestionOrigin::Generated;
        questions[3].golds.clear();
        questions[4].review = QuestionReview::Rejected;
        let examined = [
            outcome(0, GoldPlace::Found),
            outcome(0, GoldPlace::Found),
            outcome(1, GoldPlace::DocumentMissing),
            outcome(1, GoldPlace::QuoteMissing),
        ];
        let quality = set_quality(&questions, &examined);
        assert_eq!(quality.questions, 19);
        let (size, counted, of) = found(&quality, QualityKind::Size);
        assert_eq!((counted, of), (18, 53));
        assert!((0.4..0.6).contains(&size), "{size}");
        assert_eq!(found(&quality, QualityKind::Confirmed).1, 18);
        assert_eq!(found(&quality, QualityKind::Duplicates).1, 1);
        assert_eq!(found(&quality, QualityKind::Judged).1, 18);
        assert_eq!(found(&quality, QualityKind::Easy), (0.0, 2, 2));
        assert_eq!(found(&quality, QualityKind::OneDocument), (0.0, 18, 18));
        assert_eq!(found(&quality, QualityKind::Lost), (0.0, 2, 4));
        assert!(quality.score < 40, "{}", quality.score);
    }

    #[test]
    fn nothing_is_said_of_what_is_not_there() {
        let quality = set_quality(&[], &[]);
        assert_eq!(quality.score, 0);
        let kinds: Vec<_> = quality.aspects.iter().map(|aspect| aspect.kind).collect();
        assert_eq!(kinds, [QualityKind::Size]);
    }
}
