use std::collections::HashMap;

use riddle_core::{ArmOutcome, ChunkId, FrozenCandidate, QuestionOutcome};

/// Ranks that are pooled: what an arm has below them counts in no measure of the headline.
const DEPTH: usize = 10;
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
    draw: u64,
}

/// Gathers the first ten passages of all arms of a run, pooled, in a random order, but those first about which the arms
/// differ most.
pub struct JudgingQueue {
    seed: u64,
    found: Vec<PooledPassage>,
}

impl JudgingQueue {
    /// Two queues of the same seed have the same order.
    pub fn new(seed: u64) -> Self {
        Self {
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
            item.is_some_and(|item| item.judge.is_none())
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
                draw: draw(self.seed, candidate.chunk, place),
            });
        self.found.extend(entries);
    }

    /// All of them in the order in which they are best judged.
    pub fn finish(mut self) -> Vec<PooledPassage> {
        self.found.sort_by(|one, other| {
            let weight = other.weight.total_cmp(&one.weight);
            weight.then(one.draw.cmp(&other.draw))
        });
        self.found
    }
}

/// The first candidates of every arm.
fn orders(outcome: &QuestionOutcome) -> Vec<Vec<&FrozenCandidate>> {
    let first = |indices: &[u32]| -> Vec<&FrozenCandidate> {
        let candidates = indices
            .iter()
            .filter_map(|index| outcome.candidates.get(*index as usize));
        candidates.take(DEPTH).collect()
    };
    let ran = |arm: &&ArmOutcome| arm.failure.is_none();
    let arms = outcome.arms.iter().filter(ran);
    arms.map(|arm| first(&arm.ranking)).collect()
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
                }],
            },
            candidates: candidates.collect(),
            arms: arms.collect(),
            fusions: Vec::new(),
        }
    }

    #[test]
    fn what_the_arms_differ_about_comes_first_and_the_judged_not_at_all() {
        let mut queue = JudgingQueue::new(7);
        queue.add(0, &outcome(&[&[1, 2, 0], &[1, 3, 0]]));
        let passages = queue.finish().into_iter().filter(|one| !one.is_judged);
        let documents: Vec<String> = passages.map(|one| one.document).collect();
        assert_eq!(documents.len(), 3);
        assert_eq!(documents[2], "d1", "both arms have it first: {documents:?}");
    }

    #[test]
    fn what_a_model_has_judged_is_still_for_people() {
        let mut question = outcome(&[&[0, 1]]);
        let documents = |question: &QuestionOutcome, judged: bool| -> Vec<String> {
            let mut queue = JudgingQueue::new(7);
            queue.add(0, question);
            let passages = queue.finish().into_iter();
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
            let mut queue = JudgingQueue::new(seed);
            for place in 0..8 {
                queue.add(place, &outcome(&[&[1, 2, 3], &[]]));
            }
            queue
                .finish()
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
        let mut queue = JudgingQueue::new(1);
        queue.add(0, &question);
        assert_eq!(queue.finish(), []);
    }
}
