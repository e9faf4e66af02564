//! Which questions choose settings, and which report figures.

use std::collections::{HashMap, HashSet};

use riddle_core::{ContentHash, EvaluationQuestion, QuestionHalf};

use crate::statistics::Clusters;

/// What was kept together when a set was halved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SplitBy {
    /// Questions that share a relevant document are in the same half.
    Document,
    /// Some questions that share a relevant document are in different halves, because the documents leave no other way
    /// to have both halves.
    Question,
}

/// The smaller half may be one in so many questions, before documents are no longer kept together.
const SMALLEST: usize = 4;

/// Puts each question into a half, about as many into either. `kept` has the halves of questions that had one before,
/// by id: they keep it. A new question joins those that it shares a relevant document with. The result depends on the
/// ids and the names of documents, not on the order of the questions.
pub fn assign_halves(
    questions: &mut [EvaluationQuestion],
    kept: &HashMap<String, QuestionHalf>,
) -> SplitBy {
    let clusters = Clusters::of_shared_documents(questions.iter().map(relevant_documents));
    let mut groups = vec![Vec::new(); clusters.count() as usize];
    for (question, cluster) in clusters.of().iter().enumerate() {
        groups[*cluster as usize].push(question);
    }
    let before: Vec<Option<QuestionHalf>> = questions
        .iter()
        .map(|question| kept.get(&question.id).copied())
        .collect();
    let keys: Vec<[u8; 32]> = questions
        .iter()
        .map(|question| ContentHash::of(question.id.as_bytes()).0)
        .collect();
    let mut halves = by_group(&groups, &before, &keys);
    let test = halves
        .iter()
        .filter(|half| **half == QuestionHalf::Test)
        .count();
    if test.min(halves.len() - test) * SMALLEST < halves.len() && halves.len() > 1 {
        let is_large = |group: &Vec<usize>| group.len() * SMALLEST > questions.len();
        let (large, mut groups): (Vec<_>, Vec<_>) = groups.iter().cloned().partition(is_large);
        groups.extend(large.into_iter().flatten().map(|question| vec![question]));
        halves = by_group(&groups, &before, &keys);
    }
    for (question, half) in questions.iter_mut().zip(&halves) {
        question.half = *half;
    }
    let is_mixed = |group: &Vec<usize>| {
        let halves: HashSet<QuestionHalf> =
            group.iter().map(|question| halves[*question]).collect();
        halves.len() > 1
    };
    if groups.iter().any(is_mixed) {
        SplitBy::Question
    } else {
        SplitBy::Document
    }
}

fn relevant_documents(question: &EvaluationQuestion) -> impl Iterator<Item = &str> {
    let relevant = question.golds.iter().filter(|gold| gold.grade > 0);
    relevant.map(|gold| gold.document.as_str())
}

