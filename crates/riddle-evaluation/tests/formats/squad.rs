use riddle_evaluation::formats::{Format, NoteKind};

use crate::support::{fault, file, gold, notes, question, quoted, read};

/// The second sentence begins at character 13; the emoji counts as one.
const CONTEXT: &str = "A 😀 is here. It was 1992. In 1992, too. Done.";

fn squad(qas: &str) -> String {
    let context = serde_json::to_string(CONTEXT).expect("text");
    format!(
        "{{\"data\": [{{\"title\": \"T\", \"paragraphs\": [{{\"context\": {context},\n\"qas\": [\n{qas}\n]}}]}}]}}"
    )
}

fn asked(answers: &str) -> String {
    squad(&format!(
        r#"{{"id": "1", "question": "When?", "answers": [{answers}]}}"#
    ))
}

#[test]
fn answers_are_quoted_with_their_sentences_by_code_points() {
    let set = read(
        Format::Squad,
        &[file(
            "d.json",
            asked(r#"{"text": "1992", "answer_start": 20}"#),
        )],
    );
    let expected = question(
        "1",
        "When?",
        &["1992"],
        vec![quoted("T 1", "It was 1992.", Some((13, 25)))],
    );
    assert_eq!(set.questions, [expected]);
    let corpus = set.corpus.expect("its own documents");
    assert_eq!(
        (corpus[0].name.as_str(), corpus[0].title.as_deref()),
        ("T 1", Some("T"))
    );
    assert_eq!(corpus[0].text, CONTEXT);
    assert_eq!(set.notes, []);
}

#[test]
fn places_that_do_not_hold_are_found_by_their_words_and_noted() {
    for (answers, golds, kinds) in [
        // In bytes it would be 23; the nearest place is the right one.
        (
            r#"{"text":"1992","answer_start":23}"#,
            vec![quoted("T 1", "It was 1992.", Some((13, 25)))],
            vec![NoteKind::AnswersMoved],
        ),
        // -1 is no place; the words are there once.
        (
            r#"{"text":"Done","answer_start":-1}"#,
            vec![quoted("T 1", "Done.", Some((40, 45)))],
            vec![],
        ),
        // Twice, and nobody says which.
        (
            r#"{"text":"1992","answer_start":-1}"#,
            vec![quoted("T 1", "1992", None)],
            vec![],
        ),
        (
            r#"{"text":"1993","answer_start":20}"#,
            vec![gold("T 1", 1)],
            vec![NoteKind::AnswersNotFound],
        ),
        (
            r#"{"text":"Done","answer_start":99999}"#,
            vec![quoted("T 1", "Done.", Some((40, 45)))],
            vec![NoteKind::AnswersMoved],
        ),
    ] {
        let set = read(Format::Squad, &[file("d.json", asked(answers))]);
        assert_eq!(set.questions[0].golds, golds, "{answers}");
        let noted: Vec<NoteKind> = set.notes.iter().map(|note| note.kind).collect();
        assert_eq!(noted, kinds, "{answers}");
    }
}

#[test]
fn equal_answers_and_places_count_once() {
    let answers = r#"{"text":"1992","answer_start":20},{"text":"was 1992","answer_start":16},{"text":"1992","answer_start":20}"#;
    let set = read(Format::Squad, &[file("d.json", asked(answers))]);
    assert_eq!(set.questions[0].answers, ["1992", "was 1992"]);
    assert_eq!(
        set.questions[0].golds,
        [quoted("T 1", "It was 1992.", Some((13, 25)))]
    );
}

#[test]
fn impossible_questions_have_no_gold_and_plausible_answers_are_none() {
    let qas = r#"{"id":"1","question":"Who?","answers":[],"is_impossible":true,"plausible_answers":[{"text":"1992","answer_start":20}]},
{"id":"2","question":"What?","answers":[]}"#;
    let set = read(Format::Squad, &[file("d.json", squad(qas))]);
    let mut impossible = question("1", "Who?", &[], Vec::new());
    impossible.unanswerable = true;
    // Its answers are kept secret, and it is asked of this paragraph.
    assert_eq!(
        set.questions,
        [
            impossible,
            question("2", "What?", &[], vec![gold("T 1", 1)])
        ]
    );
    assert_eq!(notes(&set), []);
}

#[test]
fn cmrc_has_its_own_names_and_answers_without_places() {
    let text = r#"[{"context_id":"DEV_0","title":"战国","context_text":"由光荣和ω-force开发。共有四个故事。",
"qas":[{"query_id":"DEV_0_QUERY_0","query_text":"由谁开发？","answers":["光荣和ω-force","光荣和ω-force","光荣"]}]}]"#;
    let set = read(Format::Squad, &[file("cmrc.json", text)]);
    let golds = vec![quoted("战国 1", "由光荣和ω-force开发。", Some((0, 14)))];
    assert_eq!(
        set.questions,
        [question(
            "DEV_0_QUERY_0",
            "由谁开发？",
            &["光荣和ω-force", "光荣"],
            golds
        )]
    );
}

