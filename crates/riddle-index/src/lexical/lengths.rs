use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use riddle_core::KnowledgeBaseId;
use tantivy::index::SegmentId;
use tantivy::{Searcher, SegmentReader};

use super::schema::{Fields, KNOWLEDGE_BASE};

/// Terms of each knowledge base in each segment, by the knowledge base's name in the index. Counted once, as a segment
/// never changes.
#[derive(Default)]
pub(super) struct Lengths {
    segments: Mutex<HashMap<SegmentId, Arc<HashMap<String, u64>>>>,
}

impl Lengths {
    /// Terms of these knowledge bases in a segment.
    pub(super) fn tokens(
        &self,
        reader: &SegmentReader,
        fields: Fields,
        knowledge_bases: &[KnowledgeBaseId],
    ) -> tantivy::Result<u64> {
        let known = self.lock().get(&reader.segment_id()).cloned();
        let counted = match known {
            Some(counted) => counted,
            None => {
                // Counted without the lock: at worst two searches count the same, but none waits for another.
                let counted = Arc::new(count(reader, fields)?);
                self.lock()
                    .insert(reader.segment_id(), Arc::clone(&counted));
                counted
            }
        };
        let of = |id: &KnowledgeBaseId| counted.get(&id.to_string()).copied();
        Ok(knowledge_bases.iter().filter_map(of).sum())
    }

    /// Drops the counts of segments that were merged away.
    pub(super) fn forget_all_but(&self, searcher: &Searcher) {
        let mut segments = self.lock();
        if segments.len() > searcher.segment_readers().len() {
            let live = |id: &SegmentId| {
                let mut readers = searcher.segment_readers().iter();
                readers.any(|reader| reader.segment_id() == *id)
            };
            segments.retain(|id, _| live(id));
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SegmentId, Arc<HashMap<String, u64>>>> {
        self.segments.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The index rounds the length of each chunk but keeps their exact sum, so the rounded sums are scaled to add up to it.
fn count(reader: &SegmentReader, fields: Fields) -> tantivy::Result<HashMap<String, u64>> {
    let Some(column) = reader.fast_fields().str(KNOWLEDGE_BASE)? else {
        return Ok(HashMap::new());
    };
    let exact = reader.inverted_index(fields.text)?.total_num_tokens();
    let mut rounded = vec![0_u64; column.num_terms()];
    if let [only] = &mut *rounded {
        *only = exact;
    } else {
        let lengths = reader.get_fieldnorms_reader(fields.text)?;
        for doc in 0..reader.max_doc() {
            let ordinal = column.ords().first(doc).map(|ordinal| ordinal as usize);
            if let Some(sum) = ordinal.and_then(|ordinal| rounded.get_mut(ordinal)) {
                *sum += u64::from(lengths.fieldnorm(doc));
            }
        }
    }
    let sum = rounded.iter().sum::<u64>().max(1);
    let mut tokens = HashMap::with_capacity(rounded.len());
    for (ordinal, rounded) in (0..).zip(rounded) {
        let mut name = String::new();
        if column.ord_to_str(ordinal, &mut name)? {
            let scaled = u128::from(rounded) * u128::from(exact) / u128::from(sum);
            tokens.insert(name, u64::try_from(scaled).unwrap_or(rounded));
        }
    }
    Ok(tokens)
}
