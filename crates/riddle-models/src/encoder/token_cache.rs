use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};

/// Tokens of a passage of ordinary length, to plan the table.
const USUAL_TOKENS: usize = 256;
/// Bytes of an entry beside its token ids.
const ENTRY_BYTES: u64 = 128;

/// Token ids of whole passages, so that a passage that many questions find is tokenized once.
pub(crate) struct TokenCache(Cache<[u8; 32], Arc<[u32]>, ByBytes>);

#[derive(Clone)]
struct ByBytes;

impl TokenCache {
    /// A cache of at most so many bytes.
    pub(crate) fn new(bytes: usize) -> Self {
        let entries = bytes / (USUAL_TOKENS * size_of::<u32>());
        Self(Cache::with_weighter(entries, bytes as u64, ByBytes))
    }

    /// The ids of a passage, made now if they are not there.
    pub(crate) fn get_or_tokenize<E>(
        &self,
        text: &str,
        tokenize: impl FnOnce() -> Result<Vec<u32>, E>,
    ) -> Result<Arc<[u32]>, E> {
        let key: [u8; 32] = Sha256::digest(text).into();
        if let Some(known) = self.0.get(&key) {
            return Ok(known);
        }
        let ids: Arc<[u32]> = tokenize()?.into();
        self.0.insert(key, Arc::clone(&ids));
        Ok(ids)
    }
}

impl Weighter<[u8; 32], Arc<[u32]>> for ByBytes {
    fn weight(&self, _: &[u8; 32], ids: &Arc<[u32]>) -> u64 {
        ENTRY_BYTES + size_of_val::<[u32]>(ids) as u64
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    fn ids(cache: &TokenCache, text: &str, calls: &mut usize) -> Vec<u32> {
        let made = cache.get_or_tokenize(text, || -> Result<_, Infallible> {
            *calls += 1;
            Ok(text.bytes().map(u32::from).collect())
        });
        match made {
            Ok(ids) => ids.to_vec(),
        }
    }

    #[test]
    fn the_same_text_is_tokenized_once() {
        let (cache, mut calls) = (TokenCache::new(1 << 20), 0);
        for _ in 0..3 {
            assert_eq!(ids(&cache, "ab", &mut calls), [97, 98]);
            assert_eq!(ids(&cache, "ba", &mut calls), [98, 97]);
        }
        assert_eq!(calls, 2);
    }

    #[test]
    fn it_stays_within_its_bytes() {
        const BYTES: usize = 64 << 10;
        let (cache, mut calls) = (TokenCache::new(BYTES), 0);
        for number in 0..2_000 {
            let text = format!("{number:0>200}");
            assert_eq!(ids(&cache, &text, &mut calls).len(), 200);
        }
        assert_eq!(calls, 2_000);
        assert!(cache.0.weight() <= BYTES as u64);
        assert!(cache.0.len() > 10, "nothing is kept");
    }
}
