//! What a chunk keeps of the pages and headings that change within it.

use riddle_core::{
    ChunkPlace, ChunkingSettings, ExtractedText, MissingPictures, PageRanges, PageStart, TextFormat,
};
use riddle_ingest::chunk;

use crate::chunking::Pieces;

fn places(text: &str, pages: &[&str]) -> Vec<ChunkPlace> {
    let pages = pages.iter().zip(1_u32..).map(|(start, number)| PageStart {
        number,
        byte_offset: text.find(start).expect("in the text"),
    });
    let document = ExtractedText {
        text: text.to_owned(),
        format: TextFormat::Markdown,
        pages: pages.collect(),
        title: None,
        recognised_pages: PageRanges::default(),
        unread_pages: 0,
        missing: MissingPictures::default(),
        unread_attachments: 0,
        media_type: "text/plain".to_owned(),
    };
    let settings = ChunkingSettings {
        max_tokens: 400,
        overlap_tokens: 0,
    };
    let mut chunks = chunk(&document, &Pieces, settings);
    assert_eq!(chunks.len(), 1, "{chunks:?}");
    chunks.remove(0).places
}

fn place(text: &str, start: &str, heading_path: &[&str], page: Option<u32>) -> ChunkPlace {
    let before = text.split(start).next().expect("in the text");
    ChunkPlace {
        start: u32::try_from(before.chars().count()).expect("short"),
        heading_path: heading_path
            .iter()
            .map(|title| (*title).to_owned())
            .collect(),
        page,
    }
}

#[test]
fn headings_and_pages_are_kept_where_they_change() {
    let text = "# 船\n\n## Hours\n\nNine.\n\n## Prices\n\nForty.\n\nOver the page.\n\n### Deposit\n\nTwo hundred.\n";
    assert_eq!(
        places(text, &["# 船", "Over", "### Deposit"]),
        [
            place(text, "## Prices", &["船", "Prices"], Some(1)),
            place(text, "Over", &["船", "Prices"], Some(2)),
            place(text, "### Deposit", &["船", "Prices", "Deposit"], Some(3)),
        ]
    );
}

#[test]
fn a_chunk_of_one_section_on_one_page_keeps_none() {
    assert_eq!(places("# A\n\n## B\n\nText.\n", &["# A"]), []);
    assert_eq!(places("Text without headings.\n", &[]), []);
}
