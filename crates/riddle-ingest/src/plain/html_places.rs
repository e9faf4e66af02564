//! Where a text of Markdown is HTML.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag};

use super::own_pictures::is_too_much;

/// Places in a text of Markdown, each kind in their order.
#[derive(Default)]
pub(crate) struct HtmlPlaces {
    /// What is HTML, none of it in code.
    pub(crate) html: Vec<Range<usize>>,
    /// Code between backticks and in fences.
    pub(crate) code: Vec<Range<usize>>,
}

/// The places of a text; none at all where it is too much to be looked through.
pub(crate) fn html_places(text: &str) -> HtmlPlaces {
    let mut places = HtmlPlaces::default();
    if is_too_much(text) {
        return places;
    }
    for (event, place) in Parser::new(text).into_offset_iter() {
        match event {
            Event::Start(Tag::HtmlBlock) | Event::InlineHtml(_) => places.html.push(place),
            Event::Code(_) | Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))) => {
                places.code.push(place);
            }
            _ => {}
        }
    }
    places
}
