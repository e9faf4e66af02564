//! Real files in forty formats, many of them hostile, through the extractor.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use riddle_core::{ChunkingSettings, ExtractedText, Extractor, FailureCode, Unwatched};
use riddle_ingest::chunk;
use riddle_test_support::shared_data;

use crate::chunking::{Pieces, check};
use crate::support::{extractor, failure_of};

/// Counts of one format.
#[derive(Default)]
struct Row {
    files: usize,
    outcomes: BTreeMap<&'static str, usize>,
    time: Duration,
}

/// Documents of the repository, of which `scripts/reference/documents.py` knows what comes of them.
#[test]
fn a_document_of_each_format_becomes_its_text_or_fails_with_its_reason() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/documents");
    let extractor = extractor();
    let expected = std::fs::read_to_string(folder.join("outcomes.tsv")).unwrap();
    let mut checked = 0;
    for line in expected.lines().skip(1) {
        let [name, outcome, pages, words] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        checked += 1;
        let text = match extractor.extract(&folder.join(name), name, None, &Unwatched) {
            Ok(text) => text,
            Err(error) => {
                let failure = failure_of(error);
                assert_eq!(
                    failure.code.as_str(),
                    outcome,
                    "{name}: {}",
                    failure.message
                );
                continue;
            }
        };
        assert_eq!(outcome, "text", "{name}: {}", text.text);
        check_text(name, &text);
        for words in words.split('|') {
            assert!(text.text.contains(words), "{name}: {words}: {}", text.text);
        }
        let numbers: Vec<String> = text
            .pages
            .iter()
            .map(|page| page.number.to_string())
            .collect();
        assert_eq!(numbers.join(","), pages, "{name}");
    }
    assert!(checked >= 25, "{checked} documents");
}

#[test]
fn every_real_file_becomes_text_or_fails_with_a_reason() {
    let Some(folder) = shared_data("documents") else {
        return;
    };
    let extractor = extractor();
    let mut table: BTreeMap<String, Row> = BTreeMap::new();
    let mut recalls = Vec::new();
    for path in documents(&folder) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let format = path.parent().unwrap().file_name().unwrap();
        let started = Instant::now();
        let outcome = extractor.extract(&path, &name, None, &Unwatched);
        let outcome = outcome.map_err(failure_of);
        let row = table
            .entry(format.to_string_lossy().into_owned())
            .or_default();
        row.files += 1;
        row.time += started.elapsed();
        let label = match &outcome {
            Ok(text) => {
                check_text(&name, text);
                "text"
            }
            Err(failure) => {
                assert!(
                    !failure.message.contains('/') && !failure.message.ends_with('.'),
                    "{name}: {}",
                    failure.message
                );
                failure.code.as_str()
            }
        };
        *row.outcomes.entry(label).or_default() += 1;
        if label != "text" {
            eprintln!("{label:20} {name}");
        }
        check_known(&name, outcome.as_ref().err().map(|failure| failure.code));
        if let Ok(text) = &outcome
            && let Some(recall) = recall(&folder, &name, &text.text)
        {
            if recall < 0.9 {
                eprintln!("recall {recall:.2}          {name}");
            }
            recalls.push(recall);
        }
    }
    print_table(&table);
    recalls.sort_by(f64::total_cmp);
    let median = recalls[recalls.len() / 2];
    let mean = recalls.iter().sum::<f64>() / recalls.len() as f64;
    eprintln!(
        "token recall against {} expected texts: median {median:.4}, mean {mean:.4}",
        recalls.len()
    );
    assert!(recalls.len() >= 60);
    assert!(median >= 0.99, "median recall {median}");
    assert!(mean >= 0.90, "mean recall {mean}");
    let texts: usize = table
        .values()
        .filter_map(|row| row.outcomes.get("text"))
        .sum();
    assert!(texts >= 260, "{texts} files became text");
}

#[test]
fn slides_and_pages_are_numbered() {
    let Some(folder) = shared_data("documents") else {
        return;
    };
    let extractor = extractor();
    let numbers = |file: &str| -> Vec<u32> {
        let text = extractor
            .extract(&folder.join(file), file, None, &Unwatched)
            .unwrap();
        text.pages.iter().map(|page| page.number).collect()
    };
    assert_eq!(numbers("pptx/docling__powerpoint_sample.pptx"), [1, 2, 3]);
    assert_eq!(numbers("pdf/docling__multi_page.pdf"), [1, 2, 3, 4, 5]);
    assert!(numbers("docx/docling__docx_lists.docx").is_empty());
    assert!(numbers("xlsx/docling__xlsx_01.xlsx").is_empty());
}

