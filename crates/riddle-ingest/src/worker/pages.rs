//! Page starts, which the library writes into the text as marks.

use crate::text::PageStart;

/// The mark, as the library wants it: it replaces the number and keeps the line as it is.
pub(super) const MARKER: &str = "\n\n<!-- riddle page {page_num} -->\n\n";
const MARK_START: &str = "<!-- riddle page ";
const MARK_END: &str = " -->";

/// Takes the marks out of `marked` and says where they stood. A format without pages gets a lone mark for page 1 from
/// the library; only PDF can mean it.
pub(super) fn split_pages(marked: &str, media_type: &str) -> (String, Vec<PageStart>) {
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
        let body = tail.trim_start_matches('\n');
        if !text.is_empty() && !text.ends_with("\n\n") {
            text.push_str("\n\n");
        }
        pages.push(PageStart {
            byte_offset: text.len(),
            number,
        });
        rest = body;
    }
    text.push_str(rest);
    let end = text.trim_end().len();
    text.truncate(end);
    pages.retain(|page| page.byte_offset < end);
    if pages.len() < 2 && media_type != "application/pdf" {
        pages.clear();
    }
    (text, pages)
}
