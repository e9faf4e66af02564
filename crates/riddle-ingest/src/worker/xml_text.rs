//! XML in UTF-8, which the library reads all of it as.

use super::html;

/// Whether a document is XML by itself, not in a container and no page.
pub(super) fn is_xml(media_type: &str) -> bool {
    let kind = media_type.strip_prefix("application/").unwrap_or_default();
    kind == "xml" || kind == "xml+opml" || kind.ends_with("+xml") && kind != "xhtml+xml"
}

/// The document in UTF-8, which it then no longer declares to be anything else; as it is where it is no text.
pub(super) fn in_utf8(document: Vec<u8>) -> Vec<u8> {
    let Some(text) = html::decode(&document) else {
        return document;
    };
    let declaration = text.trim_start().strip_prefix("<?xml");
    match declaration.and_then(|rest| rest.split_once("?>")) {
        Some((_, rest)) => format!("<?xml version=\"1.0\"?>{rest}").into_bytes(),
        None => text.into_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn xml_is_told_from_what_only_holds_it() {
        for media_type in [
            "application/xml",
            "application/x-jats+xml",
            "application/xml+opml",
        ] {
            assert!(is_xml(media_type), "{media_type}");
        }
        let office = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
        for media_type in ["application/xhtml+xml", "text/html", office] {
            assert!(!is_xml(media_type), "{media_type}");
        }
    }

    #[test]
    fn a_declaration_says_utf8() {
        let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><a>Gr\xf6\xdfe</a>";
        assert_eq!(
            in_utf8(latin.to_vec()),
            "<?xml version=\"1.0\"?><a>Größe</a>".as_bytes()
        );
        let wide: Vec<u8> = "\u{feff}<a>保管</a>"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(in_utf8(wide), "<a>保管</a>".as_bytes());
    }
}