fn check_text(name: &str, text: &ExtractedText) {
    assert!(!text.text.trim().is_empty(), "{name}: blank text");
    assert!(
        !text.text.contains(['\0', '\r']),
        "{name}: control characters"
    );
    assert!(!text.text.contains("riddle page"), "{name}: page mark");
    assert!(
        text.pages.is_sorted_by_key(|page| page.byte_offset),
        "{name}"
    );
    for page in &text.pages {
        assert!(text.text.is_char_boundary(page.byte_offset), "{name}");
    }
    let settings = ChunkingSettings {
        max_tokens: 256,
        overlap_tokens: 32,
    };
    check(&text.text, &chunk(text, &Pieces, settings), settings);
}

/// Outcomes that are known from where the files come from.
fn check_known(name: &str, code: Option<FailureCode>) {
    const ENCRYPTED: [&str; 11] = [
        "docling__2206.01062_pg3.pdf",
        "pypdf__libreoffice-writer-password.pdf",
        "tika__testUnicodePassword.pdf",
        "pdfjs__pr6531_1.pdf",
        "pdfjs__saslprep-r6.pdf",
        "tika__testWORD_protected_passtika.doc",
        "tika__testPPT_protected_passtika.ppt",
        "tika__password.xls",
        "tika__protectedFile.xlsx",
        "tika__testEXCEL_protected_passtika.xlsx",
        "pdfjs__issue6010_1.pdf",
    ];
    const NO_TEXT: [&str; 2] = [
        "docling__nemotron_multipage.pdf",
        "markitdown__MEDRPT-2024-PAT-3847_medical_report_scan.pdf",
    ];
    const UNSUPPORTED: [&str; 5] = [
        "tika__test7Z_protected_passTika.7z",
        "markitdown__random.bin",
        "tika__testChm.chm",
        "tika__droste.zip",
        "tika__test-zip-of-zip.zip",
    ];
    let expect = |names: &[&str], expected: FailureCode| {
        if names.contains(&name) {
            assert_eq!(code, Some(expected), "{name}");
        }
    };
    expect(&ENCRYPTED, FailureCode::Encrypted);
    expect(&NO_TEXT, FailureCode::NoText);
    expect(&UNSUPPORTED, FailureCode::UnsupportedFormat);
}

/// Share of the expected words that the text has.
fn recall(folder: &Path, name: &str, text: &str) -> Option<f64> {
    let expected =
        std::fs::read_to_string(folder.join("expected").join(format!("{name}.md"))).ok()?;
    let expected = words(&expected);
    let mut found = words(text);
    let total: usize = expected.values().sum();
    let mut hits = 0;
    for (word, count) in expected {
        let available = found.remove(&word).unwrap_or_default();
        hits += count.min(available);
    }
    (total > 0).then(|| hits as f64 / total as f64)
}

fn words(text: &str) -> HashMap<String, usize> {
    let mut words = HashMap::new();
    let mut visible = String::new();
    for (index, part) in text.split("<!--").enumerate() {
        let part = match index {
            0 => part,
            _ => part.split_once("-->").map_or("", |(_comment, rest)| rest),
        };
        visible.push_str(part);
    }
    for word in visible.split(|c: char| !c.is_alphanumeric() && c != '_') {
        if !word.is_empty() {
            *words.entry(word.to_lowercase()).or_default() += 1;
        }
    }
    words
}

fn documents(folder: &Path) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for format in std::fs::read_dir(folder).unwrap() {
        let format = format.unwrap().path();
        if format.is_dir() && format.file_name().unwrap() != "expected" {
            paths.extend(
                std::fs::read_dir(format)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        }
    }
    paths.sort();
    paths
}

fn print_table(table: &BTreeMap<String, Row>) {
    eprintln!("{:10} {:>5}  {:>8}  outcomes", "format", "files", "seconds");
    let mut files = 0;
    let mut time = Duration::ZERO;
    let mut outcomes: BTreeMap<&str, usize> = BTreeMap::new();
    for (format, row) in table {
        eprintln!(
            "{format:10} {:>5}  {:>8.2}  {:?}",
            row.files,
            row.time.as_secs_f64(),
            row.outcomes
        );
        files += row.files;
        time += row.time;
        for (label, count) in &row.outcomes {
            *outcomes.entry(label).or_default() += count;
        }
    }
    eprintln!(
        "{:10} {files:>5}  {:>8.2}  {outcomes:?}",
        "all",
        time.as_secs_f64()
    );
}
