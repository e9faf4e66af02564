use riddle_evaluation::formats::{Format, InputFile, detect};

use crate::support::file;

fn detected(files: &[InputFile]) -> Format {
    detect(files).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn formats_are_told_by_names_and_content() {
    let topics = file("topics", "<top>\n<num> 1\n");
    let qrels = file("judgments", "301 0 a 1\n");
    for (format, files) in [
        (
            Format::Beir,
            vec![
                file("s/README.md", "x"),
                file("s/queries.jsonl", ""),
                file("s/qrels/test.tsv", ""),
            ],
        ),
        (Format::Trec, vec![topics, qrels.clone()]),
        (Format::Trec, vec![qrels, file("topics.tsv", "1\tWhat?")]),
        (
            Format::Squad,
            vec![file("dev.json", "{\"data\": [{\"paragraphs\": []}]}")],
        ),
        (
            Format::Squad,
            vec![file("dev.json", "[\n {\n \"context_text\": \"\" } ]")],
        ),
        (
            Format::Jsonl,
            vec![file("q.jsonl", "\u{FEFF}\n{\"question\": \"a\"}")],
        ),
        (
            Format::FlagEmbedding,
            vec![file("q.jsonl", "{\"query\": \"a\", \"pos\": []}")],
        ),
        (
            Format::RagRetrieval,
            vec![file("q.jsonl", "{\"query\": \"a\", \"hits\": []}")],
        ),
        (Format::Csv, vec![file("q.csv", "\u{FEFF}问题;文档\r\n")]),
        (Format::Csv, vec![file("q", "sep=;\nid;Question\n")]),
        (
            Format::Csv,
            vec![
                file(".DS_Store", "\0\0"),
                file("q.tsv", "id\t\"question\"\n"),
            ],
        ),
    ] {
        assert_eq!(detected(&files), format, "{files:?}");
    }
}

#[test]
fn what_cannot_be_told_is_asked_for() {
    let message = "the format of these files cannot be told; name one of beir, trec, squad, jsonl, flag_embedding, \
                   rag_retrieval, csv";
    for text in [
        "",
        "some words",
        "{\"a\": 1}",
        "{",
        "1 Q0 a 1 2.5 run",
        "a,b\n1,2",
    ] {
        let error = detect(&[file("x", text)]).expect_err("unknown");
        assert_eq!(error.to_string(), message, "{text}");
    }
    let error = detect(&[]).expect_err("no file").to_string();
    assert_eq!(error, "no files were given; name a file or a folder");
}

#[test]
fn names_of_formats_are_taken_in_either_spelling() {
    for format in Format::ALL {
        assert_eq!(format.name().parse(), Ok(format));
        assert_eq!(
            format.name().to_uppercase().replace('_', "-").parse(),
            Ok(format)
        );
    }
    let error = "bear".parse::<Format>().expect_err("unknown").to_string();
    assert!(
        error.starts_with("there is no format \"bear\"; choose beir"),
        "{error}"
    );
}
