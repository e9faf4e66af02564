//! Files that need no parser: encodings, hints, tables and JSON, and what is refused.

use std::io::Write;

use riddle_core::{
    ChunkingSettings, ExtractedText, Extractor, Failure, FailureCode, MAX_METADATA_KEYS,
    MetadataValue, OwnMetadata, TextFormat, Unwatched,
};
use riddle_ingest::{ExtractionLimits, chunk};
use serde_json::json;

use crate::chunking::Pieces;
use crate::support::{LIMITS, extractor, extractor_with, failure_of};

fn extract(bytes: &[u8], name: &str) -> Result<ExtractedText, Failure> {
    extract_as(bytes, name, None)
}

fn extract_as(
    bytes: &[u8],
    name: &str,
    media_type: Option<&str>,
) -> Result<ExtractedText, Failure> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let outcome = extractor().extract(file.path(), name, media_type, &Unwatched);
    outcome.map_err(failure_of)
}

fn text(bytes: &[u8], name: &str) -> String {
    extract(bytes, name).unwrap().text
}

fn code(bytes: &[u8], name: &str) -> FailureCode {
    let failure = extract(bytes, name).unwrap_err();
    assert!(!failure.message.ends_with('.') && !failure.message.contains('/'));
    failure.code
}

#[test]
fn the_colours_of_a_log_are_no_text() {
    let log = b"\x1b]0;build\x07\x1b[32mINFO\x1b[0m pump \x1b[1m7\x1b[22m started\r\n\x07done\n";
    assert_eq!(text(log, "build.log").trim(), "INFO pump 7 started\ndone");
}

#[test]
fn japanese_in_letters_of_ascii_is_read() {
    let line = b"\x1b$B%]%s%W\x1b(B 7\n";
    let file = line.repeat(20_000);
    let text = text(&file, "a.txt");
    assert_eq!(
        text.lines().filter(|line| *line == "ポンプ 7").count(),
        20_000
    );
}

#[test]
fn a_picture_in_a_markdown_file_is_what_is_said_of_it() {
    let data = "iVBORw0KGgo".repeat(50);
    let file = format!(
        "# Pumps\n\nThe ![red pump](data:image/png;base64,{data}) and ![][image1] stand here.\n\n\
         [image1]: <data:image/png;base64,{data}>\n"
    );
    let text = text(file.as_bytes(), "a.md");
    assert_eq!(text.trim(), "# Pumps\n\nThe red pump and  stand here.");
}

#[test]
fn tables_of_html_in_a_markdown_file_become_tables() {
    let file = "---\ntitle: Shifts\n---\n\n# Shifts\n\nBefore.\n\n<table>\n<tr><th>Team</th><th>Shift</th></tr>\n\
        <tr><td rowspan=\"2\">Dock &amp; quay</td><td>early</td></tr>\n\n<tr><td>late</td></tr>\n</table>\n\n\
        ```html\n<table><tr><td>x</td></tr></table>\n```\n\nAfter `<table></table>`, data:text/plain;base64,A.\n";
    let read = extract(file.as_bytes(), "a.md").unwrap();
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let lines: Vec<String> = read.text.lines().map(words).collect();
    for line in [
        "| Team | Shift |",
        "| Dock & quay | early |",
        "| Dock & quay | late |",
    ] {
        assert!(
            lines.iter().any(|other| other == line),
            "{line}: {}",
            read.text
        );
    }
    let (before, after) = file.split_once("<table>").unwrap();
    let (_, after) = after.split_once("</table>\n").unwrap();
    assert!(read.text.starts_with(before), "{}", read.text);
    assert!(read.text.ends_with(after.trim_end()), "{}", read.text);
    assert_eq!(
        (read.format, read.media_type.as_str()),
        (TextFormat::Markdown, "text/markdown")
    );
    assert_eq!(read.title.as_deref(), Some("Shifts"));
}

#[test]
fn code_of_markdown_in_a_table_of_html_is_kept() {
    let file = "# Samples\n\n<table><tr><td>\n\n```c\n#include <stdio.h>\nVec<String> x;\n```\n\n</td></tr></table>\n";
    assert_eq!(text(file.as_bytes(), "a.md").trim(), file.trim());
}

