//! What the name and the media type of a file lead us to expect.

use super::text_kind::TextKind;

/// What a file should be if its name is right.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Expectation {
    /// A format that is not text; its signature would have shown.
    Binary,
    /// Text with markup that the worker parses.
    Markup(&'static str),
    /// Text of this kind.
    Text(TextKind),
    /// Text of no particular kind.
    Prose,
    None,
}

/// The name's extension decides; a media type helps where it has none that we know.
pub(super) fn expectation(name: &str, media_type: Option<&str>) -> Expectation {
    let extension = name
        .rsplit_once('.')
        .map(|(_stem, extension)| extension.to_lowercase());
    match extension.as_deref().map(by_extension) {
        None | Some(Expectation::None) => media_type.map_or(Expectation::None, by_media_type),
        Some(expected) => expected,
    }
}

fn by_extension(extension: &str) -> Expectation {
    match extension {
        "pdf" | "doc" | "docx" | "docm" | "dot" | "dotx" | "dotm" | "ppt" | "pptx" | "pptm"
        | "pps" | "ppsx" | "pot" | "potx" | "xls" | "xlsx" | "xlsm" | "xlsb" | "xlt" | "xltx"
        | "odt" | "ods" | "odp" | "epub" | "msg" | "rtf" | "pages" | "numbers" | "key" | "zip"
        | "7z" | "gz" | "tgz" | "tar" | "rar" | "png" | "jpg" | "jpeg" | "gif" | "webp" | "tif"
        | "tiff" | "bmp" => Expectation::Binary,
        "html" | "htm" | "xhtml" | "xht" => Expectation::Markup("text/html"),
        "xml" | "xsd" | "rss" | "atom" | "kml" | "svg" => Expectation::Markup("application/xml"),
        "nxml" | "jats" => Expectation::Markup("application/x-jats+xml"),
        "dbk" | "docbook" => Expectation::Markup("application/docbook+xml"),
        "fb2" => Expectation::Markup("application/x-fictionbook+xml"),
        "opml" => Expectation::Markup("application/xml+opml"),
        "eml" | "mhtml" | "mht" | "p7s" => Expectation::Markup("message/rfc822"),
        "rst" => Expectation::Markup("text/prs.fallenstein.rst"),
        "org" => Expectation::Markup("text/org"),
        "tex" | "latex" => Expectation::Markup("application/x-latex"),
        "adoc" | "asciidoc" => Expectation::Markup("text/asciidoc"),
        "vtt" => Expectation::Markup("text/vtt"),
        "typ" | "typst" => Expectation::Markup("text/vnd.typst"),
        "ipynb" => Expectation::Markup("application/x-ipynb+json"),
        "bib" => Expectation::Markup("application/x-bibtex"),
        "md" | "markdown" | "mdx" | "mkd" | "qmd" | "rmd" => Expectation::Text(TextKind::Markdown),
        "csv" | "tsv" | "tab" | "psv" => Expectation::Text(TextKind::Delimited),
        "json" | "geojson" | "boxnote" => Expectation::Text(TextKind::Json),
        "jsonl" | "ndjson" => Expectation::Text(TextKind::JsonLines),
        "txt" | "text" | "mbox" | "srt" => Expectation::Prose,
        other if is_code(other) => Expectation::Text(TextKind::Code),
        _ => Expectation::None,
    }
}

/// Extensions of source code, configuration and logs.
const CODE: &str = "ada asm awk bas bash bat c cc cfg clj cmake cmd conf cpp cs css cu cxx d dart diff el elm erl ex exs \
    f90 fs go gradle graphql groovy h hcl hh hpp hs ini java jl js jsx kt less lisp log lua m mjs ml nim \
    patch php pl properties proto ps1 py pyi r rb rs sass scala scm scss sh sol sql swift tcl tf toml ts \
    tsx vue yaml yml zig";

fn is_code(extension: &str) -> bool {
    !extension.is_empty() && CODE.split(' ').any(|known| known == extension)
}

fn by_media_type(media_type: &str) -> Expectation {
    let essence = media_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_lowercase();
    match essence.as_str() {
        "text/html" | "application/xhtml+xml" => Expectation::Markup("text/html"),
        "text/xml" | "application/xml" => Expectation::Markup("application/xml"),
        "message/rfc822" | "multipart/related" => Expectation::Markup("message/rfc822"),
        "text/x-rst" => Expectation::Markup("text/prs.fallenstein.rst"),
        "text/org" => Expectation::Markup("text/org"),
        "application/x-latex" | "application/x-tex" | "text/x-tex" => {
            Expectation::Markup("application/x-latex")
        }
        "text/asciidoc" => Expectation::Markup("text/asciidoc"),
        "text/vtt" => Expectation::Markup("text/vtt"),
        "application/x-ipynb+json" => Expectation::Markup("application/x-ipynb+json"),
        "text/markdown" | "text/x-markdown" => Expectation::Text(TextKind::Markdown),
        "text/csv" | "text/tab-separated-values" => Expectation::Text(TextKind::Delimited),
        "application/json" => Expectation::Text(TextKind::Json),
        "application/x-ndjson" | "application/jsonl" => Expectation::Text(TextKind::JsonLines),
        "application/javascript"
        | "text/javascript"
        | "application/sql"
        | "application/toml"
        | "application/yaml"
        | "text/css"
        | "text/x-python"
        | "text/x-rust"
        | "text/x-c" => Expectation::Text(TextKind::Code),
        "text/plain" => Expectation::Prose,
        "application/pdf" | "application/msword" | "application/rtf" | "application/epub+zip" => {
            Expectation::Binary
        }
        other
            if other.starts_with("application/vnd.openxmlformats")
                || other.starts_with("application/vnd.ms-")
                || other.starts_with("application/vnd.oasis") =>
        {
            Expectation::Binary
        }
        _ => Expectation::None,
    }
}
