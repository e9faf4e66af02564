use riddle_core::{QuestionHalf, QuestionOrigin, QuestionReview};
use riddle_evaluation::formats::{
    Format, MAX_FILLED_BYTES, MAX_PROBLEMS, MAX_QUOTE_CHARS, NoteKind, QuoteFiller,
};

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
            r#"{"id":"a","question":"b","half":"test"}"#,
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
    let set = read(Format::Jsonl, &[file("q.jsonl", text)]);
    let filled = |text: Option<&str>| {
        let mut filler = QuoteFiller::new(set.questions.clone());
        assert_eq!(filler.documents(), ["d"]);
        if let Some(text) = text {
            filler.fill("d", text);
            assert!(filler.documents().is_empty());
        }
        filler.finish().map_err(|error| error.to_string())
    };
    assert_eq!(
        filled(Some("你好")).expect_err("too short"),
        "relevant.span: question \"1\": the span holds no words of \"d\", which has 2 characters"
    );
    assert_eq!(
        filled(None).expect_err("no text"),
        "relevant.span: question \"1\": there is no document \"d\" to take the words from; give the quote"
    );
    let questions = filled(Some("你好吗")).expect("long enough");
    let expected = [
        quoted("d", "好吗", Some((1, 3))),
        quoted("e", "kept", Some((0, 4))),
    ];
    assert_eq!(questions[0].golds, expected);
}

/// As many questions, each of a passage that is known by its place alone.
fn wordless(spans: impl Iterator<Item = (u32, u32)>) -> QuoteFiller {
    let gold = |span| vec![quoted("d", "", Some(span))];
    let questions = spans.map(|span| question("q", "a", &[], gold(span)));
    QuoteFiller::new(questions.collect())
}

#[test]
fn a_span_has_no_more_characters_than_a_quote() {
    let line = |end: usize| {
        format!(r#"{{"question":"a","relevant":[{{"document":"d","span":[7,{end}]}}]}}"#)
    };
    read(Format::Jsonl, &[file("q.jsonl", line(7 + MAX_QUOTE_CHARS))]);
    let error = faulty(&line(8 + MAX_QUOTE_CHARS));
    assert!(
        error.ends_with(
            "relevant[0].quote: the span has 100001 characters, and 100000 are allowed; shorten it"
        ),
        "{error}"
    );
    // Whoever has not read the set from a file is not believed either.
    let mut filler = wordless([(0, 100_001)].into_iter());
    filler.fill("d", &"a".repeat(200_000));
    let error = filler.finish().expect_err("too long").to_string();
    assert!(error.contains("it has 100001 characters"), "{error}");
}

#[test]
fn all_spans_together_take_bounded_memory() {
    let text = "a".repeat(MAX_QUOTE_CHARS);
    let most = MAX_FILLED_BYTES / MAX_QUOTE_CHARS;
    let spans = |count: usize| (0..count).map(|_| (0, 100_000));
    let mut filler = wordless(spans(most));
    filler.fill("d", &text);
    filler.finish().expect("they fit");
    let mut filler = wordless(spans(most + 100));
    filler.fill("d", &text);
    assert!(filler.is_full());
    let error = filler.finish().expect_err("too much");
    assert_eq!((error.problems.len(), error.more), (MAX_PROBLEMS, true));
    assert!(error.to_string().contains("more than 64 MiB of words"));
}

#[test]
fn many_spans_far_behind_in_a_long_document_are_found_at_once() {
    let text = "你".repeat(5_000_000);
    let mut filler = wordless((0..50_000).map(|n| (4_900_000 + n, 4_900_010 + n)));
    // A walk from the beginning for each of them would pass 250,000,000,000 characters.
    filler.fill("d", &text);
    let questions = filler.finish().expect("they are there");
    let quote = questions[49_999].golds[0].quote.as_ref().expect("a quote");
    assert_eq!(quote.text, "你".repeat(10));
}

#[test]
fn what_is_wrong_is_quoted_in_part() {
    let long = "long ".repeat(100_000);
    for line in [
        format!(r#"{{"question":"a","half":"{long}"}}"#),
        format!(r#"{{"question":"a","{long}":[1],"relevant":"{long}"}}"#),
    ] {
        let error = faulty(&line);
        assert!(error.len() < 5_000, "{} bytes", error.len());
    }
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
