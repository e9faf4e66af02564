//! How answers and comparisons are kept: the domain's own fields as JSON, with a version, apart from the public JSON.

use riddle_core::StoreError;
use serde::de::DeserializeOwned;
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use crate::rows::to_json;

/// Raised when what is stored could no longer be read as it is; fields with a default do not raise it.
const VERSION: u32 = 1;

struct Written<'a, T> {
    kind: &'static str,
    content: &'a T,
}

impl<T: Serialize> Serialize for Written<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("version", &VERSION)?;
        map.serialize_entry(self.kind, self.content)?;
        map.end()
    }
}

#[derive(Deserialize)]
struct Read<T> {
    version: u32,
    #[serde(alias = "answer", alias = "comparison")]
    content: T,
}

/// A value as it is stored; `kind` is `answer` or `comparison`.
pub(crate) fn write<T: Serialize>(kind: &'static str, content: &T) -> Result<String, StoreError> {
    to_json(&Written { kind, content })
}

/// A stored value, unless this version cannot read it.
pub(crate) fn read<T: DeserializeOwned>(kind: &'static str, text: &str) -> Option<T> {
    match serde_json::from_str::<Read<T>>(text) {
        Ok(read) if read.version == VERSION => Some(read.content),
        Ok(read) => {
            let version = read.version;
            tracing::warn!(version, kind, "what is stored has an unknown version");
            None
        }
        Err(_other_shape) => {
            tracing::warn!(kind, "what is stored cannot be read");
            None
        }
    }
}
