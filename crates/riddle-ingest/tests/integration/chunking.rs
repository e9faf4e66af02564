//! What every chunk must be, over arbitrary text, and how chunks follow the structure of a document.

use proptest::prelude::*;
use riddle_core::{
    ChunkingSettings, ExtractedText, MissingPictures, NewChunk, PageRanges, PageStart, TextFormat,
    Tokenizer,
};
use riddle_ingest::{chunk, chunk_while};

/// Words in pieces of four letters, every other character that is no space alone: near enough to a model's.
pub(crate) struct Pieces;

impl Tokenizer for Pieces {
    fn token_starts(&self, text: &str) -> Vec<usize> {
        let mut starts = Vec::new();
        let mut letters = 0;
        for (at, character) in text.char_indices() {
            if character.is_alphanumeric() && character.is_ascii() {
                if letters % 4 == 0 {
                    starts.push(at);
                }
                letters += 1;
            } else {
                letters = 0;
                if !character.is_whitespace() {
                    starts.push(at);
                }
            }
        }
        starts
    }
}

fn document(text: &str, format: TextFormat) -> ExtractedText {
    ExtractedText {
        text: text.to_owned(),
        format,
        pages: Vec::new(),
        media_type: "text/plain".to_owned(),
        title: None,
        recognised_pages: PageRanges::default(),
        unread_pages: 0,
        missing: MissingPictures::default(),
        unread_attachments: 0,
    }
}

fn settings(max_tokens: u32, overlap_tokens: u32) -> ChunkingSettings {
    ChunkingSettings {
        max_tokens,
        overlap_tokens,
    }
}

fn cut(text: &str, format: TextFormat, max_tokens: u32) -> Vec<NewChunk> {
    let chunks = chunk(&document(text, format), &Pieces, settings(max_tokens, 0));
    check(text, &chunks, settings(max_tokens, 0));
    chunks
}

/// Everything that holds for the chunks of any text.
pub(crate) fn check(text: &str, chunks: &[NewChunk], settings: ChunkingSettings) {
    let characters: Vec<char> = text.chars().collect();
    let mut covered = vec![false; characters.len()];
    let mut last_start = None;
    for (index, chunk) in chunks.iter().enumerate() {
        let span = chunk.span.start as usize..chunk.span.end as usize;
        let passage: String = characters[span.clone()].iter().collect();
        let carried = chunk.text.strip_suffix(&passage);
        let carried = carried.unwrap_or_else(|| panic!("span of chunk {index}: {chunk:?}"));
        assert!(
            carried.is_empty() || carried.ends_with('\n'),
            "chunk {index} begins with {carried:?}"
        );
        assert_eq!(chunk.ordinal as usize, index);
        assert!(!chunk.text.trim().is_empty(), "chunk {index} is blank");
        assert!(
            last_start < Some(span.start),
            "chunk {index} does not advance"
        );
        last_start = Some(span.start);
        assert!(
            chunk.token_count <= settings.max_tokens,
            "chunk {index} has {} tokens",
            chunk.token_count
        );
        let alone = Pieces.token_starts(&chunk.text).len();
        assert!(alone <= chunk.token_count as usize, "chunk {index}");
        covered[span].fill(true);
    }
    for (index, character) in characters.iter().enumerate() {
        assert!(
            covered[index] || character.is_whitespace(),
            "character {index} is lost"
        );
    }
    for pair in chunks.windows(2) {
        let (from, to) = (pair[1].span.start as usize, pair[0].span.end as usize);
        if from < to {
            let shared: String = characters[from..to].iter().collect();
            let tokens = Pieces.token_starts(&shared).len();
            assert!(
                tokens <= settings.overlap_tokens as usize,
                "overlap of {tokens} tokens"
            );
        }
    }
}

fn format() -> impl Strategy<Value = TextFormat> {
    prop_oneof![
        Just(TextFormat::Markdown),
        Just(TextFormat::Plain),
        Just(TextFormat::Code)
    ]
}

