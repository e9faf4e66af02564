use proptest::prelude::*;
use riddle_evaluation::formats::{
    ExportError, ExportedSet, Format, InputFile, detect, export, import, parse_trec_run,
    read_trec_run,
};

use crate::support::{file, question};

/// Bytes that are made of the words of all formats.
fn content() -> impl Strategy<Value = Vec<u8>> {
    let words: Vec<&[u8]> = vec![
        b"{",
        b"}",
        b"[",
        b"]",
        b":",
        b",",
        b";",
        b"\t",
        b"\n",
        b"\r\n",
        b"\r",
        b" ",
        b"\"",
        b"\\",
        b"\"_id\":",
        b"\"a\"",
        b"\"text\":",
        b"\"question\":",
        b"\"relevant\":",
        b"\"document\":",
        b"\"span\":",
        b"\"grade\":",
        b"1",
        b"-1",
        b"0.5",
        b"1e999",
        b"NaN",
        b"\"data\":[",
        b"\"paragraphs\":[",
        b"\"context\":\"x y\"",
        b"\"qas\":[",
        b"\"answers\":[",
        b"\"answer_start\":",
        b"\"id\":",
        b"\"query\":",
        b"\"pos\":",
        b"\"hits\":",
        b"\"label\":",
        b"\"content\":",
        b"question,document,grade\n",
        b"sep=;",
        b"id;question\n",
        b"<top>",
        b"</top>",
        b"<num>",
        b"<title>",
        b"Q0",
        b"301 0 d 1\n",
        b"301\tx\n",
        b"#",
        b"\xEF\xBB\xBF",
        b"\xFF\xFE",
        b"\xE4",
        "你😀".as_bytes(),
        b"\0",
        b"null",
        b"true",
    ];
    prop::collection::vec(prop::sample::select(words), 0..40).prop_map(|words| words.concat())
}

fn files() -> impl Strategy<Value = Vec<InputFile>> {
    let names = vec![
        "corpus.jsonl",
        "queries.jsonl",
        "qrels/test.tsv",
        "qrels.txt",
        "topics.txt",
        "a.csv",
        "b.json",
        "",
    ];
    let file = (prop::sample::select(names), content());
    prop::collection::vec(
        file.prop_map(|(name, content)| file_of(name, content)),
        0..4,
    )
}

fn file_of(name: &str, content: Vec<u8>) -> InputFile {
    file(name, content)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn no_input_panics_and_every_error_says_something(files in files()) {
        let mut errors = vec![detect(&files).err()];
        errors.extend(Format::ALL.map(|format| import(format, &files).err()));
        errors.extend(files.iter().map(|file| parse_trec_run(file).err()));
        errors.extend(files.iter().map(|file| read_trec_run(file).err()));
        for error in errors.into_iter().flatten() {
            prop_assert!(!error.problems.is_empty());
            prop_assert!(error.problems.iter().all(|problem| !problem.message.is_empty()));
        }
    }
}

#[test]
fn formats_that_are_only_read_say_so() {
    let questions = [question("1", "?", &[], Vec::new())];
    let set = ExportedSet {
        questions: &questions,
        corpus: None,
    };
    for format in Format::ALL {
        let refused = export(format, &set) == Err(ExportError::NotWritten(format));
        assert_eq!(refused, !format.is_written(), "{format}");
    }
}
