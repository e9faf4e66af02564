use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

uuid_id!(
    /// A knowledge base.
    KnowledgeBaseId
);
uuid_id!(
    /// A document within a knowledge base; it keeps its id when its bytes are replaced.
    DocumentId
);
uuid_id!(
    /// One chunk of one generation of a document.
    ChunkId
);

uuid_id!(
    /// A chat.
    ChatId
);
uuid_id!(
    /// A message of a chat.
    MessageId
);
uuid_id!(
    /// A kept comparison.
    ComparisonId
);
uuid_id!(
    /// A set of questions to evaluate with.
    EvaluationSetId
);
uuid_id!(
    /// A run of an evaluation.
    EvaluationRunId
);
uuid_id!(
    /// A look at the test half of a set.
    TestLookId
);

impl ChunkId {
    /// Derives the id of a chunk from its place, not from its text: two equal paragraphs are two chunks.
    pub fn derive(document: DocumentId, generation: u32, ordinal: u32) -> Self {
        let mut name = [0_u8; 8];
        name[..4].copy_from_slice(&generation.to_be_bytes());
        name[4..].copy_from_slice(&ordinal.to_be_bytes());
        Self(Uuid::new_v5(&document.0, &name))
    }
}

/// SHA-256 of some bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentHash(pub [u8; 32]);

impl ContentHash {
    /// Hashes `bytes` in one go.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is not 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a SHA-256 hash: 64 hexadecimal digits are needed")]
pub struct ParseHashError;

impl FromStr for ContentHash {
    type Err = ParseHashError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return Err(ParseHashError);
        }
        let mut hash = [0_u8; 32];
        for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
            let high = char::from(pair[0]).to_digit(16).ok_or(ParseHashError)?;
            let low = char::from(pair[1]).to_digit(16).ok_or(ParseHashError)?;
            *byte = u8::try_from(high * 16 + low).map_err(|_too_large| ParseHashError)?;
        }
        Ok(Self(hash))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunk_ids_depend_on_place_alone() {
        let document = DocumentId(Uuid::from_u128(7));
        assert_eq!(
            ChunkId::derive(document, 1, 2),
            ChunkId::derive(document, 1, 2)
        );
        assert_ne!(
            ChunkId::derive(document, 1, 2),
            ChunkId::derive(document, 2, 1)
        );
    }

    #[test]
    fn hashes_survive_a_round_trip_through_text() {
        let hash = ContentHash::of(b"riddle");
        assert_eq!(hash.to_string().parse(), Ok(hash));
        assert_eq!("zz".parse::<ContentHash>(), Err(ParseHashError));
    }
}
