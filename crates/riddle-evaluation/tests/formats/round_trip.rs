use proptest::prelude::*;
use riddle_core::{
    EvaluationQuestion, Gold, QuestionHalf, QuestionOrigin, QuestionReview, Quote, Span,
};
use riddle_evaluation::formats::{
    CorpusDocument, ExportedSet, Format, RunRow, export, parse_trec_run, trec_run,
};

use crate::support::{again, file, read};

/// Texts with what formats treat in a special way.
fn text() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "a", "B", "7", "007", " ", "  ", ",", ";", "\t", "\n", "\r\n", "\r", "\"", "\"\"", "'",
        "=", "-", "@", "#", "\\", "<top>", "</title>", "{", "]", "你", "é", "😀", "\u{301}",
        "sep=;", "NaN", "\u{0}", "\u{7F}", "|",
    ]);
    let words = prop::collection::vec(words, 1..8).prop_map(|words| words.concat());
    words.prop_filter("not blank", |text| {
        text.contains(|c: char| !c.is_whitespace() && !c.is_control())
    })
}

/// A text in one line that begins and ends with a letter.
fn line() -> impl Strategy<Value = String> {
    text().prop_map(|text| format!("x{}x", text.replace(char::is_control, " ")))
}

/// An id without blanks.
fn word() -> impl Strategy<Value = String> {
    line().prop_map(|text| text.replace(char::is_whitespace, "_"))
}

fn gold(name: impl Strategy<Value = String>) -> impl Strategy<Value = Gold> {
    let span = prop::option::of((0..9_u32, 1..9_u32).prop_map(|(start, length)| Span {
        start,
        end: start + length,
    }));
    let quote = prop::option::of((text(), span).prop_map(|(text, span)| Quote { text, span }));
    (name, quote, -1..4).prop_map(|(document, quote, grade)| Gold {
        document,
        quote,
        grade,
    })
}

fn question<N: Strategy<Value = String> + 'static>(
    name: fn() -> N,
) -> impl Strategy<Value = EvaluationQuestion> {
    let origin = prop::sample::select(vec![
        QuestionOrigin::Imported,
        QuestionOrigin::Chat,
        QuestionOrigin::Derived,
    ]);
    let review = prop::sample::select(vec![QuestionReview::Unreviewed, QuestionReview::Rejected]);
    let half = prop::sample::select(vec![QuestionHalf::Dev, QuestionHalf::Test]);
    let answers = prop::collection::vec(text(), 0..3);
    let golds = prop::collection::vec(gold(name()), 0..4);
    (
        name(),
        text(),
        answers,
        golds,
        any::<bool>(),
        (origin, review, half),
    )
        .prop_map(
            |(id, text, answers, golds, unanswerable, (origin, review, half))| EvaluationQuestion {
                id,
                text,
                answers,
                golds,
                unanswerable,
                origin,
                review,
                half,
                model_grades: Vec::new(),
            },
        )
}

/// Sets as the store has them: ids differ, and nothing is judged twice.
fn questions<N: Strategy<Value = String> + 'static>(
    name: fn() -> N,
) -> impl Strategy<Value = Vec<EvaluationQuestion>> {
    prop::collection::vec(question(name), 1..6).prop_map(|mut questions| {
        let mut ids = std::collections::HashSet::new();
        questions.retain(|question| ids.insert(question.id.clone()));
        for question in &mut questions {
            let mut seen: Vec<Gold> = Vec::new();
            question.golds.retain(|gold| {
                let new = !seen
                    .iter()
                    .any(|other| (&other.document, &other.quote) == (&gold.document, &gold.quote));
                seen.push(gold.clone());
                new
            });
        }
        questions
    })
}

/// What is left of a question in a format that knows documents alone.
fn by_document(question: &EvaluationQuestion) -> EvaluationQuestion {
    let mut golds: Vec<Gold> = Vec::new();
    for gold in &question.golds {
        match golds
            .iter_mut()
            .find(|other| other.document == gold.document)
        {
            Some(other) => other.grade = other.grade.max(gold.grade),
            None => golds.push(Gold {
                quote: None,
                ..gold.clone()
            }),
        }
    }
    EvaluationQuestion {
        golds,
        unanswerable: false,
        ..plain(question)
    }
}

