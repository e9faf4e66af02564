use riddle_evaluation::formats::{Format, NoteKind};

use crate::support::{fault, file, notes, read};

/// Each question with the texts of its documents and their grades.
fn judged(format: Format, text: &str) -> Vec<(String, Vec<(String, i32)>)> {
    let set = read(format, &[file("train.jsonl", text)]);
    let corpus = set.corpus.expect("its own documents");
    let text = |name: &str| {
        let mut named = corpus.iter().filter(|document| document.name == name);
        let document = named.next().expect("in the corpus");
        assert_eq!(named.next(), None);
        document.text.clone()
    };
    let golds = |question: riddle_core::EvaluationQuestion| {
        let golds = question
            .golds
            .iter()
            .map(|gold| (text(&gold.document), gold.grade));
        (question.text, golds.collect())
    };
    set.questions.into_iter().map(golds).collect()
}

fn texts(golds: &[(&str, i32)]) -> Vec<(String, i32)> {
    golds
        .iter()
        .map(|(text, grade)| ((*text).to_owned(), *grade))
        .collect()
}

#[test]
fn positives_are_relevant_negatives_are_not_and_scores_are_no_grades() {
    let text = r#"{"query":"a","pos":["x"],"neg":["y","z"],"pos_scores":[9.25],"neg_scores":[-3.5,0.1]}
{"query":"b","pos":["y"],"neg":["x"],"prompt":"Represent","type":"symmetric"}
{"query":"c","pos":["x"]}"#;
    let expected = [
        ("a".to_owned(), texts(&[("x", 1), ("y", 0), ("z", 0)])),
        ("b".to_owned(), texts(&[("y", 1), ("x", 0)])),
        ("c".to_owned(), texts(&[("x", 1)])),
    ];
    assert_eq!(judged(Format::FlagEmbedding, text), expected);
    let set = read(Format::FlagEmbedding, &[file("t.jsonl", text)]);
    assert_eq!(
        set.corpus.map(|corpus| corpus.len()),
        Some(3),
        "the same passage is one document"
    );
}

#[test]
fn names_of_passages_depend_on_their_text_alone() {
    let names = |text: &str| {
        let corpus = read(Format::FlagEmbedding, &[file("t.jsonl", text)])
            .corpus
            .expect("documents");
        let mut names: Vec<_> = corpus
            .into_iter()
            .map(|document| (document.text, document.name))
            .collect();
        names.sort();
        names
    };
    let one = names("{\"query\":\"a\",\"pos\":[\"x\"],\"neg\":[\"y\"]}");
    assert_eq!(
        one,
        names("{\"query\":\"b\",\"pos\":[\"y\"],\"neg\":[\"x\"]}")
    );
    assert_eq!(one[0].1, "passage-2d711642b726b044");
}

#[test]
fn a_question_on_several_lines_is_one_and_contradictions_are_noted() {
    let text = "{\"query\":\"a\",\"pos\":[\"x\"],\"neg\":[\"y\"]}\n{\"query\":\"a\",\"pos\":[\"y\"],\"neg\":[\"z\"]}";
    assert_eq!(
        judged(Format::FlagEmbedding, text),
        [("a".to_owned(), texts(&[("x", 1), ("y", 1), ("z", 0)]))]
    );
    let set = read(Format::FlagEmbedding, &[file("t.jsonl", text)]);
    assert_eq!(notes(&set), [(NoteKind::ContradictoryPassages, 1)]);
}

#[test]
fn hits_have_whole_labels() {
    let text = r#"{"query":"a","hits":[{"content":"x","label":2},{"content":"y","label":0.0}]}"#;
    assert_eq!(
        judged(Format::RagRetrieval, text),
        [("a".to_owned(), texts(&[("x", 2), ("y", 0)]))]
    );
}

#[test]
fn faults_are_named_with_file_line_and_field() {
    for (format, line, message) in [
        (
            Format::FlagEmbedding,
            r#"{"pos":["a"]}"#,
            "t.jsonl, line 2, query: it is missing",
        ),
        (
            Format::FlagEmbedding,
            r#"{"query":"a","pos":[]}"#,
            "t.jsonl, line 2, pos: it is empty",
        ),
        (
            Format::FlagEmbedding,
            r#"{"query":"","pos":["a"]}"#,
            "t.jsonl, line 2, query: it is empty",
        ),
        (
            Format::FlagEmbedding,
            r#"{"query":"a","pos":["a"],"neg":[" "]}"#,
            "t.jsonl, line 2, neg[0]: it is empty",
        ),
        (
            Format::FlagEmbedding,
            r#"{"query":"a","pos":[3]}"#,
            "t.jsonl, line 2, pos[0]: invalid type: integer `3`",
        ),
        (
            Format::RagRetrieval,
            r#"{"query":"a","hits":[{"content":"a","label":0.5}]}"#,
            "t.jsonl, line 2, hits[0].label: 0.5 is not a whole number",
        ),
        (
            Format::RagRetrieval,
            r#"{"query":"a","hits":[{"content":"a","label":1},{"label":1}]}"#,
            "t.jsonl, line 2, hits[1].content: it is missing",
        ),
        (
            Format::RagRetrieval,
            r#"{"query":"a","hits":[]}"#,
            "t.jsonl, line 2, hits: it is empty",
        ),
    ] {
        let error = fault(format, &[file("t.jsonl", format!("\n{line}\n"))]);
        assert!(error.starts_with(message), "{error}");
    }
}