fn fragment() -> impl Strategy<Value = String> {
    prop_oneof![
        "#{1,6} [a-zA-Z ]{0,40}\n",
        "[a-z]{1,12}( [a-z]{1,12}){0,60}[.!?]?\n\n",
        "[\u{4e00}-\u{4e80}]{1,80}[。！？]",
        "- [a-z ]{1,30}\n",
        "```\n[# a-z\n]{0,60}\n```\n",
        "~~~\n[a-z ]{0,20}",
        "\\| [a-z]{1,8} \\| [a-z]{1,8} \\|\n",
        "([A-Z][a-z ]{0,30}\n\n)?\\| [a-z]{1,8} \\| [a-z]{0,30} \\|\n\\|--\\|--\\|\n(\\| [a-z ]{1,60} \\| [a-z]{1,8} \\|\n){0,12}",
        "[a-z ]{1,20}\n(===|---)\n",
        "[a-zA-Z0-9+/]{1,400}",
        "[\u{0}-\u{10ffff}]{0,20}",
        "[ \t\n]{1,8}",
        "(👩‍👩‍👧‍👦|é|ก็|한국어|العربية) ?",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn chunks_of_structured_text_are_sound(
        fragments in prop::collection::vec(fragment(), 0..40),
        format in format(),
        max_tokens in 32_u32..200,
        overlap in 0_u32..16,
    ) {
        let text = fragments.concat();
        let settings = settings(max_tokens, overlap);
        check(&text, &chunk(&document(&text, format), &Pieces, settings), settings);
    }

    #[test]
    fn chunks_of_any_text_are_sound(text in any::<String>(), format in format()) {
        let settings = settings(32, 8);
        check(&text, &chunk(&document(&text, format), &Pieces, settings), settings);
    }
}

#[test]
fn long_texts_in_many_segments_are_sound() {
    let paragraph = "The sieve holds back what is coarse. 粗的留在筛子里。它很细！\n\n";
    let text: String = (0..3000)
        .map(|index| match index % 50 {
            0 => format!("# Part {index}\n\n"),
            10 => format!("## Section {index}\n\n"),
            20 => "```\n# not a heading\n\nlet x = 1;\n```\n\n".to_owned(),
            _ => paragraph.to_owned(),
        })
        .collect();
    for format in [TextFormat::Markdown, TextFormat::Plain, TextFormat::Code] {
        let settings = settings(128, 16);
        let chunks = chunk(&document(&text, format), &Pieces, settings);
        check(&text, &chunks, settings);
        let full = chunks.iter().filter(|chunk| chunk.token_count > 64).count();
        assert!(
            full * 10 > chunks.len() * 7,
            "{full} of {} are filled",
            chunks.len()
        );
    }
}

#[test]
fn a_word_without_end_is_cut_hard() {
    let text = "x".repeat(200_000);
    let chunks = cut(&text, TextFormat::Plain, 64);
    assert!(chunks.len() >= 200_000 / 4 / 64);
}

#[test]
fn a_tokenizer_with_one_token_for_everything_still_gives_short_chunks() {
    struct One;
    impl Tokenizer for One {
        fn token_starts(&self, text: &str) -> Vec<usize> {
            if text.is_empty() { Vec::new() } else { vec![0] }
        }
    }
    let text = "QUJD".repeat(50_000);
    let chunks = chunk(&document(&text, TextFormat::Plain), &One, settings(64, 0));
    assert!(chunks.iter().all(|chunk| chunk.text.len() <= 64 * 32));
}

#[test]
fn heading_paths_follow_the_sections() {
    let filler = "some words of a paragraph. ".repeat(12);
    let text = format!(
        "# Guide\n\n{filler}\n\nSetup\n-----\n\n{filler}\n\n### Linux **now**\n\n{filler}\n\n```sh\n# comment\n{filler}\n```\n\n## Use\n\n{filler}"
    );
    let chunks = cut(&text, TextFormat::Markdown, 96);
    let path_of = |words: &str| {
        let chunk = chunks
            .iter()
            .find(|chunk| chunk.text.contains(words))
            .unwrap();
        chunk.heading_path.join(" › ")
    };
    assert_eq!(path_of("# Guide"), "Guide");
    assert_eq!(path_of("Setup\n-----"), "Guide › Setup");
    assert_eq!(path_of("### Linux"), "Guide › Setup › Linux now");
    assert_eq!(path_of("# comment"), "Guide › Setup › Linux now");
    assert_eq!(path_of("## Use"), "Guide › Use");
    assert!(
        chunks
            .iter()
            .all(|chunk| !chunk.heading_path.iter().any(|title| title == "comment"))
    );
}

#[test]
fn a_rule_above_a_heading_is_no_text_of_the_part_before() {
    let front = "---\ntitle: Travel policy\nauthor: Quill Dane\ntags: [hotel, train, plane]\n---";
    let text = format!("{front}\n\n# Trips\n\nA hotel may cost 140 euros a night.\n");
    for max_tokens in [16, 24, 32, 64, 128] {
        for chunk in cut(&text, TextFormat::Markdown, max_tokens) {
            let is_part = chunk.text.starts_with(['-', '#', 'A']) && !chunk.text.contains("title");
            if is_part && chunk.text.contains("euros") {
                assert_eq!(chunk.heading_path, ["Trips"], "{}", chunk.text);
            }
        }
    }
    let cut = cut(
        "***\n\n# Trips\n\nA hotel may cost 140 euros.",
        TextFormat::Markdown,
        64,
    );
    assert_eq!(cut[0].heading_path, ["Trips"]);
}

#[test]
fn passages_and_their_headings_fit_together() {
    let filler = "some words of a paragraph. ".repeat(40);
    let text =
        format!("# A rather long title of a part\n\n## And one more of a chapter\n\n{filler}");
    for chunk in cut(&text, TextFormat::Markdown, 128) {
        let tokens = Pieces.token_starts(&chunk.indexed_text()).len();
        assert!(tokens <= 128, "{tokens} tokens with the headings");
    }
}

#[test]
fn a_title_apart_from_the_text_stands_above_what_its_headings_do_not_say() {
    let cut_titled = |title: &str, text: &str| {
        let mut document = document(text, TextFormat::Markdown);
        document.title = Some(title.to_owned());
        let chunks = chunk(&document, &Pieces, settings(64, 0));
        check(text, &chunks, settings(64, 0));
        chunks
    };
    let filler = "Within thirty days the price is paid back. ".repeat(20);
    let chunks = cut_titled("Refund *policy* of the house", &filler);
    assert!(chunks.len() > 2, "{}", chunks.len());
    for chunk in &chunks {
        assert_eq!(chunk.heading_path, ["Refund policy of the house"]);
        assert!(!chunk.text.contains("Refund"), "{}", chunk.text);
        let indexed = chunk.indexed_text();
        assert!(indexed.starts_with("Refund policy of the house\n"));
        let tokens = Pieces.token_starts(&indexed).len();
        assert!(tokens <= 64, "{tokens} tokens with the title");
    }

    let two_parts = format!("## By post\n\n{filler}\n\n## In the shop\n\n{filler}");
    let chunks = cut_titled("Refunds", &two_parts);
    let last = &chunks[chunks.len() - 1];
    assert_eq!(chunks[0].heading_path, ["Refunds", "By post"]);
    assert_eq!(last.heading_path, ["Refunds", "In the shop"]);
    let places = chunks.iter().flat_map(|chunk| &chunk.places);
    for place in places {
        assert_eq!(place.heading_path[0], "Refunds");
    }

    let said = cut_titled("Refunds | The shop", &two_parts);
    assert_eq!(said[0].heading_path, ["By post"], "a heading says it");
    assert_eq!(cut_titled(" ", "Some words.")[0].heading_path, [""; 0]);
}

#[test]
fn headings_do_not_stand_alone() {
    let long = "word ".repeat(200);
    let text = format!("# One\n\n## Two\n\n{long}\n\n# Three\n\n{long}");
    let chunks = cut(&text, TextFormat::Markdown, 64);
    for chunk in &chunks {
        assert!(chunk.text.contains("word"), "{:?}", chunk.text);
    }
}

#[test]
fn chinese_is_cut_at_the_ends_of_sentences() {
    let sentence = "它把许多候选放进去只留下能回答问题的少数几个";
    let text: String = (0..60)
        .map(|index| format!("{sentence}{}", ["。", "！", "？"][index % 3]))
        .collect();
    let chunks = cut(&text, TextFormat::Plain, 100);
    assert!(chunks.len() > 10);
    for chunk in &chunks {
        assert!(chunk.text.starts_with('它'), "{}", chunk.text);
        assert!(chunk.text.ends_with(['。', '！', '？']), "{}", chunk.text);
    }
}

#[test]
fn neighbours_overlap_inside_a_section_and_not_across_a_heading() {
    let sentences: String = (0..30).map(|i| format!("Sentence {i} is here. ")).collect();
    let text = format!("# One\n\n{sentences}\n\n# Two\n\n{sentences}");
    let settings = settings(64, 16);
    let chunks = chunk(&document(&text, TextFormat::Markdown), &Pieces, settings);
    check(&text, &chunks, settings);
    let overlapping = chunks
        .windows(2)
        .filter(|pair| pair[1].span.start < pair[0].span.end)
        .count();
    assert!(overlapping >= 4, "{overlapping} overlaps");
    let second = chunks
        .iter()
        .find(|chunk| chunk.text.contains("# Two"))
        .unwrap();
    assert!(second.text.starts_with("# Two"), "{}", second.text);
}

#[test]
fn chunks_know_their_page() {
    let page = "words on a page. ".repeat(30);
    let text = format!("{page}\n\n{page}\n\n{page}");
    let step = page.len() + 2;
    let extracted = ExtractedText {
        pages: (0..3)
            .map(|index| PageStart {
                byte_offset: index as usize * step,
                number: index + 4,
            })
            .collect(),
        ..document(&text, TextFormat::Plain)
    };
    let chunks = chunk(&extracted, &Pieces, settings(64, 0));
    for chunk in &chunks {
        let expected = 4 + chunk.span.start / u32::try_from(step).unwrap();
        assert_eq!(chunk.page, Some(expected));
    }
    assert_eq!(cut(&text, TextFormat::Plain, 64)[0].page, None);
}

#[test]
fn blank_text_gives_no_chunks() {
    assert!(cut(" \n\n\t", TextFormat::Markdown, 64).is_empty());
    assert!(cut("", TextFormat::Plain, 64).is_empty());
}

/// Counts the calls and the bytes of a tokenizer.
struct Counted(std::sync::atomic::AtomicUsize);

impl Tokenizer for Counted {
    fn token_starts(&self, text: &str) -> Vec<usize> {
        self.0
            .fetch_add(text.len(), std::sync::atomic::Ordering::Relaxed);
        Pieces.token_starts(text)
    }
}

#[test]
fn a_text_without_seams_is_cut_evenly_with_overlap_and_tokenised_once() {
    let ideographs = (0..50_000_u32).filter_map(|n| char::from_u32(0x4e00 + n % 5_000));
    let text: String = ideographs.collect();
    let counted = Counted(0.into());
    let document = document(&text, TextFormat::Plain);
    let chunks = chunk(&document, &counted, settings(256, 32));
    assert_eq!(counted.0.into_inner(), text.len());
    let mut end = 0;
    for pair in chunks.windows(2) {
        assert!(pair[0].token_count <= 256 && pair[1].span.start <= pair[0].span.end);
        let shared = pair[0].span.end - pair[1].span.start;
        assert!(shared <= 32, "{shared}");
        end = pair[1].span.end;
    }
    assert_eq!(end, 50_000);
    let whole = chunks.iter().filter(|chunk| chunk.token_count == 256);
    assert!(
        whole.count() * 10 > chunks.len() * 8,
        "most chunks are full"
    );
}

#[test]
fn cutting_ends_when_it_is_told_to() {
    let text = "All words are of use here. ".repeat(20_000);
    let document = document(&text, TextFormat::Plain);
    let asked = std::cell::Cell::new(0_usize);
    let never = chunk_while(&document, &Pieces, settings(256, 32), &|| {
        asked.set(asked.get() + 1);
        true
    });
    let asked = asked.get();
    assert!(never.is_some() && asked > 40, "{asked}");
    for last in [0, asked / 2, asked - 1] {
        let left = std::cell::Cell::new(last);
        let cut = chunk_while(&document, &Pieces, settings(256, 32), &|| {
            left.replace(left.get().saturating_sub(1)) > 0
        });
        assert!(cut.is_none(), "after {last}");
    }
}

/// A table of `count` valves under a caption, as authors write it.
fn valves(count: usize) -> String {
    let rows: String = (1..=count)
        .map(|row| {
            format!(
                "| K-{row:03} | hall {} | {} bar |\n",
                row % 7,
                row * 3 + 100
            )
        })
        .collect();
    format!("| Valve | Place | Test pressure |\n|:--|:-:|--:|\n{rows}")
}

/// Chunks with rows, and whether each has the names of the columns and only whole rows.
fn check_rows(chunks: &[NewChunk], names: &str, columns: usize, count: usize) {
    let mut rows = 0;
    for chunk in chunks.iter().filter(|chunk| chunk.text.contains("K-")) {
        assert!(chunk.text.contains(names), "no names: {}", chunk.text);
        for row in chunk.text.lines().filter(|line| line.contains("K-")) {
            assert_eq!(row.matches('|').count(), columns, "cut: {row}");
            rows += 1;
        }
    }
    assert_eq!(rows, count, "each row once");
}

#[test]
fn a_table_that_is_cut_names_its_columns_in_every_chunk() {
    let text = format!(
        "# Plant\n\nSome words before it all.\n\n## Valves\n\nTable 4: Valves of the plant\n\n{}\nAfter the table.\n",
        valves(90)
    );
    for max_tokens in [64, 100, 256] {
        let chunks = cut(&text, TextFormat::Markdown, max_tokens);
        assert!(chunks.len() > 3, "{}", chunks.len());
        check_rows(&chunks, "| Valve | Place | Test pressure |\n|", 4, 90);
        for chunk in chunks.iter().filter(|chunk| chunk.text.contains("K-")) {
            assert_eq!(chunk.heading_path, ["Plant", "Valves"], "{}", chunk.text);
            assert!(chunk.text.contains("Table 4: Valves of the plant"));
            let indexed = Pieces.token_starts(&chunk.indexed_text()).len();
            assert!(indexed <= max_tokens as usize, "{indexed} tokens");
        }
        assert!(
            chunks
                .last()
                .is_some_and(|last| last.text.ends_with("After the table."))
        );
    }
}

#[test]
fn tables_of_every_shape_keep_their_names() {
    let bare: String = (1..=60).map(|row| format!("K-{row:03} | hall\n")).collect();
    let text = format!("Valve | Place\n--- | ---\n{bare}\nEnd.");
    check_rows(
        &cut(&text, TextFormat::Markdown, 64),
        "Valve | Place\n-",
        1,
        60,
    );

    let blank = valves(60).replace("| Valve | Place | Test pressure |\n|:--|:-:|--:|\n", "");
    let text = format!("| | | |\n|---|---|---|\n| Valve | Place | Pressure |\n{blank}");
    check_rows(
        &cut(&text, TextFormat::Markdown, 64),
        "| Valve | Place | Pressure |",
        4,
        60,
    );

    let text = format!(
        "Words. {}\n\n{}\n\n{}",
        "More words. ".repeat(30),
        valves(40),
        valves(3)
    );
    let chunks = chunk(
        &document(&text, TextFormat::Markdown),
        &Pieces,
        settings(96, 24),
    );
    check(&text, &chunks, settings(96, 24));
    check_rows(&chunks, "| Valve | Place | Test pressure |", 4, 43);

    let text = format!("```\n{}```\n", valves(60));
    let in_code = cut(&text, TextFormat::Markdown, 64);
    let named = in_code
        .iter()
        .filter(|chunk| chunk.text.contains("Valve"))
        .count();
    assert_eq!(named, 1, "code is no table");
}

#[test]
fn a_row_longer_than_a_chunk_is_cut_and_still_has_the_names() {
    let long = "many words of one cell ".repeat(60);
    let text = format!("| Key | Note |\n|---|---|\n| a | short |\n| b | {long} |\n| c | short |\n");
    let chunks = cut(&text, TextFormat::Markdown, 64);
    assert!(chunks.len() > 5);
    assert!(
        chunks
            .iter()
            .all(|chunk| chunk.text.starts_with("| Key | Note |\n|"))
    );
    assert!(
        chunks
            .last()
            .is_some_and(|last| last.text.ends_with("| c | short |"))
    );
}

#[test]
fn names_of_columns_that_would_fill_the_chunk_are_left_out() {
    let names = "A rather long name of one column ".repeat(20);
    let rows = "| a | b |\n".repeat(80);
    let text = format!("| {names} | b |\n|---|---|\n{rows}");
    let chunks = cut(&text, TextFormat::Markdown, 64);
    assert!(
        chunks
            .last()
            .is_some_and(|last| last.text.starts_with("| a | b |"))
    );
}

#[test]
fn a_table_that_fits_stays_in_one_chunk_with_the_text_around_it() {
    let text = format!("Before.\n\n{}\nBehind.", valves(3));
    let chunks = cut(&text, TextFormat::Markdown, 128);
    assert_eq!(chunks.len(), 1);
    assert_eq!(chunks[0].text, text);
}

fn paths(text: &str) -> Vec<String> {
    let mut paths: Vec<String> = cut(text, TextFormat::Markdown, 32)
        .iter()
        .flat_map(|chunk| chunk.heading_path.clone())
        .collect();
    paths.sort();
    paths.dedup();
    paths
}

#[test]
fn comments_and_raw_blocks_have_no_headings() {
    let filler = "words of a paragraph here. ".repeat(3);
    let hidden = [
        format!("<!--\n# Not shown\n\n{filler}\n-->"),
        format!("<!-- # Not shown -->\n\n{filler}"),
        format!("Text <!-- it goes on\n\n## Not shown\n-->\n\n{filler}"),
        format!("<!-- one --> <!-- two\nNot shown\n=====\n-->\n\n{filler}"),
        format!("<pre>\n# Not shown\n\n# Not shown\n</pre>\n\n{filler}"),
        format!("<Script type=x>\n# Not shown\n</SCRIPT>\n\n{filler}"),
        format!("~~~\n<!--\n# Not shown\n~~~\n\n{filler}"),
        format!("    # Not shown\n\n\t# Not shown\n\n{filler}"),
        format!("```\n# Not shown\n~~~\n# Not shown\n```\n\n{filler}"),
    ];
    for text in hidden {
        let text = format!("# First\n\n{text}\n\n## Second <!-- id -->\n\n{filler}");
        assert_eq!(paths(&text), ["First", "Second"], "{text}");
    }
    let shown = [
        format!("<!-- never closed\n\n## Shown\n\n{filler}"),
        format!("Write `<!--` for it.\n\n## Shown\n\n{filler} and `-->` here."),
        format!("<pre>\n\n## Shown\n\n{filler}"),
        format!("<presenter>x</presenter>\n\nShown\n---\n\n{filler}"),
    ];
    for text in shown {
        assert!(paths(&text).contains(&"Shown".to_owned()), "{text}");
    }
}

#[test]
fn front_matter_has_no_headings() {
    let filler = "words of a paragraph here. ".repeat(3);
    for front in [
        "---\ntitle: A\n# a comment\nauthor: B\n---\n",
        "---\ntitle: >\n  long\n  title\ntags:\n- a\n---  \n",
        "---\ntitle: A\nversion: 2\n...\n",
        "+++\ntitle = \"A\"\n# comment\n[extra]\nx = 1\n+++\n",
    ] {
        let text = format!("{front}\n# First\n\n{filler}");
        assert_eq!(paths(&text), ["First"], "{text}");
    }
    let rule = format!("---\n\nWords\n---\n\n{filler}");
    assert_eq!(paths(&rule), ["Words"]);
}

#[test]
fn a_first_row_of_values_is_not_carried_as_names() {
    let rows: String = (1..=80)
        .map(|row| format!("| {row} | 48{row:04} | ring | 3,40 |\n"))
        .collect();
    let text =
        format!("Pos Number Part Price\n\n| 0 | 990011 | seal | 1,20 |\n|---|---|---|---|\n{rows}");
    let chunks = cut(&text, TextFormat::Markdown, 64);
    let with_first = chunks
        .iter()
        .filter(|chunk| chunk.text.contains("990011"))
        .count();
    assert_eq!(with_first, 1);
    assert!(
        chunks
            .iter()
            .all(|chunk| chunk.text.starts_with("Pos Number Part Price\n\n|"))
    );
    let years = format!(
        "| City | 2020 | 2021 |\n|---|---|---|\n{}",
        "| Bern | 12 | 13 |\n".repeat(60)
    );
    let chunks = cut(&years, TextFormat::Markdown, 64);
    assert!(
        chunks
            .iter()
            .all(|chunk| chunk.text.starts_with("| City | 2020 | 2021 |\n|"))
    );
}

#[test]
fn a_header_that_fills_its_chunk_is_followed_by_its_rows() {
    let name = "A name of a column ".repeat(6);
    let text = format!("| {name} | b |\n|---|---|\n| a rather long value in a cell | b |\n");
    for max_tokens in 32..72 {
        let chunks = cut(&text, TextFormat::Markdown, max_tokens);
        assert!(
            chunks
                .last()
                .is_some_and(|last| last.text.ends_with("| b |"))
        );
    }
}

#[test]
fn a_line_above_a_table_is_no_caption_unless_it_says_so() {
    for (line, is_caption) in [
        ("Do not tell the neighbours.", false),
        ("Page 4 of 9", false),
        ("Table tennis is played on Monday", false),
        ("**Table 2** Valves", true),
        ("Valves of the plant:", true),
        ("表 3 阀门", true),
    ] {
        let text = format!("{line}\n\n{}", valves(90));
        let chunks = cut(&text, TextFormat::Markdown, 100);
        let with = chunks
            .iter()
            .filter(|chunk| chunk.text.contains(line))
            .count();
        assert_eq!(with, if is_caption { chunks.len() } else { 1 }, "{line}");
    }
}
