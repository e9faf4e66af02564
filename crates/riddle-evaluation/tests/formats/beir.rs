use riddle_evaluation::formats::{
    CorpusDocument, ExportError, ExportedSet, Format, InputFile, NoteKind, export,
};

use crate::support::{fault, file, gold, notes, question, quoted, read};

const QUERIES: &str = concat!(
    "{\"_id\": \"7\", \"text\": \"Where?\", \"metadata\": {\"answers\": [\"here\"]}}\n",
    "{\"_id\": \"007\", \"text\": \"Who?\"}\n",
    "{\"_id\": \"b c\", \"text\": \"Why?\"}\n",
);
const CORPUS: &str = concat!(
    "{\"_id\": \"d1\", \"title\": \"One\", \"text\": \"First.\"}\n",
    "{\"_id\": \"d 2\", \"title\": \"\", \"text\": \"Second.\"}\n",
);
const QRELS: &str = "query-id\tcorpus-id\tscore\n7\td1\t2\n007\td 2\t1\n7\td 2\t0\n";

fn folder(qrels: &str) -> [InputFile; 3] {
    [
        file("set/corpus.jsonl", CORPUS),
        file("set/queries.jsonl", QUERIES),
        file("set/qrels/test.tsv", qrels),
    ]
}

#[test]
fn a_folder_gives_documents_and_judged_questions() {
    let set = read(Format::Beir, &folder(QRELS));
    let document = |name: &str, title: Option<&str>, text: &str| CorpusDocument {
        name: name.to_owned(),
        title: title.map(str::to_owned),
        text: text.to_owned(),
    };
    let corpus = vec![
        document("d1", Some("One"), "First."),
        document("d 2", None, "Second."),
    ];
    assert_eq!(set.corpus, Some(corpus));
    let expected = vec![
        question(
            "7",
            "Where?",
            &["here"],
            vec![gold("d1", 2), gold("d 2", 0)],
        ),
        question("007", "Who?", &[], vec![gold("d 2", 1)]),
    ];
    assert_eq!(set.questions, expected);
    assert_eq!(notes(&set), [(NoteKind::QuestionsWithoutJudgment, 1)]);
}

#[test]
fn judgments_without_a_head_keep_their_first_line() {
    let set = read(Format::Beir, &folder("7\td1\t2\n007\td 2\t1\n"));
    assert_eq!(set.questions[0].golds, [gold("d1", 2)]);
    assert_eq!(set.questions.len(), 2);
}

#[test]
fn ids_are_texts_that_may_hold_blanks_and_numbers_keep_their_digits() {
    let [corpus, _, _] = folder(QRELS);
    let queries = file("queries.jsonl", "{\"_id\": 7, \"text\": \"Where?\"}");
    let set = read(
        Format::Beir,
        &[corpus.clone(), queries.clone(), file("q.tsv", "7\td 2\t1")],
    );
    assert_eq!(
        set.questions,
        [question("7", "Where?", &[], vec![gold("d 2", 1)])]
    );
    let message = fault(
        Format::Beir,
        &[corpus, queries, file("q.tsv", "007\td1\t1")],
    );
    assert_eq!(
        message,
        "no question has a judgment: questions have ids such as \"7\", judgments name ids such as \"007\", and both \
         must be the same character by character"
    );
}

#[test]
fn byte_order_marks_and_windows_line_ends_change_nothing() {
    let marked = |file: &InputFile| InputFile {
        name: file.name.clone(),
        bytes: format!(
            "\u{FEFF}{}",
            String::from_utf8_lossy(&file.bytes).replace('\n', "\r\n")
        )
        .into_bytes(),
    };
    let files = folder("7\td1\t2\n007\td 2\t1\n");
    let set = read(Format::Beir, &files.each_ref().map(marked));
    assert_eq!(set, read(Format::Beir, &files));
}

