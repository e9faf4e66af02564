use std::cmp::Ordering;
use std::collections::BinaryHeap;

use riddle_core::{ChunkId, KnowledgeBaseId, ScoredChunk};
use tantivy::columnar::Column;
use tantivy::query::Weight;
use tantivy::{DocId, DocSet, Score, SegmentReader, TERMINATED};
use uuid::Uuid;

use super::schema::{CHUNK_HIGH, CHUNK_LOW, KNOWLEDGE_BASE};

/// The chunk ids of one segment, by tantivy's document number.
pub(super) struct ChunkColumn {
    high: Column<u64>,
    low: Column<u64>,
}

impl ChunkColumn {
    pub(super) fn open(reader: &SegmentReader) -> tantivy::Result<Self> {
        let fast = reader.fast_fields();
        Ok(Self {
            high: fast.u64(CHUNK_HIGH)?,
            low: fast.u64(CHUNK_LOW)?,
        })
    }

    pub(super) fn chunk(&self, doc: DocId) -> ChunkId {
        let high = self.high.first(doc).unwrap_or_default();
        let low = self.low.first(doc).unwrap_or_default();
        ChunkId(Uuid::from_u64_pair(high, low))
    }
}

/// Which documents of a segment a search may return.
pub(super) struct Admission<'a> {
    reader: &'a SegmentReader,
    knowledge_bases: Option<(Column<u64>, Vec<u64>)>,
    filter: Option<tantivy::BitSet>,
}

impl<'a> Admission<'a> {
    /// `None` when the segment has nothing to return.
    pub(super) fn open(
        reader: &'a SegmentReader,
        knowledge_bases: &[KnowledgeBaseId],
        filter: Option<&dyn Weight>,
    ) -> tantivy::Result<Option<Self>> {
        let Some(column) = reader.fast_fields().str(KNOWLEDGE_BASE)? else {
            return Ok(None);
        };
        let mut ords = Vec::with_capacity(knowledge_bases.len());
        for id in knowledge_bases {
            ords.extend(column.dictionary().term_ord(id.to_string())?);
        }
        if ords.is_empty() {
            return Ok(None);
        }
        let everything = ords.len() == column.num_terms();
        let filter = match filter {
            Some(weight) => Some(matching(weight, reader)?),
            None => None,
        };
        Ok(Some(Self {
            reader,
            knowledge_bases: (!everything).then(|| (column.ords().clone(), ords)),
            filter,
        }))
    }

    fn admits(&self, doc: DocId) -> bool {
        self.knowledge_bases
            .as_ref()
            .is_none_or(|(column, ords)| column.first(doc).is_some_and(|ord| ords.contains(&ord)))
            && self.filter.as_ref().is_none_or(|set| set.contains(doc))
            && !self.reader.is_deleted(doc)
    }
}

/// Collects the best of one segment into `best`.
///
/// The check of knowledge base and filter sits in the callback of the pruned walk, so that a restricted search
/// skips as many blocks as an unrestricted one; a boolean conjunction would score every match.
pub(super) fn collect_segment(
    weight: &dyn Weight,
    admission: &Admission<'_>,
    best: &mut Best,
) -> tantivy::Result<()> {
    let chunks = ChunkColumn::open(admission.reader)?;
    weight.for_each_pruning(best.threshold(), admission.reader, &mut |doc, score| {
        if admission.admits(doc) {
            best.offer(chunks.chunk(doc), score);
        }
        best.threshold()
    })
}

/// The best hits so far.
pub(super) struct Best {
    limit: usize,
    heap: BinaryHeap<Worst>,
}

impl Best {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            heap: BinaryHeap::with_capacity(limit.min(1_024) + 1),
        }
    }

    pub(super) fn into_sorted(self) -> Vec<ScoredChunk> {
        self.heap
            .into_sorted_vec()
            .into_iter()
            .map(|Worst(hit)| hit)
            .collect()
    }

    /// A hit must score more than this to matter.
    fn threshold(&self) -> Score {
        match self.heap.peek() {
            Some(Worst(hit)) if self.heap.len() >= self.limit => hit.score,
            _ => Score::MIN,
        }
    }

    fn offer(&mut self, chunk: ChunkId, score: Score) {
        self.heap.push(Worst(ScoredChunk { chunk, score }));
        if self.heap.len() > self.limit {
            self.heap.pop();
        }
    }
}

/// Orders hits so that a max-heap has the worst on top; ties go by id, so that a search repeats itself exactly.
struct Worst(ScoredChunk);

impl Ord for Worst {
    fn cmp(&self, other: &Self) -> Ordering {
        other
            .0
            .score
            .total_cmp(&self.0.score)
            .then_with(|| self.0.chunk.cmp(&other.0.chunk))
    }
}

impl PartialOrd for Worst {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Worst {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Worst {}

fn matching(weight: &dyn Weight, reader: &SegmentReader) -> tantivy::Result<tantivy::BitSet> {
    let mut set = tantivy::BitSet::with_max_value(reader.max_doc());
    let mut scorer = weight.scorer(reader, 1.0)?;
    let mut doc = scorer.doc();
    while doc != TERMINATED {
        set.insert(doc);
        doc = scorer.advance();
    }
    Ok(set)
}
