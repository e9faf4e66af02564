use std::collections::HashMap;

use riddle_core::{
    ArmOutcome, ChunkId, ContentHash, EvaluationSetId, FrozenCandidate, QuestionHalf,
    QuestionOutcome,
};

use crate::first_ten::first_ten;
use crate::random_place::random_place;

/// How finely passages are told apart by what they could turn; within a step the order is drawn.
const STEPS: f64 = 8.0;

/// A passage that stands among the first of an arm. It does not say of which, nor where, since who judges must not
/// know.
#[derive(Clone, PartialEq, Debug)]
pub struct PooledPassage {
    /// Place of its question in the run.
    pub place: u32,
    /// Id of its question.
    pub question: String,
    /// The question.
    pub text: String,
    /// The passage.
    pub chunk: ChunkId,
    /// Name of its document.
    pub document: String,
    /// Whether people have judged it, whatever models say of it.
    pub is_judged: bool,
    /// How much the arms differ about it: a judgment of it can turn the verdict by that.
    weight: f64,
    /// Where its question comes when whole ones are judged.
    question_rank: QuestionRank,
    draw: u64,
}

/// In which order passages are given out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum JudgingOrder {
    /// Those first about which the arms differ most, in any question: they can turn the verdict.
    ByDifference,
    /// Question by question, in the order of [`random_place`]: what is judged is a random sample of the questions.
    /// First are those of the figures for which something relevant is known and the arms have other lists.
    ByQuestion,
}

/// Whether a question is for choosing and in no figure, whether judging it corrects no difference, and its place in the
/// order that is drawn.
type QuestionRank = (bool, bool, ContentHash);

/// Gathers the first ten passages of all arms of a run, pooled.
pub struct JudgingQueue {
    set: EvaluationSetId,
    seed: u64,
    found: Vec<PooledPassage>,
}

impl JudgingQueue {
    /// Two queues of the same set and seed have the same order.
    pub fn new(set: EvaluationSetId, seed: u64) -> Self {
        Self {
            set,
            seed,
            found: Vec::new(),
        }
    }

    /// Adds the passages of a question. What the documents do not answer needs no judgments.
    pub fn add(&mut self, place: u32, outcome: &QuestionOutcome) {
        if outcome.question.unanswerable {
            return;
        }
        let is_judged = |item: u32| {
            let item = outcome.question.items.get(item as usize);
            item.is_some_and(|item| item.by_people().is_some())
        };
        let mut gains: HashMap<u32, (&FrozenCandidate, f64, f64)> = HashMap::new();
        let orders = orders(outcome);
        for order in &orders {
            for candidate in order {
                gains
                    .entry(candidate.item)
                    .or_insert((*candidate, f64::MAX, 0.0));
            }
        }
        for order in &orders {
            for (item, (_, least, most)) in &mut gains {
                let rank = order.iter().position(|candidate| candidate.item == *item);
                let gain = rank.map_or(0.0, |rank| 1.0 / (rank as f64 + 2.0).log2());
                *least = least.min(gain);
                *most = most.max(gain);
            }
        }
        let question_rank = self.rank(outcome, &orders);
        let entries = gains
            .into_values()
            .map(|(candidate, least, most)| PooledPassage {
                place,
                question: outcome.question.id.clone(),
                text: outcome.question.text.clone(),
                chunk: candidate.chunk,
                document: candidate.document.clone(),
                is_judged: is_judged(candidate.item),
                weight: ((most - least) * STEPS).floor(),
                question_rank,
                draw: draw(self.seed, candidate.chunk, place),
            });
        self.found.extend(entries);
    }

    fn rank(&self, outcome: &QuestionOutcome, orders: &[Vec<&FrozenCandidate>]) -> QuestionRank {
        let question = &outcome.question;
        let mut items = question.items.iter();
        let is_known = items.any(|item| item.by_people().is_some_and(|grade| grade > 0));
        let list = |order: &[&FrozenCandidate]| -> Vec<u32> {
            order.iter().map(|candidate| candidate.item).collect()
        };
        let differ = orders.windows(2).any(|two| list(&two[0]) != list(&two[1]));
        let is_dev = question.half == QuestionHalf::Dev;
        (
            is_dev,
            !(is_known && differ),
            random_place(self.set, &question.id),
        )
    }

    /// All of them; within what the order leaves open, it is drawn.
    pub fn finish(mut self, order: JudgingOrder) -> Vec<PooledPassage> {
        self.found.sort_by(|one, other| {
            let first = match order {
                JudgingOrder::ByDifference => other.weight.total_cmp(&one.weight),
                JudgingOrder::ByQuestion => one.question_rank.cmp(&other.question_rank),
            };
            first.then(one.draw.cmp(&other.draw))
        });
        self.found
    }
}

/// The first candidates of every arm.
fn orders(outcome: &QuestionOutcome) -> Vec<Vec<&FrozenCandidate>> {
    let ran = |arm: &&ArmOutcome| arm.failure.is_none();
    let arms = outcome.arms.iter().filter(ran);
    arms.map(|arm| first_ten(outcome, &arm.ranking)).collect()
}