#[test]
fn paragraphs_are_numbered_by_title_and_the_same_one_is_one_document() {
    let paragraph = |context: &str, id: &str| {
        format!(r#"{{"context":"{context}","qas":[{{"id":"{id}","question":"?","answers":[]}}]}}"#)
    };
    let text = format!(
        r#"{{"data":[{{"title":"A","paragraphs":[{},{}]}},{{"title":"A","paragraphs":[{},{}]}},{{"paragraphs":[{}]}}]}}"#,
        paragraph("x", "1"),
        paragraph("y", "2"),
        paragraph("z", "3"),
        paragraph("x", "4"),
        paragraph("x", "5"),
    );
    let set = read(Format::Squad, &[file("d.json", text)]);
    let names: Vec<&str> = set
        .questions
        .iter()
        .map(|question| question.golds[0].document.as_str())
        .collect();
    assert_eq!(names, ["A 1", "A 2", "A 3", "A 1", "Paragraph 1"]);
    assert_eq!(set.corpus.map(|corpus| corpus.len()), Some(4));
}

#[test]
fn faults_are_named_with_file_line_and_field() {
    let ok = r#"{"id":"1","question":"When?","answers":[]}"#;
    for (qas, message) in [
        (
            r#"{"id":"2","answers":[]}"#,
            "d.json, line 4, question: it is missing; add it",
        ),
        (
            "{\"id\":\"2\",\n\"question\":3}",
            "d.json, line 5, question: invalid type: integer `3`",
        ),
        (
            r#"{"id":"2","question":"  ","answers":[]}"#,
            "d.json, line 4, question: it is empty",
        ),
        (
            r#"{"id":"1","question":"a"}"#,
            "d.json, line 4, id: \"1\" is there twice, first in line 3 of d.json",
        ),
        (
            r#"{"id":"2","question":"a","answers":[{"text":"b","answer_start":"3"}]}"#,
            "d.json, line 4, answers[0].answer_start: invalid type: string \"3\"",
        ),
        (
            r#"{"id":"2","question":"a","is_impossible":true,"answers":["b"]}"#,
            "d.json, line 4, answers: is_impossible is true, so there must be no answers",
        ),
        (
            r#"{"id":"2","question":"a","answers":[{"text":"b","answer_start":NaN}]}"#,
            "d.json, line 4: this is not valid JSON",
        ),
    ] {
        let error = fault(
            Format::Squad,
            &[file("d.json", squad(&format!("{ok},\n{qas}")))],
        );
        assert!(error.starts_with(message), "{error}");
    }
    let error = fault(Format::Squad, &[file("d.json", "{\"version\": 1}")]);
    assert_eq!(error, "d.json, line 1, data: it is missing; add it");
}