#[test]
fn every_encoding_is_read() {
    let utf16: Vec<u8> = "Grüße, 你好\r\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let utf16_big: Vec<u8> = "Plain words without a mark\n"
        .encode_utf16()
        .flat_map(u16::to_be_bytes)
        .collect();
    let utf32: Vec<u8> = "Zahl 🦀"
        .chars()
        .flat_map(|c| (c as u32).to_le_bytes())
        .collect();
    let with_mark = |mark: &[u8], bytes: &[u8]| [mark, bytes].concat();
    assert_eq!(
        text(
            &with_mark(b"\xef\xbb\xbf", "naïve\r\nline".as_bytes()),
            "a.txt"
        ),
        "naïve\nline"
    );
    assert_eq!(
        text(&with_mark(b"\xff\xfe", &utf16), "a.txt"),
        "Grüße, 你好\n"
    );
    assert_eq!(text(&utf16, "a.txt"), "Grüße, 你好\n");
    assert_eq!(text(&utf16_big, "a.txt"), "Plain words without a mark\n");
    assert_eq!(text(&utf32, "a.txt"), "Zahl 🦀");
    assert_eq!(
        text(&with_mark(b"\xff\xfe\0\0", &utf32), "a.txt"),
        "Zahl 🦀"
    );
    let chinese = "检索增强生成把文档和语言模型结合起来，先找到相关的段落，再写出答案。";
    let (gbk, ..) = encoding_rs::GBK.encode(chinese);
    assert_eq!(text(&gbk, "a.txt"), chinese);
    let japanese = "これは日本語の文章です。検索して、答えを書きます。";
    let (shift_jis, ..) = encoding_rs::SHIFT_JIS.encode(japanese);
    assert_eq!(text(&shift_jis, "a.txt"), japanese);
    let russian = "Поиск находит нужные отрывки, а модель пишет ответ со ссылками.";
    let (windows, ..) = encoding_rs::WINDOWS_1251.encode(russian);
    assert_eq!(text(&windows, "a.txt"), russian);
    let (latin, ..) =
        encoding_rs::WINDOWS_1252.encode("Das Sieb läßt das Feine durch – für Müller");
    assert_eq!(
        text(&latin, "a.txt"),
        "Das Sieb läßt das Feine durch – für Müller"
    );
}

#[test]
fn encodings_that_look_like_others_are_told_apart() {
    // ISO 8859-15 has the euro where others have a sign that nobody writes.
    let euro = b"Der Preis betr\xe4gt 30 \xa4. Gr\xf6\xdfe f\xfcnf.";
    assert_eq!(text(euro, "a.txt"), "Der Preis beträgt 30 €. Größe fünf.");
    let french = b"Le ch\xbdur chante d\xe8s le mois de mai, \xe0 l'\xe9glise.";
    assert_eq!(
        text(french, "a.txt"),
        "Le chœur chante dès le mois de mai, à l'église."
    );
    let half = b"Das Sieb l\xe4\xdft 2\xbdkg Mehl durch, f\xfcr M\xfcller.";
    assert_eq!(
        text(half, "a.txt"),
        "Das Sieb läßt 2½kg Mehl durch, für Müller."
    );
    // Without spaces and line ends, no byte of these is zero.
    for words in [
        "备用钥匙放在办公室的保险箱里。负责人是王小明。请于每天开门前检查。",
        "保管温度は零下二十度です。予備の鍵は事務所の金庫にあります。",
        "예비 열쇠는 사무실 금고에 있습니다。 담당자는 김철수입니다。",
    ] {
        for order in [u16::to_le_bytes, u16::to_be_bytes] {
            let wide: Vec<u8> = words.encode_utf16().flat_map(order).collect();
            assert_eq!(text(&wide, "a.txt"), words);
        }
    }
    let stray = [b"plain words of english ".repeat(20).as_slice(), b"\x01end"].concat();
    assert!(text(&stray, "a.txt").starts_with("plain words of english plain"));
}