/// A question of which no more is known than a table says.
fn plain(question: &EvaluationQuestion) -> EvaluationQuestion {
    EvaluationQuestion {
        origin: QuestionOrigin::Imported,
        review: QuestionReview::Unreviewed,
        half: QuestionHalf::Dev,
        ..question.clone()
    }
}

fn judged(questions: &[EvaluationQuestion]) -> impl Iterator<Item = &EvaluationQuestion> {
    questions
        .iter()
        .filter(|question| !question.golds.is_empty())
}

fn through(format: Format, questions: &[EvaluationQuestion]) -> Vec<EvaluationQuestion> {
    let set = ExportedSet {
        questions,
        corpus: None,
    };
    read(format, &again(&export(format, &set).expect("carried"))).questions
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn jsonl_keeps_everything(questions in questions(text)) {
        prop_assert_eq!(through(Format::Jsonl, &questions), questions);
    }

    #[test]
    fn csv_keeps_all_but_details(questions in questions(text)) {
        let mut expected: Vec<EvaluationQuestion> = questions.iter().map(plain).collect();
        for question in &mut expected {
            let mut answers: Vec<String> = Vec::new();
            question.answers.retain(|answer| {
                let new = !answers.contains(answer);
                answers.push(answer.clone());
                new
            });
            let mut golds: Vec<Gold> = Vec::new();
            for gold in question.golds.drain(..) {
                let quote = gold.quote.map(|quote| Quote { span: None, ..quote });
                match golds.iter_mut().find(|other| (&other.document, &other.quote) == (&gold.document, &quote)) {
                    Some(other) => other.grade = other.grade.max(gold.grade),
                    None => golds.push(Gold { quote, ..gold }),
                }
            }
            question.golds = golds;
        }
        prop_assert_eq!(through(Format::Csv, &questions), expected);
    }

    #[test]
    fn beir_keeps_judgments_of_documents(questions in questions(line)) {
        prop_assume!(judged(&questions).next().is_some());
        let expected: Vec<EvaluationQuestion> = judged(&questions).map(by_document).collect();
        prop_assert_eq!(through(Format::Beir, &questions), expected);
    }

    #[test]
    fn beir_keeps_documents(
        names in prop::collection::btree_set(line(), 1..4),
        title in prop::option::of(text()),
        text in text(),
    ) {
        let document = |name: &String| CorpusDocument { name: name.clone(), title: title.clone(), text: text.clone() };
        let corpus: Vec<CorpusDocument> = names.iter().map(document).collect();
        let judgment = crate::support::gold(&corpus[0].name, 1);
        let questions = [crate::support::question("1", "?", &[], vec![judgment])];
        let set = ExportedSet { questions: &questions, corpus: Some(&corpus) };
        let written = export(Format::Beir, &set).expect("carried");
        prop_assert_eq!(read(Format::Beir, &again(&written)).corpus, Some(corpus));
    }

    #[test]
    fn trec_keeps_judgments_of_documents(questions in questions(word)) {
        prop_assume!(judged(&questions).next().is_some());
        let expected: Vec<EvaluationQuestion> = judged(&questions).map(|question| EvaluationQuestion {
            text: question.text.replace(char::is_control, " "),
            answers: Vec::new(),
            ..by_document(question)
        }).collect();
        prop_assert_eq!(through(Format::Trec, &questions), expected);
    }

    #[test]
    fn runs_keep_their_ranks(
        lists in prop::collection::btree_map(word(), prop::collection::btree_map(word(), any::<f64>(), 1..6), 1..4),
    ) {
        let mut rows: Vec<RunRow> = Vec::new();
        for (question, documents) in &lists {
            for ((document, score), rank) in documents.iter().zip(1..) {
                rows.push(RunRow { question: question.clone(), document: document.clone(), rank, score: *score });
            }
        }
        let written = trec_run("x", &rows).expect("no blanks");
        let again = parse_trec_run(&file("run", written)).expect("a run");
        let ranks = |rows: &[RunRow]| -> Vec<(String, String, u32)> {
            rows.iter().map(|row| (row.question.clone(), row.document.clone(), row.rank)).collect()
        };
        prop_assert_eq!(ranks(&again), ranks(&rows));
    }
}
