//! Page starts, which the library writes into the text as marks.

use riddle_core::PageStart;

/// The mark, as the library wants it: it replaces the number and keeps the line as it is.
pub(super) const MARKER: &str = "\n\n<!-- riddle page {page_num} -->\n\n";
const MARK_START: &str = "<!-- riddle page ";
const MARK_END: &str = " -->";

/// The mark of one page.
pub(super) fn mark(number: u32) -> String {
    MARKER.replace("{page_num}", &number.to_string())
}

/// Takes the marks out of `marked` and returns where they were, if `paged`. The library also marks formats that have
/// pages only in a layout, by explicit breaks or as page 1 throughout; those numbers would mislead.
pub(super) fn split_pages(marked: &str, paged: bool) -> (String, Vec<PageStart>) {
    let mut text = String::with_capacity(marked.len());
    let mut pages: Vec<PageStart> = Vec::new();
    let mut rest = marked;
    while let Some(at) = rest.find(MARK_START) {
        let after = &rest[at + MARK_START.len()..];
        let Some((number, tail)) = after.split_once(MARK_END) else {
            break;
        };
        let Ok(number) = number.parse() else {
            text.push_str(&rest[..at + MARK_START.len()]);
            rest = after;
            continue;
        };
        text.push_str(&rest[..at]);
        if text.trim().is_empty() {
            text.clear();
        } else if !text.ends_with("\n\n") {
            text.push_str("\n\n");
        }
        pages.push(PageStart {
            byte_offset: text.len(),
            number,
        });
        rest = tail.trim_start_matches('\n');
    }
    text.push_str(rest);
    let end = text.trim_end().len();
    text.truncate(end);
    pages.retain(|page| page.byte_offset < end);
    if !paged {
        pages.clear();
    }
    (text, pages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_become_page_starts() {
        let marked = format!("{}One\n\ntwo{}Three{}", mark(1), mark(2), mark(3));
        let (text, pages) = split_pages(marked.trim(), true);
        assert_eq!(text, "One\n\ntwo\n\nThree");
        let starts: Vec<(usize, u32)> = pages
            .iter()
            .map(|page| (page.byte_offset, page.number))
            .collect();
        assert_eq!(starts, [(0, 1), (10, 2)]);
    }

    #[test]
    fn formats_without_pages_lose_the_marks_all_the_same() {
        let marked = format!("{}words", mark(1));
        assert_eq!(split_pages(&marked, true).1.len(), 1);
        assert_eq!(
            split_pages(&marked, false),
            ("words".to_owned(), Vec::new())
        );
    }

    #[test]
    fn marks_alone_are_no_text() {
        let marked = format!("{}{}", mark(1), mark(2));
        let (text, pages) = split_pages(&marked, true);
        assert_eq!(text, "");
        assert!(pages.is_empty());
    }
}
