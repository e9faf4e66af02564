use std::path::Path;

use riddle_evaluation::formats::{Format, detect};

use crate::support::{file, quoted, read};

/// The blocks of `docs/evaluation-sets.md` in a language.
fn examples(language: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/evaluation-sets.md");
    let page = std::fs::read_to_string(path).expect("the page");
    let fence = format!("```{language}\n");
    let blocks = page.split(&fence).skip(1);
    blocks
        .map(|block| block.split("```").next().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn the_examples_of_the_documentation_are_what_they_are_said_to_be() {
    let json = examples("json");
    let [questions, squad, training] = &json[..] else {
        panic!("{} examples", json.len())
    };
    let (flag_embedding, rag_retrieval) = training.split_once('\n').expect("two lines");
    let csv = examples("csv");
    let mut counts = Vec::new();
    for (format, text) in [
        (Format::Jsonl, questions.as_str()),
        (Format::Squad, squad),
        (Format::FlagEmbedding, flag_embedding),
        (Format::RagRetrieval, rag_retrieval),
        (Format::Csv, &csv[0]),
    ] {
        let files = [file("example", text)];
        assert_eq!(detect(&files), Ok(format));
        let set = read(format, &files);
        counts.push((set.questions.len(), set.questions[0].golds.len()));
        if format == Format::Squad {
            let sentence = quoted("Warranty 1", "The warranty is two years.", Some((0, 26)));
            assert_eq!(set.questions[0].golds, [sentence]);
            assert_eq!(set.notes, []);
        }
    }
    assert_eq!(counts, [(3, 1), (1, 1), (1, 2), (1, 1), (1, 2)]);
}
