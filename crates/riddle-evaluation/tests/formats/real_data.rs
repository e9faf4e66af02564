use std::path::Path;

use riddle_core::Span;
use riddle_evaluation::formats::{Format, InputFile, detect, parse_trec_run};
use riddle_test_support::shared_data;

use crate::support::{file, notes, read};

fn folder(root: &Path, names: &[&str]) -> Vec<InputFile> {
    let read = |name: &&str| {
        file(
            name,
            std::fs::read(root.join(name)).expect("a file of the set"),
        )
    };
    names.iter().map(read).collect()
}

#[test]
fn the_sets_of_beir_are_read_whole() {
    for (name, documents, questions, judgments, answers) in [
        ("scifact", 5_183, 300, 339, false),
        ("xquad_en", 240, 1_190, 1_190, true),
        ("xquad_zh", 240, 1_190, 1_190, true),
        ("cmrc2018_dev", 848, 3_219, 3_219, true),
    ] {
        let Some(root) = shared_data(&format!("retrieval/{name}")) else {
            return;
        };
        let files = folder(&root, &["corpus.jsonl", "queries.jsonl", "qrels/test.tsv"]);
        assert_eq!(detect(&files), Ok(Format::Beir));
        let set = read(Format::Beir, &files);
        assert_eq!(
            set.corpus.map(|corpus| corpus.len()),
            Some(documents),
            "{name}"
        );
        assert_eq!(set.questions.len(), questions, "{name}");
        let golds: usize = set
            .questions
            .iter()
            .map(|question| question.golds.len())
            .sum();
        assert_eq!(golds, judgments, "{name}");
        assert_eq!(
            set.questions
                .iter()
                .all(|question| !question.answers.is_empty()),
            answers,
            "{name}"
        );
    }
}

/// The answers of a set as SQuAD has them, at the place where they first are in their paragraph.
#[test]
fn the_quote_of_every_answer_is_in_its_document_at_its_place() {
    for name in ["xquad_en", "xquad_zh", "cmrc2018_dev"] {
        let Some(root) = shared_data(&format!("retrieval/{name}")) else {
            return;
        };
        let beir = read(
            Format::Beir,
            &folder(&root, &["corpus.jsonl", "queries.jsonl", "qrels/test.tsv"]),
        );
        let corpus = beir.corpus.expect("documents");
        let mut paragraphs: Vec<serde_json::Value> = Vec::new();
        for document in &corpus {
            let asked = beir
                .questions
                .iter()
                .filter(|question| question.golds[0].document == document.name);
            let qas: Vec<_> = asked
                .map(|question| {
                    let start = |answer: &String| {
                        let byte = document.text.find(answer.as_str());
                        byte.map_or(-1, |byte| document.text[..byte].chars().count() as i64)
                    };
                    let placed = |answer| serde_json::json!({"text": answer, "answer_start": start(answer)});
                    let answers: Vec<_> = question.answers.iter().map(placed).collect();
                    serde_json::json!({"id": question.id, "question": question.text, "answers": answers})
                })
                .collect();
            paragraphs.push(serde_json::json!({"context": document.text, "qas": qas}));
        }
        let text =
            serde_json::json!({"data": [{"title": name, "paragraphs": paragraphs}]}).to_string();
        let set = read(Format::Squad, &[file("squad.json", text)]);
        assert_eq!(set.questions.len(), beir.questions.len());
        let corpus = set.corpus.expect("documents");
        let mut quoted = 0;
        for gold in set.questions.iter().flat_map(|question| &question.golds) {
            let Some(quote) = &gold.quote else { continue };
            let Some(Span { start, end }) = quote.span else {
                continue;
            };
            let document = corpus
                .iter()
                .find(|document| document.name == gold.document)
                .expect("its document");
            let words: String = document
                .text
                .chars()
                .skip(start as usize)
                .take((end - start) as usize)
                .collect();
            assert_eq!(words, quote.text);
            quoted += 1;
        }
        assert!(
            quoted * 100 > set.questions.len() * 95,
            "{name}: {quoted} of {}",
            set.questions.len()
        );
    }
}

#[test]
fn the_files_of_trec_eval_are_read_whole() {
    let Some(root) = shared_data("metrics/trec_eval_tests") else {
        return;
    };
    let run = &folder(&root, &["results.test"])[0];
    let rows = parse_trec_run(run).expect("a run");
    let lines = String::from_utf8_lossy(&run.bytes).lines().count();
    assert_eq!(rows.len(), lines);
    let topics: String = (301..=450)
        .map(|topic| format!("{topic}\tTopic {topic}\n"))
        .collect();
    for name in ["qrels.test", "qrels.test.with-comments"] {
        let mut files = folder(&root, &[name]);
        let lines = String::from_utf8_lossy(&files[0].bytes)
            .lines()
            .filter(|line| !line.starts_with('#'))
            .count();
        files.push(file("topics.tsv", &topics));
        let set = read(Format::Trec, &files);
        let golds: usize = set
            .questions
            .iter()
            .map(|question| question.golds.len())
            .sum();
        assert_eq!(golds, lines, "{name}");
        assert_eq!(
            notes(&set).len(),
            1,
            "{name}: questions without a judgment alone"
        );
    }
}
