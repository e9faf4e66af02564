use riddle_evaluation::formats::{
    Format, MAX_ANSWERS, MAX_DOCUMENT_NAME_CHARS, MAX_GOLDS, MAX_ID_CHARS, MAX_QUESTION_CHARS,
    MAX_QUESTIONS, detect, import,
};

use crate::support::{fault, file, read};

/// A line that is taken with `size` units, and refused with one more.
fn check(limit: usize, line: impl Fn(usize) -> String, message: &str) {
    read(Format::Jsonl, &[file("q.jsonl", line(limit))]);
    let error = fault(Format::Jsonl, &[file("q.jsonl", line(limit + 1))]);
    assert!(error.starts_with(message), "{error}");
}

#[test]
fn texts_are_measured_in_characters() {
    let question = |size| format!(r#"{{"question":"{}"}}"#, "你".repeat(size));
    let message =
        "q.jsonl, line 1, question: it has 8001 characters, and 8000 are allowed; shorten it";
    check(MAX_QUESTION_CHARS, question, message);
    let id = |size| format!(r#"{{"question":"a","id":"{}"}}"#, "é".repeat(size));
    check(
        MAX_ID_CHARS,
        id,
        "q.jsonl, line 1, id: it has 201 characters",
    );
    let document = |size| {
        format!(
            r#"{{"question":"a","relevant":[{{"document":"{}"}}]}}"#,
            "é".repeat(size)
        )
    };
    check(
        MAX_DOCUMENT_NAME_CHARS,
        document,
        "q.jsonl, line 1, relevant[0].document: it has 501 characters",
    );
}

#[test]
fn lists_are_bounded() {
    let list = |size: usize, entry: &dyn Fn(usize) -> String| {
        (0..size).map(entry).collect::<Vec<_>>().join(",")
    };
    let answers = |size| {
        format!(
            r#"{{"question":"a","answers":[{}]}}"#,
            list(size, &|i| format!("\"{i}\""))
        )
    };
    check(
        MAX_ANSWERS,
        answers,
        "q.jsonl, line 1, answers: there are 101 answers, and 100 are allowed",
    );
    let golds = |size| {
        let golds = list(size, &|i| format!(r#"{{"document":"{i}"}}"#));
        format!(r#"{{"question":"a","relevant":[{golds}]}}"#)
    };
    check(
        MAX_GOLDS,
        golds,
        "q.jsonl, line 1, relevant: there are 10001 judgments, and 10000 are allowed",
    );
    let questions =
        |size| list(size, &|i| format!(r#"{{"question":"{i}"}}"#)).replace("},{", "}\n{");
    let message = "q.jsonl, line 100001: a set has 100000 questions at most; divide it";
    check(MAX_QUESTIONS, questions, message);
}

#[test]
fn judgments_of_a_question_are_bounded_in_every_format() {
    let lines = |line: &dyn Fn(usize) -> String| (0..=MAX_GOLDS).map(line).collect::<String>();
    let topics = file("topics.tsv", "1\ta");
    let qrels = file("qrels.txt", lines(&|i| format!("1 0 {i} 1\n")));
    let error = fault(Format::Trec, &[topics, qrels]);
    assert!(error.contains("more than 10000 judgments"), "{error}");
    let table = lines(&|i| format!("a,{i}\n"));
    let error = fault(
        Format::Csv,
        &[file("q.csv", format!("question,document\n{table}"))],
    );
    assert!(
        error.starts_with("q.csv, line 2, document: there are 10001 judgments"),
        "{error}"
    );
    let passages = lines(&|i| format!("{{\"query\":\"a\",\"pos\":[\"{i}\"]}}\n"));
    let error = fault(Format::FlagEmbedding, &[file("t.jsonl", passages)]);
    assert!(
        error.starts_with("t.jsonl, line 1, pos: there are 10001 judgments"),
        "{error}"
    );
}

#[test]
fn json_of_any_depth_is_refused_with_a_word() {
    let deep = file("q.json", "[".repeat(100_000));
    for format in Format::ALL {
        assert!(
            import(format, std::slice::from_ref(&deep)).is_err(),
            "{format}"
        );
    }
    assert!(detect(&[deep]).is_err());
}