#[test]
fn a_damaged_byte_does_not_change_the_encoding() {
    let german =
        "Größe, Höhe, Länge, Straße, Schlüssel, Prüfung, Öl, Übergabe, Fähre, Küste, Müll.\n";
    let chinese = "检索增强生成把文档和语言模型结合起来，先找到相关的段落，再写出答案。\n";
    for words in [german, chinese] {
        for (before, name) in [("", "a.md"), (words.repeat(8000).as_str(), "a.txt")] {
            let bytes = [before.as_bytes(), words.as_bytes(), b"Stra\xdfe\n"].concat();
            let read = extract(&bytes, name).unwrap();
            assert!(read.text.contains(words.trim()), "{name}: {words}");
            assert!(
                read.text.trim_end().ends_with("Stra\u{fffd}e"),
                "{name}: {words}"
            );
            assert_eq!(read.findings().unreadable_characters, 1, "{name}: {words}");
        }
    }
    for head in ["", "<meta charset=iso-8859-1>"] {
        let declared = format!("{head}<p>{german}</p>");
        let page = text(
            &[declared.as_bytes(), b"<p>Stra\xdfe</p>"].concat(),
            "a.html",
        );
        assert_eq!(page, format!("{}\n\nStra\u{fffd}e", german.trim()));
    }
}

#[test]
fn an_encoding_is_guessed_by_what_is_not_ascii_wherever_it_stands() {
    let ascii = "Words in plain English.\n".repeat(13_000);
    let chinese = "检索增强生成把文档和语言模型结合起来，先找到相关的段落，再写出答案。";
    let (gbk, ..) = encoding_rs::GBK.encode(chinese);
    let read = text(&[ascii.as_bytes(), &gbk].concat(), "a.txt");
    assert_eq!(read, format!("{ascii}{chinese}"));
    // The sample ends inside a character.
    for shift in 0..2 {
        let (gbk, ..) = encoding_rs::GBK.encode(chinese);
        let read = text(&[&b"ab"[shift..], &gbk.repeat(5000)].concat(), "a.txt");
        assert!(read.ends_with(chinese), "{shift}");
    }
}

#[test]
fn ebcdic_is_read() {
    // "HELLO FROM THE MAINFRAME" and a line end, in code page 500.
    let bytes = b"\xc8\xc5\xd3\xd3\xd6\x40\xc6\xd9\xd6\xd4\x40\xe3\xc8\xc5\x40\xd4\xc1\xc9\xd5\xc6\xd9\xc1\xd4\xc5\x25";
    assert_eq!(text(bytes, "a.txt"), "HELLO FROM THE MAINFRAME\n");
}

#[test]
fn control_characters_are_removed() {
    let mut bytes = "word ".repeat(60).into_bytes();
    bytes.extend_from_slice(b"a\0b\rc\x0cd");
    assert!(text(&bytes, "a.txt").ends_with("ab\nc\nd"));
}