/// Large groups first, each into the half that has fewer questions; equal ones in the order of the hashes of their ids.
fn by_group(
    groups: &[Vec<usize>],
    before: &[Option<QuestionHalf>],
    keys: &[[u8; 32]],
) -> Vec<QuestionHalf> {
    let mut halves = before.to_vec();
    let mut open: Vec<Vec<usize>> = Vec::new();
    for group in groups {
        let known: HashSet<QuestionHalf> = group
            .iter()
            .filter_map(|question| before[*question])
            .collect();
        let new: Vec<usize> = group
            .iter()
            .copied()
            .filter(|question| before[*question].is_none())
            .collect();
        match (known.len(), known.iter().next()) {
            (1, Some(half)) => new
                .into_iter()
                .for_each(|question| halves[question] = Some(*half)),
            (0, _) => open.push(new),
            // The group is in both halves already.
            _ => open.extend(new.into_iter().map(|question| vec![question])),
        }
    }
    let key = |group: &Vec<usize>| group.iter().map(|question| keys[*question]).min();
    open.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| key(a).cmp(&key(b))));
    let count = |half: QuestionHalf| {
        halves
            .iter()
            .flatten()
            .filter(|other| **other == half)
            .count()
    };
    let (mut dev, mut test) = (count(QuestionHalf::Dev), count(QuestionHalf::Test));
    for group in open {
        let (half, size) = if dev <= test {
            (QuestionHalf::Dev, &mut dev)
        } else {
            (QuestionHalf::Test, &mut test)
        };
        *size += group.len();
        group
            .into_iter()
            .for_each(|question| halves[question] = Some(half));
    }
    halves.into_iter().map(Option::unwrap_or_default).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use riddle_core::{Gold, QuestionOrigin, QuestionReview};

    use super::*;

    fn question(id: usize, documents: &[u8]) -> EvaluationQuestion {
        let gold = |document: &u8| Gold {
            document: format!("d{document}"),
            quote: None,
            grade: 1,
        };
        EvaluationQuestion {
            id: format!("q{id}"),
            text: "?".to_owned(),
            answers: Vec::new(),
            golds: documents.iter().map(gold).collect(),
            unanswerable: false,
            origin: QuestionOrigin::Imported,
            review: QuestionReview::Unreviewed,
            half: QuestionHalf::Dev,
            model_grades: Vec::new(),
        }
    }

    fn halves(questions: &[EvaluationQuestion]) -> HashMap<String, QuestionHalf> {
        questions
            .iter()
            .map(|question| (question.id.clone(), question.half))
            .collect()
    }

    fn test_questions(questions: &[EvaluationQuestion]) -> usize {
        questions
            .iter()
            .filter(|question| question.half == QuestionHalf::Test)
            .count()
    }

    #[test]
    fn questions_of_one_document_are_split_by_question() {
        let mut questions: Vec<_> = (0..40).map(|id| question(id, &[1])).collect();
        assert_eq!(
            assign_halves(&mut questions, &HashMap::new()),
            SplitBy::Question
        );
        assert_eq!(test_questions(&questions), 20);
        let kept = halves(&questions);
        questions.extend((40..60).map(|id| question(id, &[1])));
        assert_eq!(assign_halves(&mut questions, &kept), SplitBy::Question);
        assert_eq!(test_questions(&questions), 30);
    }

    #[test]
    fn a_document_with_most_questions_does_not_tear_the_others() {
        let pairs = (0..20).map(|id| question(id, &[(id / 2) as u8]));
        let mut questions: Vec<_> = pairs
            .chain((20..120).map(|id| question(id, &[99])))
            .collect();
        assert_eq!(
            assign_halves(&mut questions, &HashMap::new()),
            SplitBy::Question
        );
        assert_eq!(test_questions(&questions), 60);
        for pair in questions[..20].chunks(2) {
            assert_eq!(pair[0].half, pair[1].half);
        }
    }

    #[test]
    fn what_is_not_relevant_joins_nothing() {
        let mut questions: Vec<_> = (0..6).map(|id| question(id, &[id as u8, 99])).collect();
        questions
            .iter_mut()
            .for_each(|question| question.golds[1].grade = 0);
        assert_eq!(
            assign_halves(&mut questions, &HashMap::new()),
            SplitBy::Document
        );
        assert_eq!(test_questions(&questions), 3);
    }

    #[test]
    fn one_question_is_for_choosing_and_none_is_no_trouble() {
        let mut one = vec![question(0, &[1])];
        assert_eq!(assign_halves(&mut one, &HashMap::new()), SplitBy::Document);
        assert_eq!(one[0].half, QuestionHalf::Dev);
        assert_eq!(assign_halves(&mut [], &HashMap::new()), SplitBy::Document);
    }

    proptest! {
        #[test]
        fn order_does_not_count_and_documents_stay_together(
            documents in prop::collection::vec(prop::collection::vec(0_u8..40, 0..3), 8..60),
        ) {
            let mut questions: Vec<_> =
                documents.iter().enumerate().map(|(id, documents)| question(id, documents)).collect();
            let split = assign_halves(&mut questions, &HashMap::new());
            let mut backwards: Vec<_> = questions.iter().rev().cloned().collect();
            prop_assert_eq!(assign_halves(&mut backwards, &HashMap::new()), split);
            prop_assert_eq!(halves(&questions), halves(&backwards));
            let test = test_questions(&questions);
            prop_assert!(test.min(questions.len() - test) * SMALLEST >= questions.len() - 3, "{}", test);
            if split == SplitBy::Document {
                for a in &questions {
                    for b in &questions {
                        let shares = relevant_documents(a).any(|name| relevant_documents(b).any(|other| other == name));
                        prop_assert!(!shares || a.half == b.half);
                    }
                }
            }
        }

        #[test]
        fn halves_are_kept_when_questions_come(
            documents in prop::collection::vec(prop::collection::vec(0_u8..40, 0..3), 8..60),
            first in 1_usize..8,
        ) {
            let all: Vec<_> = documents.iter().enumerate().map(|(id, documents)| question(id, documents)).collect();
            let mut some = all[..first].to_vec();
            assign_halves(&mut some, &HashMap::new());
            let kept = halves(&some);
            let mut all = all;
            assign_halves(&mut all, &kept);
            let after = halves(&all);
            prop_assert!(kept.iter().all(|(id, half)| after[id] == *half));
        }
    }
}
