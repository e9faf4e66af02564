//! The web app's files, as `scripts/build-web.sh` has built them.

use std::borrow::Cow;
use std::sync::LazyLock;

use rust_embed::RustEmbed;

/// Built with its compressed forms beside each file. A server that was compiled without it has no files here.
#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Dist;

/// The page that loads all others.
pub(crate) const INDEX: &str = "index.html";
/// Files below it have a digest of their content in their name.
const HASHED: &str = "assets/";

static ADDRESSES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let files = names().filter(|name| name != INDEX);
    std::iter::once("/".to_owned())
        .chain(files.map(|name| format!("/{name}")))
        .collect()
});

/// How bytes are compressed, as HTTP names it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Encoding {
    Brotli,
    Gzip,
    Identity,
}

impl Encoding {
    /// The smallest first.
    pub(crate) const ALL: [Self; 3] = [Self::Brotli, Self::Gzip, Self::Identity];

    /// The name in `Accept-Encoding`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
            Self::Identity => "identity",
        }
    }

    fn suffix(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Gzip => ".gz",
            Self::Identity => "",
        }
    }
}

/// One form of a file.
pub(crate) struct WebFile {
    pub(crate) bytes: Cow<'static, [u8]>,
    /// SHA-256 of the bytes.
    pub(crate) digest: [u8; 32],
}

/// Addresses of the web app, which the OpenAPI document does not list and which need no key.
pub(crate) fn addresses() -> impl Iterator<Item = &'static str> {
    ADDRESSES.iter().map(String::as_str)
}

/// Names of the files, without their compressed forms.
fn names() -> impl Iterator<Item = Cow<'static, str>> {
    Dist::iter().filter(|name| !name.ends_with(".br") && !name.ends_with(".gz"))
}

/// A file in a form, if it is there in that form.
pub(crate) fn file(name: &str, encoding: Encoding) -> Option<WebFile> {
    let file = Dist::get(&format!("{name}{}", encoding.suffix()))?;
    Some(WebFile {
        digest: file.metadata.sha256_hash(),
        bytes: file.data,
    })
}

/// Whether a name stands for the same bytes for ever.
pub(crate) fn is_immutable(name: &str) -> bool {
    name.starts_with(HASHED)
}

/// Media type by a name's ending; what the build makes has no other endings.
pub(crate) fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}
