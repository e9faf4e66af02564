//! Pictures that are part of a Markdown file, as long addresses that say nothing.

use std::ops::Range;

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use crate::words::is_own_picture;

/// The text, in which such a picture is only what the file says of it, which may be nothing.
pub(super) fn without_own_pictures(text: String) -> String {
    if !text.to_ascii_lowercase().contains("data:") {
        return text;
    }
    let mut changes = changes(&text);
    changes.sort_by_key(|(place, _)| place.start);
    let mut kept = String::with_capacity(text.len());
    let mut at = 0;
    for (place, instead) in changes {
        if place.start >= at {
            kept.push_str(&text[at..place.start]);
            kept.push_str(&instead);
            at = place.end;
        }
    }
    kept.push_str(&text[at..]);
    kept
}

/// What stands instead of which places.
fn changes(text: &str) -> Vec<(Range<usize>, String)> {
    let events = Parser::new(text).into_offset_iter();
    let definitions = events.reference_definitions().iter();
    let mut changes: Vec<(Range<usize>, String)> = definitions
        .filter(|(_, definition)| is_own_picture(&definition.dest))
        .map(|(_, definition)| (definition.span.clone(), String::new()))
        .collect();
    let mut picture: Option<(Range<usize>, String)> = None;
    for (event, place) in events {
        match event {
            Event::Start(Tag::Image { dest_url, .. }) if is_own_picture(&dest_url) => {
                picture = Some((place, String::new()));
            }
            Event::End(TagEnd::Image) => changes.extend(picture.take()),
            Event::Text(words) | Event::Code(words) => {
                if let Some((_, said)) = &mut picture {
                    said.push_str(&words);
                }
            }
            Event::Start(Tag::HtmlBlock) | Event::InlineHtml(_) => {
                changes.extend(addresses(text, place).map(|place| (place, String::new())));
            }
            _ => {}
        }
    }
    changes
}

/// The addresses of own pictures in HTML, which stand between quotation marks and may go over lines.
fn addresses(text: &str, html: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let mut at = html.start;
    std::iter::from_fn(move || {
        while at < html.end {
            let open = at + text[at..html.end].find(['"', '\''])?;
            let quote = text[open..].chars().next()?;
            let start = open + 1;
            let length = text[start..html.end].find(quote)?;
            at = start + length + 1;
            if is_own_picture(&text[start..start + length]) {
                return Some(start..start + length);
            }
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_of_the_file_is_what_is_said_of_it() {
        for (markdown, text) in [
            ("A ![pump](data:image/png;base64,AAAA) here", "A pump here"),
            ("![](DATA:image/svg+xml,%3Csvg%20/%3E)!", "!"),
            (
                "![a](b.png) ![](<data:image/gif;base64,R0>)!",
                "![a](b.png) !",
            ),
            (
                "See ![the *old* pump][i].\n\n[i]: <data:image/png;base64,AA>\n",
                "See the old pump.\n\n\n",
            ),
            (
                "<img alt='x' src=\"data:image/png;base64,AA\nBB\">",
                "<img alt='x' src=\"\">",
            ),
            (
                "Is <img src='data:image/png,AA'> it?",
                "Is <img src=''> it?",
            ),
            ("    ![](data:image/png,AA)", "    ![](data:image/png,AA)"),
            ("`![](data:image/png,AA)`", "`![](data:image/png,AA)`"),
            (
                "```\n![](data:image/png,AA)\n```",
                "```\n![](data:image/png,AA)\n```",
            ),
            ("[file](data:text/plain,x)", "[file](data:text/plain,x)"),
            ("data: none", "data: none"),
        ] {
            assert_eq!(
                without_own_pictures(markdown.to_owned()),
                text,
                "{markdown}"
            );
        }
    }
}
