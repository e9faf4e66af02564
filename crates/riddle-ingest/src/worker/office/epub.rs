//! Books of the format EPUB with the value of a merged cell in each row and column that it covers. The library takes
//! the cells that begin in a row for all that it has.

use std::collections::HashMap;

use riddle_core::Failure;

use super::opendocument::MAX_TREE_BYTES;
use super::package::{Package, is_markup};
use crate::worker::html;

/// The book with its tables spread; `None` where it has none, or cannot be read here.
///
/// # Errors
/// It unpacks to more than is allowed.
pub(super) fn spread(document: &[u8]) -> Result<Option<Vec<u8>>, Failure> {
    let Some(mut package) = Package::open(document) else {
        return Ok(None);
    };
    let mut changed = HashMap::new();
    for name in package.names() {
        if !is_markup(&name) {
            continue;
        }
        let bytes = package.bytes(&name)?;
        let Some(Ok(text)) = bytes.map(String::from_utf8) else {
            continue;
        };
        if text.len() <= MAX_TREE_BYTES
            && let Some(spread) = html::with_spread_tables(&text, MAX_TREE_BYTES)
        {
            changed.insert(name, spread);
        }
    }
    if changed.is_empty() {
        return Ok(None);
    }
    package.rewritten(changed)
}
