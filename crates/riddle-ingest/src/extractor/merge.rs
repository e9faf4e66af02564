//! Text that was read from pictures, put between the text that the document has itself.

use riddle_core::{ExtractError, ExtractedText, PageStart, TextFormat};

use super::pictures::ReadPages;
use crate::failure;

/// The document's own text, if it has any, with the pages that were read.
///
/// # Errors
/// There is no text at all.
pub(super) fn with_read_pages(
    own: Option<ExtractedText>,
    read: ReadPages,
    media_type: &str,
) -> Result<ExtractedText, ExtractError> {
    let ReadPages {
        texts,
        unread,
        failure,
        missing,
    } = read;
    if own.is_none() && texts.is_empty() {
        let none = failure::no_text_in_pictures();
        return Err(failure.unwrap_or(none).into());
    }
    let recognised_pages = texts.iter().map(|(page, _)| *page).collect();
    let (format, title) = match &own {
        Some(own) => (own.format, own.title.clone()),
        None => (TextFormat::Plain, None),
    };
    let mut parts = own.as_ref().map(pages_of).unwrap_or_default();
    parts.extend(
        texts
            .iter()
            .map(|(page, text)| (Some(*page), text.as_str())),
    );
    let (text, pages) = joined(parts);
    Ok(ExtractedText {
        text,
        format,
        pages,
        media_type: media_type.to_owned(),
        title,
        recognised_pages,
        unread_pages: unread,
        missing,
        unread_attachments: 0,
    })
}

/// The parts as one text, in the order of their pages, and where the pages begin in it.
fn joined(mut parts: Vec<(Option<u32>, &str)>) -> (String, Vec<PageStart>) {
    // Text in front of the first page stays there.
    parts.sort_by_key(|(page, _)| *page);
    let mut text = String::new();
    let mut pages = Vec::new();
    for (page, part) in parts {
        let part = part.trim();
        if part.is_empty() {
            continue;
        }
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        let begun = pages.last().map(|page: &PageStart| page.number);
        if let Some(number) = page.filter(|number| begun != Some(*number)) {
            pages.push(PageStart {
                byte_offset: text.len(),
                number,
            });
        }
        text.push_str(part);
    }
    (text, pages)
}

/// The text of each page with its number, and what stands in front of the first.
fn pages_of(own: &ExtractedText) -> Vec<(Option<u32>, &str)> {
    let starts = own.pages.iter().map(|page| page.byte_offset);
    let ends = starts.clone().skip(1).chain([own.text.len()]);
    let first = starts.clone().next().unwrap_or(own.text.len());
    let mut pages = vec![(None, &own.text[..first])];
    let numbered = own.pages.iter().zip(ends);
    pages.extend(numbered.map(|(page, end)| (Some(page.number), &own.text[page.byte_offset..end])));
    pages
}

#[cfg(test)]
mod tests {
    use riddle_core::{FailureCode, MissingPictures, PageRanges};

    use super::*;

    fn own(text: &str, pages: &[(usize, u32)]) -> ExtractedText {
        ExtractedText {
            text: text.to_owned(),
            format: TextFormat::Markdown,
            pages: pages
                .iter()
                .map(|&(byte_offset, number)| PageStart {
                    byte_offset,
                    number,
                })
                .collect(),
            media_type: "application/pdf".to_owned(),
            title: Some("Its title".to_owned()),
            recognised_pages: PageRanges::default(),
            unread_pages: 0,
            missing: MissingPictures::default(),
            unread_attachments: 0,
        }
    }

    fn read(texts: &[(u32, &str)], unread: u32) -> ReadPages {
        ReadPages {
            texts: texts
                .iter()
                .map(|(page, text)| (*page, (*text).to_owned()))
                .collect(),
            unread,
            ..ReadPages::default()
        }
    }

    #[test]
    fn read_pages_stand_between_the_others() {
        let own = own("first\n\nfourth", &[(0, 1), (7, 2), (7, 3), (7, 4)]);
        let merged = with_read_pages(
            Some(own),
            read(&[(2, "second"), (5, "fifth")], 1),
            "application/pdf",
        );
        let merged = merged.expect("text");
        assert_eq!(merged.text, "first\n\nsecond\n\nfourth\n\nfifth");
        let starts: Vec<(usize, u32)> = merged
            .pages
            .iter()
            .map(|page| (page.byte_offset, page.number))
            .collect();
        assert_eq!(starts, [(0, 1), (7, 2), (15, 4), (23, 5)]);
        assert_eq!(merged.recognised_pages.to_string(), "2, 5");
        assert_eq!(merged.unread_pages, 1);
        assert_eq!(merged.title.as_deref(), Some("Its title"));
    }

    #[test]
    fn nothing_read_is_the_failure_of_the_first_page_or_no_text() {
        let failed = |read| match with_read_pages(None, read, "image/png") {
            Err(ExtractError::Document(failure)) => failure.code,
            other => panic!("{other:?}"),
        };
        assert_eq!(failed(read(&[], 0)), FailureCode::NoText);
        let crashed = ReadPages {
            failure: Some(failure::crashed()),
            ..read(&[], 1)
        };
        assert_eq!(failed(crashed), FailureCode::ParserCrashed);
    }
}
