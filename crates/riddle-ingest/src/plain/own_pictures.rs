//! Pictures that are part of a Markdown file, as long addresses that say nothing.

use std::ops::Range;

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use crate::words::is_own_picture;

/// Signs of Markdown in a text up to which it is read for such pictures. The parser takes some 60 bytes for each.
const MOST_MARKS: usize = 1 << 20;
/// The same of lists and quotations that begin in one line, through which the parser goes at every further one.
const MOST_NESTED: usize = 1_000;

/// The text, in which such a picture is only what the file says of it, which may be nothing.
pub(super) fn without_own_pictures(text: String) -> String {
    if !text.to_ascii_lowercase().contains("data:") || is_too_much(&text) {
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

/// Whether a text has so many signs of Markdown that it is not to be parsed.
pub(super) fn is_too_much(text: &str) -> bool {
    let mut marks = 0;
    for line in text.split(['\n', '\r']) {
        let beginning = line.bytes();
        let beginning = beginning.take_while(|byte| b" \t>-+*.)0123456789".contains(byte));
        let nested = beginning.filter(|byte| b">-+*.)".contains(byte)).count();
        let is_mark = |byte: &u8| b"*_[]!`<&\\".contains(byte);
        marks += 1 + nested + line.bytes().filter(is_mark).count();
        if nested > MOST_NESTED || marks > MOST_MARKS {
            return true;
        }
    }
    false
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

/// The addresses of own pictures in HTML, which stand in quotation marks behind a `=` and may go over lines.
fn addresses(text: &str, html: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let mut at = html.start;
    std::iter::from_fn(move || {
        while at < html.end {
            at += text[at..html.end].find('=')? + 1;
            let value = text[at..html.end].trim_start();
            let Some(quote) = value.chars().next().filter(|c| matches!(c, '"' | '\'')) else {
                continue;
            };
            let start = html.end - value.len() + 1;
            let Some(length) = text[start..html.end].find(quote) else {
                continue;
            };
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
            (
                "<p>It isn't here: <img src = \"data:image/png,AA\"> it's \"so\"</p>",
                "<p>It isn't here: <img src = \"\"> it's \"so\"</p>",
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

    /// The parser would take gigabytes for as many signs as a file may have.
    #[test]
    fn a_text_of_little_but_signs_stays_as_it_is() {
        let picture = "![pump](data:image/png;base64,AAAA)";
        for (sign, count, kept) in [
            ("& ", MOST_MARKS - 20, "pump"),
            ("& ", MOST_MARKS, picture),
            ("a\n", MOST_MARKS, picture),
            ("> ", MOST_NESTED, "pump"),
            ("> ", MOST_NESTED + 1, picture),
            ("1. ", MOST_NESTED + 1, picture),
        ] {
            let read = without_own_pictures(format!("{picture}\n\n{}", sign.repeat(count)));
            assert!(read.starts_with(&format!("{kept}\n")), "{count} {sign}");
        }
    }
}
