use std::collections::HashMap;

use riddle_core::{QuestionHalf, QuestionOrigin, QuestionReview};
use riddle_evaluation::formats::{Format, NoteKind};

use crate::support::{fault, file, gold, notes, question, quoted, read};

fn faulty(line: &str) -> String {
    fault(
        Format::Jsonl,
        &[file(
            "q.jsonl",
            format!("{{\"id\":\"a\",\"question\":\"ok\"}}\n\n{line}\n"),
        )],
    )
}

#[test]
fn questions_refer_to_the_documents_of_a_knowledge_base() {
    let text = r#"
{"id": "x", "question": "Where?", "answers": ["here", "there"], "relevant": [{"document": "a b.pdf", "quote": "is here", "span": {"start": 3, "end": 10}, "grade": 2}, {"document": "c"}]}
{"query": "Who?", "answers": "me", "relevant": [{"document": "c", "quote": "me", "grade": 1.0}], "kept": {"by": "others"}}

{"text": "Why?", "unanswerable": true, "origin": "chat", "review": "confirmed", "half": "test"}
{"question": "What?", "relevant": [{"document": "c", "quote": "me", "span": [0, 2]}, {"document": "c", "quote": "me", "span": [5, 7]}]}
"#;
    let set = read(Format::Jsonl, &[file("q.jsonl", text)]);
    let mut first = question(
        "x",
        "Where?",
        &["here", "there"],
        vec![quoted("a b.pdf", "is here", Some((3, 10)))],
    );
    first.golds[0].grade = 2;
    first.golds.push(gold("c", 1));
    let mut third = question("3", "Why?", &[], Vec::new());
    third.unanswerable = true;
    third.origin = QuestionOrigin::Chat;
    third.review = QuestionReview::Confirmed;
    third.half = QuestionHalf::Test;
    let places = vec![
        quoted("c", "me", Some((0, 2))),
        quoted("c", "me", Some((5, 7))),
    ];
    let expected = [
        first,
        question("2", "Who?", &["me"], vec![quoted("c", "me", None)]),
        third,
        question("4", "What?", &[], places),
    ];
    assert_eq!(set.questions, expected);
    assert_eq!((set.corpus, set.notes), (None, Vec::new()));
}

#[test]
fn numbers_of_questions_leave_given_ids_alone() {
    let text = "{\"question\":\"a\"}\n{\"id\":1,\"question\":\"b\"}\n{\"id\":\"3\",\"question\":\"c\"}\n{\"question\":\"d\"}";
    let set = read(Format::Jsonl, &[file("q.jsonl", text)]);
    let ids: Vec<&str> = set
        .questions
        .iter()
        .map(|question| question.id.as_str())
        .collect();
    assert_eq!(ids, ["2", "1", "3", "4"]);
    assert_eq!(notes(&set), [(NoteKind::QuestionsToJudge, 4)]);
}

#[test]
fn faults_are_named_with_file_line_and_field() {
    for (line, message) in [
        (
            r#"{"id":"b"}"#,
            "q.jsonl, line 3, question: it is missing; add it",
        ),
        (
            r#"{"question":" "}"#,
            "q.jsonl, line 3, question: it is empty",
        ),
        (
            r#"{"id":"a","question":"b"}"#,
            "q.jsonl, line 3, id: \"a\" is there twice, first in line 1 of q.jsonl",
        ),
        (
            r#"{"question":"b","answers":["c",""]}"#,
            "q.jsonl, line 3, answers[1]: it is empty",
        ),
        (
            r#"{"question":"b","answers":[1]}"#,
            "q.jsonl, line 3, answers[0]: invalid type: integer `1`",
        ),
        (
            r#"{"question":"b","relevant":[{"quote":"c"}]}"#,
            "q.jsonl, line 3, relevant[0].document: it is missing",
        ),
        (
            r#"{"question":"b","relevant":[{"document":""}]}"#,
            "q.jsonl, line 3, relevant[0].document: it is empty",
        ),
        (
            r#"{"question":"b","relevant":[{"document":"d","grade":0.5}]}"#,
            "q.jsonl, line 3, relevant[0].grade: 0.5 is not a whole number",
        ),
        (
            r#"{"question":"b","relevant":[{"document":"d","grade":"1"}]}"#,
            "q.jsonl, line 3, relevant[0].grade: invalid type: string \"1\", expected a grade, which is a whole number",
        ),
        (
            r#"{"question":"b","relevant":[{"document":"d","grade":101}]}"#,
            "q.jsonl, line 3, relevant[0].grade: 101 is no grade",
        ),
        (
            r#"{"question":"b","relevant":[{"document":"d"},{"document":"d","grade":2}]}"#,
            "q.jsonl, line 3, relevant[1].document: \"d\" is judged twice",
        ),
        (
            r#"{"question":"b","relevant":[{"document":"d","span":[4,4]}]}"#,
            "q.jsonl, line 3, relevant[0].quote: the span ends at 4 and begins at 4",
        ),
        (
            r#"{"question":"b","relevant":[{"document":"d","span":[4,-1]}]}"#,
            "q.jsonl, line 3, relevant[0].span[1]: invalid value: integer `-1`",
        ),
        (
            r#"{"question":"b","half":"train"}"#,
            "q.jsonl, line 3, half: unknown variant `train`",
        ),
        (
            r#"{"question":"b","text":"c"}"#,
            "q.jsonl, line 3, question: it is there twice",
        ),
        (
            r#"{"question":"b"} {"question":"c"}"#,
            "q.jsonl, line 3: this is not valid JSON at character 18",
        ),
        (
            "{",
            "q.jsonl, line 3: this is not valid JSON at character 1: EOF",
        ),
    ] {
        let error = faulty(line);
        assert!(error.starts_with(message), "{error}");
    }
}

#[test]
fn passages_known_by_their_place_get_their_words_from_the_documents() {
    let text = r#"{"question":"a","relevant":[{"document":"d","span":[1,3]},{"document":"e","quote":"kept","span":[0,4]}]}"#;
    let mut set = read(Format::Jsonl, &[file("q.jsonl", text)]);
    assert_eq!(
        set.documents_to_quote().into_iter().collect::<Vec<_>>(),
        ["d"]
    );
    let mut texts = HashMap::from([("d".to_owned(), "你好".to_owned())]);
    let error = set.fill_quotes(&texts).expect_err("too short").to_string();
    assert_eq!(
        error,
        "relevant.span: question \"1\": the span holds no words of \"d\", which has 2 characters"
    );
    texts.insert("d".to_owned(), "你好吗".to_owned());
    set.fill_quotes(&texts).expect("long enough");
    let expected = [
        quoted("d", "好吗", Some((1, 3))),
        quoted("e", "kept", Some((0, 4))),
    ];
    assert_eq!(set.questions[0].golds, expected);
    assert!(set.documents_to_quote().is_empty());
}

#[test]
fn several_files_are_one_set() {
    let files = [
        file("a.jsonl", "{\"question\":\"a\"}"),
        file("b.jsonl", "{\"question\":\"b\"}"),
        file("README.md", "no data"),
        file("LICENSE", "no data"),
        file(".cache/a.jsonl", "no data"),
    ];
    let set = read(Format::Jsonl, &files);
    assert_eq!(set.questions.len(), 2);
    assert_eq!(
        notes(&set),
        [(NoteKind::FilesIgnored, 3), (NoteKind::QuestionsToJudge, 2)]
    );
}
