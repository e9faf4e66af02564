use std::collections::HashMap;

use riddle_core::{QuestionOutcome, without_citations};
use serde::{Deserialize, Serialize};

use super::words::words;

/// What an answer is worth. `None` where a measure means nothing for the question.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct AnswerScores {
    /// 1 if it is a right answer word for word, else 0; `None` without a known answer.
    pub exact_match: Option<f64>,
    /// Harmonic mean of the shares of words that answer and right answer have in common.
    pub token_f1: Option<f64>,
    /// The same of their longest common sequence of words (ROUGE-L).
    pub rouge_l: Option<f64>,
    /// 1 if a right answer is in the text, word for word, else 0.
    pub contains_answer: Option<f64>,
    /// Share of the cited passages that is relevant; `None` if it cites nothing or nothing is relevant.
    pub citation_precision: Option<f64>,
    /// Share of the relevant passages of the prompt that is cited; `None` if the prompt has none.
    pub citation_recall: Option<f64>,
    /// 1 if it refuses where the documents do not answer, or answers where they do, else 0.
    pub refusal_right: Option<f64>,
}

/// Scores the answer of an arm. `None` if there is none.
pub fn answer_scores(outcome: &QuestionOutcome, arm: usize) -> Option<AnswerScores> {
    let answer = outcome.arms.get(arm)?.answer.as_ref()?;
    let question = &outcome.question;
    let mut scores = AnswerScores {
        refusal_right: Some(flag(answer.refused == question.unanswerable)),
        ..AnswerScores::default()
    };
    if question.unanswerable {
        return Some(scores);
    }
    // A refusal shares words with a right answer by chance alone.
    let text = if answer.refused {
        String::new()
    } else {
        without_citations(&answer.text)
    };
    let text = words(&text);
    let answers: Vec<Vec<String>> = question
        .answers
        .iter()
        .map(|answer| words(answer))
        .collect();
    let best = |score: fn(&[String], &[String]) -> f64| {
        let scores = answers.iter().map(|answer| score(&text, answer));
        scores.reduce(f64::max)
    };
    scores.exact_match = best(|text, answer| flag(text == answer));
    scores.token_f1 = best(token_f1);
    scores.rouge_l = best(rouge_l);
    scores.contains_answer = best(contains);
    (scores.citation_precision, scores.citation_recall) = citations(outcome, arm);
    Some(scores)
}

/// Words that two answers share, as the harmonic mean of their shares. Those of the question do not count, which any
/// answer may repeat, unless neither has others.
pub(crate) fn agreement(question: &str, one: &str, other: &str) -> f64 {
    let asked = words(question);
    let own = |text: &str| {
        let mut own = words(text);
        own.retain(|word| !asked.contains(word));
        own
    };
    let (of_one, of_other) = (own(one), own(other));
    if of_one.is_empty() && of_other.is_empty() {
        return token_f1(&words(one), &words(other));
    }
    token_f1(&of_one, &of_other)
}

fn flag(value: bool) -> f64 {
    f64::from(u8::from(value))
}

fn token_f1(text: &[String], answer: &[String]) -> f64 {
    let mut left: HashMap<&str, usize> = HashMap::new();
    for word in answer {
        *left.entry(word).or_default() += 1;
    }
    let common = text.iter().filter(|word| {
        let count = left.get_mut(word.as_str()).filter(|count| **count > 0);
        count.map(|count| *count -= 1).is_some()
    });
    f1(common.count(), text.len(), answer.len())
}

fn rouge_l(text: &[String], answer: &[String]) -> f64 {
    let mut row = vec![0_usize; answer.len() + 1];
    for word in text {
        let mut diagonal = 0;
        for (index, other) in answer.iter().enumerate() {
            let above = row[index + 1];
            row[index + 1] = if word == other {
                diagonal + 1
            } else {
                above.max(row[index])
            };
            diagonal = above;
        }
    }
    f1(row[answer.len()], text.len(), answer.len())
}

fn contains(text: &[String], answer: &[String]) -> f64 {
    flag(!answer.is_empty() && text.windows(answer.len()).any(|part| part == answer))
}

/// Two texts without a word are equal.
fn f1(common: usize, text: usize, answer: usize) -> f64 {
    if text == 0 && answer == 0 {
        return 1.0;
    }
    2.0 * common as f64 / (text + answer) as f64
}

fn citations(outcome: &QuestionOutcome, arm: usize) -> (Option<f64>, Option<f64>) {
    let Some(answer) = outcome.arms.get(arm).and_then(|arm| arm.answer.as_ref()) else {
        return (None, None);
    };
    let is_relevant = |passage: &u32| {
        let candidate = outcome.candidates.get(*passage as usize);
        let item =
            candidate.and_then(|candidate| outcome.question.items.get(candidate.item as usize));
        item.is_some_and(|item| item.grade > 0)
    };
    if !outcome.question.items.iter().any(|item| item.grade > 0) {
        return (None, None);
    }
    let (mut cited, mut relevant, mut both) = (0_u32, 0_u32, 0_u32);
    for (number, passage) in (1..).zip(&answer.passages) {
        let (is_cited, is_relevant) = (answer.cited.contains(&number), is_relevant(passage));
        cited += u32::from(is_cited);
        relevant += u32::from(is_relevant);
        both += u32::from(is_cited && is_relevant);
    }
    let share = |whole: u32| (whole > 0).then(|| f64::from(both) / f64::from(whole));
    (share(cited), share(relevant))
}

