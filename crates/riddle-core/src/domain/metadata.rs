use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Keys of a document's metadata.
pub const MAX_METADATA_KEYS: usize = 64;
/// Characters of a key.
pub const MAX_METADATA_KEY_CHARS: usize = 100;
/// Characters of a text among the values.
pub const MAX_METADATA_CHARS: usize = 4_000;
/// Texts of a value that is a list.
pub const MAX_METADATA_LIST: usize = 256;
/// Bytes of what a document says about itself: it is read with each of its passages.
pub const MAX_OWN_METADATA_BYTES: usize = 16 << 10;

/// What is said about a document, by key; filters select on it.
pub type Metadata = BTreeMap<String, MetadataValue>;

/// One value of a document's metadata.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum MetadataValue {
    /// `true` or `false`.
    Bool(bool),
    /// Any JSON number; integers beyond 2^53 lose precision.
    Number(f64),
    /// A text, compared whole and case-sensitively.
    Text(String),
    /// Several texts; a condition holds when it holds for one of them.
    Texts(Vec<String>),
}

/// What a document says about itself, as in the front matter of Markdown.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct OwnMetadata {
    /// What can be kept of it, within the bounds of all metadata.
    pub values: Metadata,
    /// How many fields were left out: nested or damaged ones, and those beyond the bounds.
    pub left_out: u32,
}

impl OwnMetadata {
    /// Keeps a field, where it is within the bounds. Of several with one key the last is kept.
    pub(crate) fn add(&mut self, key: &str, value: MetadataValue) {
        if self.has_room(key, &value) && is_key(key) && is_bounded(&value) {
            self.values.insert(key.to_owned(), value);
        } else {
            self.leave_out(1);
        }
    }

    fn has_room(&self, key: &str, value: &MetadataValue) -> bool {
        if self.values.len() >= MAX_METADATA_KEYS && !self.values.contains_key(key) {
            return false;
        }
        let replaced = self.values.get(key).map_or(0, |known| size(key, known));
        let kept = metadata_bytes(&self.values) - replaced;
        kept + size(key, value) <= MAX_OWN_METADATA_BYTES
    }

    pub(crate) fn leave_out(&mut self, fields: u32) {
        self.left_out = self.left_out.saturating_add(fields);
    }

    /// Leaves out what is too much beside the metadata that was given.
    pub fn make_room_for(&mut self, given: &Metadata) {
        let mut room = MAX_METADATA_KEYS.saturating_sub(given.len());
        let mut left_out = 0;
        self.values.retain(|key, _value| {
            if given.contains_key(key) {
                return true;
            }
            let fits = room > 0;
            room = room.saturating_sub(1);
            left_out += u32::from(!fits);
            fits
        });
        self.leave_out(left_out);
    }
}

/// All metadata of a document: what was given, and what the document says itself where nothing was given.
pub fn all_metadata(own: Metadata, given: Metadata) -> Metadata {
    let mut all = own;
    all.extend(given);
    all
}

/// Bytes of all fields together: those of keys and texts, and 8 for each key and each value.
pub fn metadata_bytes(metadata: &Metadata) -> usize {
    let sizes = metadata.iter().map(|(key, value)| size(key, value));
    sizes.sum()
}

/// Bytes of a field, with those of its marks.
fn size(key: &str, value: &MetadataValue) -> usize {
    const MARKS: usize = 8;
    let said = match value {
        MetadataValue::Bool(_) | MetadataValue::Number(_) => MARKS,
        MetadataValue::Text(text) => text.len() + MARKS,
        MetadataValue::Texts(texts) => texts.iter().map(|text| text.len() + MARKS).sum(),
    };
    key.len() + MARKS + said
}

fn is_key(key: &str) -> bool {
    !key.is_empty() && key.chars().count() <= MAX_METADATA_KEY_CHARS
}

fn is_bounded(value: &MetadataValue) -> bool {
    let fits = |text: &String| text.chars().count() <= MAX_METADATA_CHARS;
    match value {
        MetadataValue::Bool(_) => true,
        MetadataValue::Number(number) => number.is_finite(),
        MetadataValue::Text(text) => fits(text),
        MetadataValue::Texts(texts) => texts.len() <= MAX_METADATA_LIST && texts.iter().all(fits),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_document_says_itself_is_bounded_as_a_whole() {
        let lists = MetadataValue::Texts(vec!["x".repeat(MAX_METADATA_CHARS); MAX_METADATA_LIST]);
        let number = MetadataValue::Number(1.0);
        let mut own = OwnMetadata::default();
        own.add("first", number.clone());
        for key in 0..MAX_METADATA_KEYS {
            own.add(&format!("list{key}"), lists.clone());
        }
        own.add("last", number);
        assert_eq!(own.values.keys().collect::<Vec<_>>(), ["first", "last"]);
        assert_eq!(own.left_out, 64);
    }

    #[test]
    fn a_field_that_comes_again_takes_the_place_of_the_first() {
        let long = |sign: &str| MetadataValue::Text(sign.repeat(MAX_METADATA_CHARS));
        let mut own = OwnMetadata::default();
        for key in ["a", "b", "c", "d", "e", "d"] {
            own.add(key, long("x"));
        }
        own.add("d", long("y"));
        assert_eq!((own.values.len(), own.left_out), (4, 1));
        assert_eq!(own.values["d"], long("y"));
        let kept = serde_json::to_vec(&own.values).expect("JSON").len();
        assert!(kept <= MAX_OWN_METADATA_BYTES, "{kept}");
    }

    #[test]
    fn what_was_given_wins_and_leaves_room_for_little() {
        let number = |number: u8| MetadataValue::Number(f64::from(number));
        let given: Metadata = (0..62).map(|key| (format!("g{key}"), number(1))).collect();
        let mut own = OwnMetadata::default();
        for key in ["a", "b", "c", "g1"] {
            own.add(key, number(2));
        }
        own.make_room_for(&given);
        assert_eq!(own.left_out, 1);
        let all = all_metadata(own.values, given);
        assert_eq!(all.len(), MAX_METADATA_KEYS);
        assert_eq!((&all["g1"], &all["b"]), (&number(1), &number(2)));
    }
}