#[test]
fn grades_are_whole_numbers() {
    for (grade, message) in [
        ("0.5", "\"0.5\" is not a whole number"),
        ("2.9", "\"2.9\" is not a whole number"),
        ("high", "\"high\" is not a whole number"),
        ("", "\"\" is not a whole number"),
        ("1e2", "\"1e2\" is not a whole number"),
        ("NaN", "\"NaN\" is not a whole number"),
        (
            "99999999999",
            "99999999999 is no grade; grades are whole numbers from -100 to 100",
        ),
    ] {
        let error = fault(
            Format::Beir,
            &folder(&format!("7\td1\t1\n\n007\td1\t{grade}\n")),
        );
        assert!(
            error.starts_with(&format!("set/qrels/test.tsv, line 3, score: {message}")),
            "{error}"
        );
    }
    let set = read(Format::Beir, &folder("7\td1\t2.0\n7\td 2\t-1\n"));
    assert_eq!(set.questions[0].golds, [gold("d1", 2), gold("d 2", -1)]);
}

#[test]
fn several_faults_are_told_at_once_up_to_five() {
    let error = fault(Format::Beir, &folder("7\td1\tx\n7\td1\n"));
    assert_eq!(error.lines().count(), 2, "{error}");
    let error = fault(Format::Beir, &folder(&"7\td1\tx\n".repeat(9)));
    assert_eq!(error.lines().count(), 6, "{error}");
    assert_eq!(
        error.lines().last(),
        Some("reading stopped here; there may be more")
    );
}

#[test]
fn a_document_is_judged_once_for_a_question() {
    let error = fault(Format::Beir, &folder("7\td1\t1\n7\td 2\t1\n7\td1\t0\n"));
    assert_eq!(
        error,
        "set/qrels/test.tsv, line 3, document: \"d1\" is judged for question \"7\" in line 1 already; keep one of \
         the lines"
    );
}

#[test]
fn ids_of_questions_and_documents_differ() {
    let [corpus, queries, qrels] = folder(QRELS);
    let twice = |file: &InputFile| InputFile {
        bytes: file.bytes.repeat(2),
        ..file.clone()
    };
    let error = fault(
        Format::Beir,
        &[corpus.clone(), twice(&queries), qrels.clone()],
    );
    let expected = "set/queries.jsonl, line 4, _id: \"7\" is there twice, first in line 1 of set/queries.jsonl";
    assert!(error.starts_with(expected), "{error}");
    let error = fault(Format::Beir, &[twice(&corpus), queries, qrels]);
    assert!(
        error.starts_with("set/corpus.jsonl, line 3, _id: \"d1\" is there twice"),
        "{error}"
    );
}

#[test]
fn the_test_split_is_taken_and_others_are_named() {
    let [corpus, queries, test] = folder(QRELS);
    let train = file("set/qrels/train.tsv", "7\td1\t1\n");
    let dev = file("set/qrels/dev.tsv", "7\td1\t1\n");
    let set = read(
        Format::Beir,
        &[corpus.clone(), train.clone(), queries.clone(), test],
    );
    assert_eq!(set.questions.len(), 2);
    assert_eq!(set.notes[0].kind, NoteKind::FilesIgnored);
    assert_eq!(set.notes[0].example, "set/qrels/train.tsv");
    let error = fault(Format::Beir, &[corpus.clone(), train, dev, queries.clone()]);
    assert!(
        error.contains("set/qrels/train.tsv, set/qrels/dev.tsv; leave one of the files"),
        "{error}"
    );
    let error = fault(Format::Beir, &[corpus, queries]);
    assert!(error.starts_with("qrels/test.tsv is missing"), "{error}");
}

#[test]
fn a_folder_without_a_corpus_refers_to_the_documents_of_a_knowledge_base() {
    let [_, queries, qrels] = folder(QRELS);
    assert_eq!(read(Format::Beir, &[queries, qrels]).corpus, None);
}

#[test]
fn what_leads_nowhere_is_noted() {
    let [_, queries, _] = folder(QRELS);
    let corpus = file(
        "corpus.jsonl",
        "{\"_id\":\"d1\",\"text\":\"x\"}\n{\"_id\":\"e\",\"title\":null,\"text\":\" \"}",
    );
    let qrels = file(
        "qrels/test.tsv",
        "7\td1\t1\n007\tgone\t1\nnobody\td1\t1\n7\te\t0\n",
    );
    let expected = [
        (NoteKind::QuestionsWithoutJudgment, 1),
        (NoteKind::JudgmentsWithoutQuestion, 1),
        (NoteKind::DocumentsNotInCorpus, 2),
        (NoteKind::EmptyDocuments, 1),
    ];
    assert_eq!(
        notes(&read(Format::Beir, &[corpus, queries, qrels])),
        expected
    );
}