#[cfg(test)]
mod tests {
    use riddle_core::{
        ArmAnswer, ArmOutcome, ChunkId, EvaluatedQuestion, FrozenCandidate, GoldPlace, JudgedItem,
        QuestionHalf,
    };

    use super::*;

    /// A question whose first two candidates are relevant, and an answer from the first four.
    fn outcome(answers: &[&str], text: &str, cited: &[u32]) -> QuestionOutcome {
        let item = |grade| JudgedItem {
            document: "d".to_owned(),
            grade,
            place: GoldPlace::Found,
            position: None,
            chunk_chars: None,
            overlap: None,
            judge: None,
            model_grade: None,
        };
        let candidate = |item| FrozenCandidate {
            chunk: ChunkId(Default::default()),
            document: "d".to_owned(),
            knowledge_base: None,
            item,
        };
        let answer = ArmAnswer {
            text: text.to_owned(),
            passages: vec![0, 1, 2, 3],
            cited: cited.to_vec(),
            refused: false,
            prompt_tokens: 10,
            completion_tokens: 2,
        };
        QuestionOutcome {
            question: EvaluatedQuestion {
                id: "q".to_owned(),
                text: "?".to_owned(),
                answers: answers.iter().map(|answer| (*answer).to_owned()).collect(),
                unanswerable: false,
                half: QuestionHalf::Test,
                language: None,
                origin: None,
                items: vec![item(2), item(1), item(0)],
            },
            candidates: (0..4).map(candidate).collect(),
            arms: vec![ArmOutcome {
                answer: Some(answer),
                ..ArmOutcome::default()
            }],
            fusions: Vec::new(),
        }
    }

    fn scores(answers: &[&str], text: &str) -> AnswerScores {
        answer_scores(&outcome(answers, text, &[]), 0).expect("an answer")
    }

    #[test]
    fn english_answers_are_compared_by_words() {
        let found = scores(
            &["the Eiffel Tower", "Paris"],
            "It is the Eiffel tower [1].",
        );
        assert_eq!(
            (found.exact_match, found.contains_answer),
            (Some(0.0), Some(1.0))
        );
        assert_eq!(
            (found.token_f1, found.rouge_l),
            (Some(2.0 * 2.0 / 6.0), Some(2.0 * 2.0 / 6.0))
        );
        assert_eq!(scores(&["Paris"], "Paris.[1]").exact_match, Some(1.0));
        let turned = scores(&["one two three"], "three two one");
        assert_eq!(
            (turned.token_f1, turned.rouge_l),
            (Some(1.0), Some(1.0 / 3.0))
        );
        assert_eq!(
            scores(&["a b b"], "b b b b").token_f1,
            Some(2.0 * 2.0 / 6.0)
        );
    }

    #[test]
    fn chinese_answers_are_compared_by_characters() {
        let found = scores(&["曹雪芹"], "作者是曹雪芹。[2]");
        assert_eq!(
            (found.exact_match, found.contains_answer),
            (Some(0.0), Some(1.0))
        );
        assert_eq!(
            (found.token_f1, found.rouge_l),
            (Some(2.0 * 3.0 / 9.0), Some(2.0 * 3.0 / 9.0))
        );
        assert_eq!(scores(&["２０１９年"], "2019年").exact_match, Some(1.0));
    }

    #[test]
    fn without_a_known_answer_texts_are_not_compared() {
        let found = scores(&[], "something");
        assert_eq!(
            (found.exact_match, found.token_f1, found.rouge_l),
            (None, None, None)
        );
        assert_eq!(found.refusal_right, Some(1.0));
        assert_eq!(answer_scores(&outcome(&[], "", &[]), 1), None);
    }

    #[test]
    fn citations_are_judged_by_what_is_relevant() {
        let found = answer_scores(&outcome(&["x"], "y", &[1, 3, 4]), 0).expect("an answer");
        assert_eq!(
            (found.citation_precision, found.citation_recall),
            (Some(1.0 / 3.0), Some(0.5))
        );
        let silent = answer_scores(&outcome(&["x"], "y", &[]), 0).expect("an answer");
        assert_eq!(
            (silent.citation_precision, silent.citation_recall),
            (None, Some(0.0))
        );
        let mut unjudged = outcome(&["x"], "y", &[1]);
        unjudged.question.items.clear();
        let found = answer_scores(&unjudged, 0).expect("an answer");
        assert_eq!(
            (found.citation_precision, found.citation_recall),
            (None, None)
        );
    }

    #[test]
    fn a_refusal_is_right_where_the_documents_do_not_answer() {
        for (unanswerable, refused, right) in [
            (true, true, 1.0),
            (true, false, 0.0),
            (false, true, 0.0),
            (false, false, 1.0),
        ] {
            let mut outcome = outcome(&["answer"], "the answer", &[]);
            outcome.question.unanswerable = unanswerable;
            outcome.arms[0].answer.as_mut().expect("an answer").refused = refused;
            let found = answer_scores(&outcome, 0).expect("an answer");
            assert_eq!(found.refusal_right, Some(right));
            assert_eq!(
                found.contains_answer,
                (!unanswerable).then_some(if refused { 0.0 } else { 1.0 })
            );
        }
    }
}
