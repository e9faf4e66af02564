//! Where a text of Markdown is HTML.

use std::ops::Range;

use pulldown_cmark::{Event, Parser, Tag};

use super::own_pictures::is_too_much;

/// The places in their order, none of them in code; none at all where the text is too much to be looked through.
pub(crate) fn html_places(text: &str) -> Vec<Range<usize>> {
    if is_too_much(text) {
        return Vec::new();
    }
    let events = Parser::new(text).into_offset_iter();
    let is_html =
        |event: &Event<'_>| matches!(event, Event::Start(Tag::HtmlBlock) | Event::InlineHtml(_));
    let places = events.filter(|(event, _)| is_html(event));
    places.map(|(_, place)| place).collect()
}