/// A number that looks random and is the same each time.
fn draw(seed: u64, chunk: ChunkId, place: u32) -> u64 {
    let (high, low) = chunk.0.as_u64_pair();
    let mut mixed = seed ^ high.rotate_left(17) ^ low ^ (u64::from(place) << 32);
    for _ in 0..3 {
        mixed = (mixed ^ (mixed >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
    mixed ^ (mixed >> 29)
}

#[cfg(test)]
mod tests {
    use riddle_core::{EvaluatedQuestion, GoldPlace, JudgedItem, QuestionHalf};

    use super::*;

    fn set() -> EvaluationSetId {
        EvaluationSetId(Default::default())
    }

    fn chunk(number: u32) -> ChunkId {
        ChunkId::derive(riddle_core::DocumentId(Default::default()), 1, number)
    }

    /// Item 0 is judged; items 1, 2 and 3 are not.
    fn outcome(rankings: &[&[u32]]) -> QuestionOutcome {
        let candidates = (0..4).map(|item| FrozenCandidate {
            chunk: chunk(item),
            document: format!("d{item}"),
            knowledge_base: None,
            item,
        });
        let arms = rankings.iter().map(|ranking| ArmOutcome {
            ranking: ranking.to_vec(),
            ..ArmOutcome::default()
        });
        QuestionOutcome {
            question: EvaluatedQuestion {
                id: "q".to_owned(),
                text: "?".to_owned(),
                answers: Vec::new(),
                unanswerable: false,
                half: QuestionHalf::Dev,
                language: None,
                origin: None,
                items: vec![JudgedItem {
                    document: "d0".to_owned(),
                    grade: 1,
                    place: GoldPlace::Found,
                    position: None,
                    chunk_chars: None,
                    overlap: None,
                    judge: None,
                    model_grade: None,
                }],
            },
            candidates: candidates.collect(),
            arms: arms.collect(),
            fusions: Vec::new(),
        }
    }

    #[test]
    fn what_the_arms_differ_about_comes_first_and_the_judged_not_at_all() {
        let mut queue = JudgingQueue::new(set(), 7);
        queue.add(0, &outcome(&[&[1, 2, 0], &[1, 3, 0]]));
        let passages = queue
            .finish(JudgingOrder::ByDifference)
            .into_iter()
            .filter(|one| !one.is_judged);
        let documents: Vec<String> = passages.map(|one| one.document).collect();
        assert_eq!(documents.len(), 3);
        assert_eq!(documents[2], "d1", "both arms have it first: {documents:?}");
    }

    #[test]
    fn what_a_model_has_judged_is_still_for_people() {
        let mut question = outcome(&[&[0, 1]]);
        let documents = |question: &QuestionOutcome, judged: bool| -> Vec<String> {
            let mut queue = JudgingQueue::new(set(), 7);
            queue.add(0, question);
            let passages = queue.finish(JudgingOrder::ByDifference).into_iter();
            let passages = passages.filter(|one| one.is_judged == judged);
            let mut documents: Vec<String> = passages.map(|one| one.document).collect();
            documents.sort();
            documents
        };
        assert_eq!(documents(&question, true), ["d0"]);
        question.question.items[0].judge = Some("model".to_owned());
        assert!(documents(&question, true).is_empty());
        assert_eq!(documents(&question, false), ["d0", "d1"]);
    }

    #[test]
    fn the_order_is_drawn_and_stays() {
        let of = |seed| -> Vec<(u32, ChunkId)> {
            let mut queue = JudgingQueue::new(set(), seed);
            for place in 0..8 {
                queue.add(place, &outcome(&[&[1, 2, 3], &[]]));
            }
            queue
                .finish(JudgingOrder::ByDifference)
                .into_iter()
                .map(|one| (one.place, one.chunk))
                .collect()
        };
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
        assert_eq!(of(1).len(), 24);
    }

    #[test]
    fn what_cannot_be_answered_needs_no_judgments() {
        let mut question = outcome(&[&[1, 2, 3]]);
        question.question.unanswerable = true;
        let mut queue = JudgingQueue::new(set(), 1);
        queue.add(0, &question);
        assert_eq!(queue.finish(JudgingOrder::ByDifference), []);
    }

    #[test]
    fn whole_questions_come_as_they_are_drawn_those_first_that_correct_a_difference() {
        let mut queue = JudgingQueue::new(set(), 1);
        for place in 0..8 {
            let mut question = outcome(&[&[1, 2, 3], &[3, 2, 1]]);
            question.question.id = format!("q{place}");
            if place % 2 == 1 {
                question.question.half = QuestionHalf::Test;
            }
            match place {
                5 => question.arms.truncate(1),
                7 => question.question.items[0].grade = 0,
                _ => {}
            }
            queue.add(place, &question);
        }
        let passages = queue.finish(JudgingOrder::ByQuestion);
        let questions = passages.chunk_by(|one, next| one.place == next.place);
        let places: Vec<(u32, usize)> = questions
            .map(|passages| (passages[0].place, passages.len()))
            .collect();
        let drawn = |mut places: Vec<u32>| {
            places.sort_by_key(|place| random_place(set(), &format!("q{place}")));
            places
        };
        // Of 5 all arms have the same list, and for 7 nothing relevant is known.
        let expected = [vec![1, 3], vec![5, 7], vec![0, 2, 4, 6]]
            .map(drawn)
            .concat();
        let expected: Vec<(u32, usize)> = expected.into_iter().map(|place| (place, 3)).collect();
        assert_eq!(places, expected);
    }

    #[test]
    fn what_counts_once_takes_one_of_the_ten_ranks() {
        let mut question = outcome(&[&[]]);
        // Ten passages of one document, and one of another.
        question.candidates = (0..11)
            .map(|number| FrozenCandidate {
                chunk: chunk(number),
                document: format!("d{}", number / 10),
                knowledge_base: None,
                item: 1 + number / 10,
            })
            .collect();
        question.arms[0].ranking = (0..11).collect();
        let mut queue = JudgingQueue::new(set(), 7);
        queue.add(0, &question);
        let passages = queue.finish(JudgingOrder::ByDifference);
        let mut documents: Vec<String> = passages.into_iter().map(|one| one.document).collect();
        documents.sort();
        assert_eq!(documents, ["d0", "d1"]);
    }
}