#[test]
fn content_wins_over_the_name() {
    let rtf = br"{\rtf1\ansi Words in rich text.}";
    let extracted = extract(rtf, "notes.txt").unwrap();
    assert_eq!(extracted.media_type, "application/rtf");
    assert!(extracted.text.contains("Words in rich text."));
    let html = b"<!DOCTYPE html><html><body><h1>Title</h1><p>Words.</p></body></html>";
    assert!(text(html, "report.doc").starts_with("# Title"));
    let saved = [
        b"<!-- saved from url=(0018)https://e.example/ -->\n".as_slice(),
        html,
    ]
    .concat();
    assert!(text(&saved, "page").starts_with("# Title"));
    assert_eq!(code(b"plain words", "report.docx"), FailureCode::Malformed);
    let program = [b"MZ".as_slice(), &[0; 200]].concat();
    assert_eq!(code(&program, "report.pdf"), FailureCode::UnsupportedFormat);
    assert_eq!(
        code(b"\x7fELF\x02\x01\x01\0\0\0", "a.txt"),
        FailureCode::UnsupportedFormat
    );
    assert_eq!(
        code(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a.md"),
        FailureCode::NoText
    );
    assert_eq!(
        code(b"\x1f\x8b\x08\0\0\0\0\0", "a.json"),
        FailureCode::UnsupportedFormat
    );
    let noise: Vec<u8> = (0..4096_u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    assert_eq!(code(&noise, "a.txt"), FailureCode::Malformed);
    assert_eq!(code(&noise, "a.unknown"), FailureCode::UnsupportedFormat);
    assert_eq!(code(b"", "a.txt"), FailureCode::NoText);
    assert_eq!(code(b" \n\n ", "a.md"), FailureCode::NoText);
    let unseen = "\u{200B}\u{FEFF}\u{AD}";
    assert_eq!(code(unseen.as_bytes(), "a.txt"), FailureCode::NoText);
}

#[test]
fn names_and_media_types_tell_kinds_of_text_apart() {
    let format =
        |bytes: &[u8], name: &str, media_type| extract_as(bytes, name, media_type).unwrap().format;
    assert_eq!(
        format(b"# x\nfn main() {}", "main.rs", None),
        TextFormat::Code
    );
    assert_eq!(format(b"words", "a.md", None), TextFormat::Markdown);
    assert_eq!(
        format(b"words", "note", Some("text/markdown; charset=utf-8")),
        TextFormat::Markdown
    );
    assert_eq!(
        format(b"# Title\n\nwords", "note", None),
        TextFormat::Markdown
    );
    assert_eq!(
        format(b"# comment\nexport A=1\n", "note", None),
        TextFormat::Plain
    );
    assert_eq!(
        format(b"From words to: more words", "a.txt", None),
        TextFormat::Plain
    );
}

#[test]
fn rows_keep_their_header() {
    assert_eq!(
        text(
            b"Name,City\nAda,\"London, UK\"\n\"Grace \"\"G\"\" H\",\n",
            "a.csv"
        ),
        "Name: Ada | City: London, UK\nName: Grace \"G\" H\n"
    );
    assert_eq!(
        text(b"Name;Age\nAda;36\n", "a.csv"),
        "Name: Ada | Age: 36\n"
    );
    assert_eq!(text(b"1,2\n3,4\n", "a.csv"), "1 | 2\n3 | 4\n");
    assert_eq!(
        text(b"Name\tAge\nAda\t36\n", "a.tsv"),
        "Name: Ada | Age: 36\n"
    );
    assert_eq!(
        text(b"Name,Note\nAda,\"open quote\nBob,x\n", "a.csv")
            .lines()
            .count(),
        2
    );
}

#[test]
fn json_lines_are_told_by_their_content() {
    let lines = b"{\"id\": \"E-1\", \"host\": \"n1\"}\n{\"id\": \"E-2\", \"host\": \"n2\"}\nend\n";
    for name in ["a.json", "a.jsonl", "a.txt", "app.log", "export"] {
        assert_eq!(
            text(lines, name),
            "id: E-1\nhost: n1\n\nid: E-2\nhost: n2\n\nend\n\n",
            "{name}"
        );
    }
    assert_eq!(text(b"[{\"k\": 1}]", "a.txt"), "[0].k: 1\n\n");
    for prose in [
        "[1] Smith, 2020\n",
        "{name} is asked for\n{\"a\": 1}\n",
        "[[Page]]\n",
    ] {
        assert_eq!(text(prose.as_bytes(), "a.txt"), prose);
    }
}

#[test]
fn json_says_what_each_value_is() {
    assert_eq!(
        text(
            br#"{"b": {"x": [1, null, "two"]}, "a": true, "e": ""}"#,
            "a.json"
        ),
        "b.x[0]: 1\nb.x[2]: two\na: true\n"
    );
    assert_eq!(
        text(b"[{\"k\": 1}, {\"k\": 2}]", "a.json"),
        "[0].k: 1\n\n[1].k: 2\n\n"
    );
    assert_eq!(
        text(
            br#"{"of": "Quay", "a": {"b": [{"n": 1, "c": [{"x": 2}, {"x": 3}]}, {"n": 4}]}, "d": [5, 6]}"#,
            "a.json"
        ),
        "of: Quay\n\na.b[0].n: 1\na.b[0].c[0].x: 2\na.b[0].c[1].x: 3\n\na.b[1].n: 4\n\nd[0]: 5\nd[1]: 6\n"
    );
    assert_eq!(
        text(b"{\"k\": 1}\nnot json\n", "a.jsonl"),
        "k: 1\n\nnot json\n\n"
    );
    assert_eq!(
        text(br#"{"k": [{"n": 1}, {"n": 2}]}"#, "a.jsonl"),
        "k[0].n: 1\nk[1].n: 2\n\n"
    );
    assert_eq!(text(b"{broken", "a.json"), "{broken");
    assert_eq!(text(b"{\n\"k\": 1,\n}\n", "a.json"), "{\n\"k\": 1,\n}\n");
    let deep = "[".repeat(100_000);
    assert_eq!(text(deep.as_bytes(), "a.json"), deep);
}

#[test]
fn no_object_of_a_list_is_cut() {
    let objects: Vec<String> = (0..60)
        .map(|at| {
            format!(
                r#"{{"name": "Pump {at}", "place": "Hall {}", "phone": {}}}"#,
                at % 7,
                2000 + at
            )
        })
        .collect();
    let file = format!(r#"{{"plant": "Quay", "items": [{}]}}"#, objects.join(","));
    let settings = ChunkingSettings {
        max_tokens: 100,
        overlap_tokens: 0,
    };
    let chunks = chunk(
        &extract(file.as_bytes(), "a.json").unwrap(),
        &Pieces,
        settings,
    );
    assert!(chunks.len() > 10, "{}", chunks.len());
    for at in 0..60 {
        let whole = format!(
            "items[{at}].name: Pump {at}\nitems[{at}].place: Hall {}\nitems[{at}].phone: {}",
            at % 7,
            2000 + at
        );
        let holding = chunks.iter().filter(|chunk| chunk.text.contains(&whole));
        assert_eq!(holding.count(), 1, "{whole}");
    }
}

#[test]
fn long_texts_are_refused() {
    let limits = ExtractionLimits {
        output_bytes: 1000,
        ..LIMITS
    };
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all("word ".repeat(300).as_bytes()).unwrap();
    let refused = extractor_with(limits).extract(file.path(), "a.txt", None, &Unwatched);
    let failure = failure_of(refused.unwrap_err());
    assert_eq!(failure.code, FailureCode::TooLarge);
}

#[test]
fn lines_in_front_of_a_table_name_no_columns() {
    assert_eq!(
        text(b"\xef\xbb\xbfsep=;\r\nName;Desk\r\nOla;4B\r\n", "a.csv"),
        "Name: Ola | Desk: 4B\n"
    );
    assert_eq!(
        text(b"\"sep=\t\"\nName\tDesk\nOla\t4, left\n", "a.csv"),
        "Name: Ola | Desk: 4, left\n"
    );
    assert_eq!(
        text(b"SEP=|\nName|Note\nOla|a;b;c\n", "a.csv"),
        "Name: Ola | Note: a;b;c\n"
    );
    let report = "Stock of the depot\nAs of Monday, 2 March\n\nPart,Bin,Count\nNut 6 mm,A17,950\nNut 8 mm,A18,410\n";
    assert_eq!(
        text(report.as_bytes(), "a.csv"),
        "Stock of the depot\n\nAs of Monday | 2 March\n\nPart: Nut 6 mm | Bin: A17 | Count: 950\n\
         Part: Nut 8 mm | Bin: A18 | Count: 410\n"
    );
    let titled = "Rates 2026;;\nZone;Price;Days\nA;3,20;1\nB;4,80;2\n";
    assert_eq!(
        text(titled.as_bytes(), "a.csv"),
        "Rates 2026\n\nZone: A | Price: 3,20 | Days: 1\nZone: B | Price: 4,80 | Days: 2\n"
    );
    let twice = "Zone;Price\nA;3\n\nDriver;Depot;Tours\nMia;Quay;7\n\nChecked by nobody\n";
    assert_eq!(
        text(twice.as_bytes(), "a.csv"),
        "Zone: A | Price: 3\n\nDriver: Mia | Depot: Quay | Tours: 7\nChecked by nobody\n"
    );
    let rota = "Rota of May\n\n,Mon,Tue\nAda,gate,quay\nBo,quay,gate\n";
    assert_eq!(
        text(rota.as_bytes(), "a.csv"),
        "Rota of May\n\nAda | Mon: gate | Tue: quay\nBo | Mon: quay | Tue: gate\n"
    );
    let apart = "Zone;Price\n\nA;3\n\nB;4\n";
    assert_eq!(
        text(apart.as_bytes(), "a.csv"),
        "Zone: A | Price: 3\nZone: B | Price: 4\n"
    );
}

#[test]
fn the_title_of_a_long_table_is_said_of_each_of_its_rows() {
    let rows: String = (0..40)
        .map(|row| format!("Nut {row},A{row},{row}\n"))
        .collect();
    let list = format!(
        "# Price list 2024\nValid from March\n\nPart,Bin,Price\n{rows}\nSpare list\nPart,Bin,Price\nBolt,B1,7\n"
    );
    let read = extract(list.as_bytes(), "a.csv").unwrap();
    assert_eq!(read.format, TextFormat::Markdown);
    let start = "# Price list 2024\n## Valid from March\n\nPart: Nut 0 | Bin: A0 | Price: 0\n";
    assert!(read.text.starts_with(start), "{}", read.text);
    let end = "Price: 39\n\n# Spare list\n\nPart: Bolt | Bin: B1 | Price: 7\n";
    assert!(read.text.ends_with(end), "{}", read.text);
    let settings = ChunkingSettings {
        max_tokens: 64,
        overlap_tokens: 0,
    };
    let chunks = chunk(&read, &Pieces, settings);
    let of_nuts = chunks.iter().filter(|chunk| chunk.text.contains("Nut "));
    let mut rows = 0;
    for chunk in of_nuts {
        assert_eq!(chunk.heading_path, ["Price list 2024", "Valid from March"]);
        rows += chunk
            .text
            .lines()
            .filter(|line| line.starts_with("Part: Nut"))
            .count();
    }
    assert_eq!(rows, 40);
}

#[test]
fn what_markdown_takes_for_more_than_a_row_is_escaped_below_a_title_and_nothing_else() {
    let rows: String = (0..40)
        .map(|row| format!("Nut {row},A{row},{row}\n"))
        .collect();
    let list = format!("Price list 2024\n-----\n\n#Order,Bin,Price\n{rows}\n```\n====\n# of all\n");
    let read = extract(list.as_bytes(), "a.csv").unwrap();
    assert_eq!(read.format, TextFormat::Markdown);
    let start = "# Price list 2024\n\\-----\n\n#Order: Nut 0 | Bin: A0 | Price: 0\n#Order: Nut 1 ";
    assert!(read.text.starts_with(start), "{}", read.text);
    let end = "Price: 39\n\\```\n\\====\n\\# of all\n";
    assert!(read.text.ends_with(end), "{}", read.text);
    let settings = ChunkingSettings {
        max_tokens: 64,
        overlap_tokens: 0,
    };
    let chunks = chunk(&read, &Pieces, settings);
    let of_nuts = chunks.iter().filter(|chunk| chunk.text.contains("Nut "));
    for chunk in of_nuts {
        assert_eq!(chunk.heading_path, ["Price list 2024"], "{}", chunk.text);
    }
}

#[test]
fn a_table_without_a_title_is_not_under_that_of_another() {
    let rows: String = (0..40)
        .map(|row| format!("Ida {row},mate,{row}\n"))
        .collect();
    let tables = format!(
        "Zone,Price\nA,3\n\nCrew list\nName,Rank,Age\n{rows}\nDriver,Depot,Tours,Days\nMia,Quay,7,2\n"
    );
    let read = extract(tables.as_bytes(), "a.csv").unwrap();
    assert_eq!(read.format, TextFormat::Plain);
    assert!(
        read.text.contains("\n\nCrew list\n\nName: Ida 0 | "),
        "{}",
        read.text
    );
    assert!(read.text.contains("\n\nDriver: Mia | "), "{}", read.text);
}

#[test]
fn tables_without_names_have_none() {
    assert_eq!(
        text(b"Mia;Quay;12,50\nBo;Hill;3,20\n", "a.csv"),
        "Mia | Quay | 12,50\nBo | Hill | 3,20\n"
    );
    assert_eq!(
        text(b"12,50;3,20\n1,75;4,00\n", "a.csv"),
        "12,50 | 3,20\n1,75 | 4,00\n"
    );
    assert_eq!(
        text(b"Mia,north\nBo,south\nCy,north\n", "a.csv"),
        "Mia | north\nBo | south\nCy | north\n"
    );
    assert_eq!(
        text(b"Product;2024;2025\nNut;17;18\n", "a.csv"),
        "Product: Nut | 2024: 17 | 2025: 18\n"
    );
    // A row may be shorter or longer than the header.
    assert_eq!(
        text(b"Name,Desk\nMia\nBo,4,surplus\n", "a.csv"),
        "Name: Mia\nName: Bo | Desk: 4 | surplus\n"
    );
    assert_eq!(
        text(b"Name, Note\nMia, \"one, two\"\n", "a.csv"),
        "Name: Mia | Note: one, two\n"
    );
}

#[test]
fn front_matter_gives_the_title() {
    let title = |text: &str| extract(text.as_bytes(), "a.md").unwrap().title;
    let of = |title: &str| Some(title.to_owned());
    assert_eq!(
        title("---\ntitle: Leave, and more # no\nauthor: A\n---\n\nWords"),
        of("Leave, and more")
    );
    assert_eq!(
        title("---\nauthor: A\nTitle: 'It: is'\n...\nWords"),
        of("It: is")
    );
    assert_eq!(
        title("---\ntitle: >-\n  Two\n  lines\ntags: [a]\n---\nWords"),
        of("Two lines")
    );
    assert_eq!(title("+++\ntitle = \"Of TOML\"\n+++\nWords"), of("Of TOML"));
    assert_eq!(
        title("\u{feff}---\r\ntitle: With a mark\r\n---\r\nWords"),
        of("With a mark")
    );
    assert_eq!(title("---\n\nA rule: words\n\n---\n"), None);
    assert_eq!(title("# Heading\n\ntitle: none"), None);
}

#[test]
fn front_matter_is_metadata_of_markdown_alone() {
    let own = |text: &str, name: &str| {
        let read = extract(text.as_bytes(), name).unwrap();
        read.findings().own_metadata
    };
    let front = "---\nauthor: Ada\ntags: [a, b]\nnested:\n  inner: 1\n---\n\nWords";
    let expected = json!({"author": "Ada", "tags": ["a", "b"]});
    for (text, name) in [
        (front.to_owned(), "a.md"),
        (
            format!("{front}\n\n<table><tr><td>1</td></tr></table>"),
            "b.md",
        ),
    ] {
        let own = own(&text, name);
        assert_eq!(json!(own.values), expected, "{name}");
        assert_eq!(own.left_out, 1, "{name}");
    }
    assert_eq!(own(front, "a.txt"), OwnMetadata::default());
    let page = format!("<html><body><p>---<br>author: Ada<br>---</p><p>{front}</p></body></html>");
    assert_eq!(own(&page, "a.html"), OwnMetadata::default());
}

#[test]
fn front_matter_that_is_no_yaml_or_too_much_of_it_fails_no_document() {
    let anchors: String = (1..30)
        .map(|level| format!("a{level}: &a{level} [*a{0}, *a{0}, *a{0}]\n", level - 1))
        .collect();
    let many: String = (0..50_000)
        .map(|key| format!("key{key}: {key}\n"))
        .collect();
    let deep = format!("deep: {}\n", "[".repeat(100_000));
    for (front, left_out) in [
        ("a: \"no end\nb: [1\nc: {d: e\n".to_owned(), 3),
        (anchors, 29),
        (many, 50_000 - 64),
        (deep, 1),
    ] {
        let text = format!("---\nfirst: 1\n{front}---\n\nWords behind it.");
        let read = extract(text.as_bytes(), "a.md").unwrap();
        let own = read.findings().own_metadata;
        assert!(read.text.ends_with("Words behind it."));
        assert_eq!(own.values["first"], MetadataValue::Number(1.0));
        let begins: String = front.chars().take(20).collect();
        // One place of many is taken by the first.
        let more = u32::from(own.values.len() == MAX_METADATA_KEYS);
        assert_eq!(own.left_out, left_out + more, "{begins}");
    }
}

#[test]
fn forms_of_names_and_values_are_no_tables() {
    let form = "Warden,Ilse Brand\nBeds,64\nOpened,2019-05-02\n";
    assert_eq!(
        text(form.as_bytes(), "a.csv").trim(),
        "Warden: Ilse Brand\nBeds: 64\nOpened: 2019-05-02"
    );
    let table = text(b"Guest,Night\nIlse,2019-05-02\nOtto,2019-05-03\n", "a.csv");
    assert!(table.contains("Guest: Otto | Night: 2019-05-03"), "{table}");
}

#[test]
fn months_name_columns() {
    let rows: String = (0..60)
        .map(|row| format!("Crew {row},{},{}\n", row * 3, row * 7))
        .collect();
    let table = text(format!("Crew,2031-05,2031-06\n{rows}").as_bytes(), "a.csv");
    assert!(
        table.contains("Crew: Crew 59 | 2031-05: 177 | 2031-06: 413"),
        "{table}"
    );
}
