//! Pictures that stand in the page itself, as long addresses that say nothing.

const PICTURE: &str = "](data:";

/// Markdown in which a picture that is part of the page is only what its page says of it, which may be nothing.
pub(in crate::worker) fn without_own_pictures(markdown: &str) -> String {
    let mut text = String::with_capacity(markdown.len());
    let mut rest = markdown;
    while let Some(at) = rest.find(PICTURE) {
        let (before, address) = rest.split_at(at);
        let start = before
            .rfind("![")
            .filter(|start| !before[*start..].contains('\n'));
        let end = address
            .find(')')
            .filter(|end| !address[..*end].contains(['\n', ' ']));
        let (Some(start), Some(end)) = (start, end) else {
            let next = at + PICTURE.len();
            text.push_str(&rest[..next]);
            rest = &rest[next..];
            continue;
        };
        text.push_str(&before[..start]);
        text.push_str(&before[start + 2..]);
        rest = &address[end + 1..];
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_of_the_page_is_what_is_said_of_it() {
        for (markdown, text) in [
            ("![](data:image/svg+xml;base64,PHN2Zz4=)", ""),
            ("A ![pump](data:image/png;base64,AAAA) here", "A pump here"),
            (
                "![a](b.png) ![](data:image/gif;base64,R0)!",
                "![a](b.png) !",
            ),
            ("[file](data:text/plain,x)", "[file](data:text/plain,x)"),
            ("![open](data:image/png", "![open](data:image/png"),
            ("no picture", "no picture"),
        ] {
            assert_eq!(without_own_pictures(markdown), text, "{markdown}");
        }
    }
}