#[test]
fn lines_that_are_no_json_are_named() {
    let [_, _, qrels] = folder(QRELS);
    for (line, message) in [
        (
            "{\"_id\": \"7\"}",
            "queries.jsonl, line 2, text: it is missing; add it",
        ),
        (
            "{\"_id\": true, \"text\": \"a\"}",
            "queries.jsonl, line 2, _id: invalid type: boolean `true`",
        ),
        (
            "{\"_id\": \"7\", \"text\": 3}",
            "queries.jsonl, line 2, text: invalid type: integer `3`, expected a string",
        ),
        (
            "{\"_id\": \"7\", \"text\": NaN}",
            "queries.jsonl, line 2: this is not valid JSON at character 22",
        ),
        (
            "{\"_id\": \"7\",",
            "queries.jsonl, line 2: this is not valid JSON at character 12",
        ),
        ("[]", "queries.jsonl, line 2"),
    ] {
        let queries = file(
            "queries.jsonl",
            format!("{{\"_id\": \"1\", \"text\": \"ok\"}}\n{line}\n"),
        );
        let error = fault(Format::Beir, &[queries, qrels.clone()]);
        assert!(error.starts_with(message), "{error}");
        assert_eq!(error.contains("no NaN"), line.contains("NaN"), "{error}");
    }
}

#[test]
fn text_in_another_encoding_is_named_with_its_place() {
    let [_, queries, qrels] = folder(QRELS);
    let mut latin =
        b"{\"_id\": \"a\", \"text\": \"ok\"}\n{\"_id\": \"b\", \"text\": \"caf".to_vec();
    latin.extend(b"\xE9\"}\n");
    let error = fault(Format::Beir, &[file("queries.jsonl", latin), qrels.clone()]);
    let expected = "queries.jsonl, line 2: the text is not UTF-8: byte 26 of the line begins no character; save";
    assert!(error.starts_with(expected), "{error}");
    let wide: Vec<u8> = [0xFF, 0xFE]
        .into_iter()
        .chain(queries.bytes.iter().flat_map(|byte| [*byte, 0]))
        .collect();
    let error = fault(Format::Beir, &[file("queries.jsonl", wide), qrels]);
    assert!(error.contains("it is UTF-16"), "{error}");
}

#[test]
fn passages_are_written_as_judgments_of_their_documents() {
    let golds = vec![
        quoted("a", "x", None),
        gold("b", 0),
        quoted("a", "y", Some((3, 4))),
    ];
    let mut questions = [
        question("1", "?", &[], golds),
        question("2", "!", &[], Vec::new()),
    ];
    questions[0].golds[2].grade = 3;
    let set = ExportedSet {
        questions: &questions,
        corpus: None,
    };
    let written = export(Format::Beir, &set).expect("carried");
    assert_eq!(written.files.len(), 2);
    assert_eq!(
        written.files[1].content,
        "query-id\tcorpus-id\tscore\n1\ta\t3\n1\tb\t0\n"
    );
    let kinds: Vec<_> = written
        .notes
        .iter()
        .map(|note| (note.kind, note.count))
        .collect();
    assert_eq!(
        kinds,
        [
            (NoteKind::QuotesLeftOut, 2),
            (NoteKind::QuestionsNotWritten, 1),
            (NoteKind::DetailsLeftOut, 1),
            (NoteKind::GradesJoined, 1),
        ]
    );
}

#[test]
fn ids_with_tabs_are_not_written() {
    let questions = [question("1\t2", "?", &[], vec![gold("a", 1)])];
    let set = ExportedSet {
        questions: &questions,
        corpus: None,
    };
    let error = export(Format::Beir, &set).expect_err("a tab");
    let ids = ExportError::Ids {
        format: Format::Beir,
        count: 1,
        examples: vec!["1\t2".to_owned()],
    };
    assert_eq!(error, ids);
}
