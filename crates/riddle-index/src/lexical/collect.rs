use std::cmp::Ordering;
use std::collections::BinaryHeap;

use riddle_core::{ChunkId, KnowledgeBaseId, ScoredChunk};
use tantivy::columnar::Column;
use tantivy::query::Weight;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{BitSet, DocId, DocSet, Score, SegmentReader, TERMINATED, Term};
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

/// If a search may return less than one in this many documents of a segment, they are scored one by one. So few hits
/// would never raise the threshold by which the pruned walk skips blocks.
const SPARSE: usize = 32;

/// What restricts a search.
pub(super) struct Restriction<'a> {
    pub(super) field: Field,
    pub(super) knowledge_bases: &'a [KnowledgeBaseId],
    /// The conditions on metadata, if there are any.
    pub(super) filter: Option<&'a dyn Weight>,
}

/// How to search a segment.
pub(super) enum Walk {
    /// All matches that may beat the worst hit so far; each is then checked by the admission.
    Pruned(Admission),
    /// Only these documents, ascending.
    Sparse(Vec<DocId>),
}

/// Which documents of a segment a pruned walk may return.
pub(super) struct Admission {
    knowledge_bases: Option<(Column<u64>, Vec<u64>)>,
    filter: Option<BitSet>,
}

impl Walk {
    /// `None` when the segment has nothing to return.
    pub(super) fn plan(
        reader: &SegmentReader,
        restriction: &Restriction<'_>,
    ) -> tantivy::Result<Option<Self>> {
        let Some(column) = reader.fast_fields().str(KNOWLEDGE_BASE)? else {
            return Ok(None);
        };
        let mut ords = Vec::with_capacity(restriction.knowledge_bases.len());
        for id in restriction.knowledge_bases {
            ords.extend(column.dictionary().term_ord(id.to_string())?);
        }
        if ords.is_empty() {
            return Ok(None);
        }
        let everything = ords.len() == column.num_terms();
        let mut admission = Admission {
            knowledge_bases: (!everything).then(|| (column.ords().clone(), ords)),
            filter: None,
        };
        let few = reader.max_doc() as usize / SPARSE;
        if let Some(weight) = restriction.filter {
            let docs = matching(weight, reader)?;
            if docs.len() <= few {
                return Ok(Some(admission.into_sparse(docs, reader)));
            }
            let mut set = BitSet::with_max_value(reader.max_doc());
            for doc in docs {
                set.insert(doc);
            }
            admission.filter = Some(set);
        }
        if !everything && let Some(docs) = small_knowledge_bases(reader, restriction, few)? {
            return Ok(Some(admission.into_sparse(docs, reader)));
        }
        Ok(Some(Self::Pruned(admission)))
    }
}

impl Admission {
    fn admits(&self, doc: DocId, reader: &SegmentReader) -> bool {
        self.knowledge_bases
            .as_ref()
            .is_none_or(|(column, ords)| column.first(doc).is_some_and(|ord| ords.contains(&ord)))
            && self.filter.as_ref().is_none_or(|set| set.contains(doc))
            && !reader.is_deleted(doc)
    }

    fn into_sparse(self, mut docs: Vec<DocId>, reader: &SegmentReader) -> Walk {
        docs.retain(|doc| self.admits(*doc, reader));
        Walk::Sparse(docs)
    }
}

/// Collects the best of one segment into `best`.
///
/// Knowledge base and filter are checked in the callback of the pruned walk, so that a restricted search skips as many
/// blocks as an unrestricted one; as clauses of the query they would make tantivy score every match. `slack` is the
/// factor by which a chunk may score above the bound of its block.
pub(super) fn collect_segment(
    weight: &dyn Weight,
    reader: &SegmentReader,
    walk: &Walk,
    slack: Score,
    best: &mut Best,
) -> tantivy::Result<()> {
    let chunks = ChunkColumn::open(reader)?;
    match walk {
        Walk::Pruned(admission) => {
            weight.for_each_pruning(best.threshold(slack), reader, &mut |doc, score| {
                if admission.admits(doc, reader) {
                    best.offer(chunks.chunk(doc), score);
                }
                best.threshold(slack)
            })
        }
        Walk::Sparse(docs) => {
            let mut scorer = weight.scorer(reader, 1.0)?;
            for doc in docs {
                if scorer.doc() < *doc {
                    scorer.seek(*doc);
                }
                if scorer.doc() == *doc {
                    best.offer(chunks.chunk(*doc), scorer.score());
                }
            }
            Ok(())
        }
    }
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

    /// Blocks whose bound is below this hold no hit that would be kept.
    fn threshold(&self, slack: Score) -> Score {
        match self.heap.peek() {
            Some(Worst(hit)) if self.heap.len() >= self.limit => hit.score / slack,
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

/// Orders hits so that a max-heap has the worst on top. Equal scores go by id, so that the same search gives the same
/// hits.
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

fn matching(weight: &dyn Weight, reader: &SegmentReader) -> tantivy::Result<Vec<DocId>> {
    let mut docs = Vec::new();
    let mut scorer = weight.scorer(reader, 1.0)?;
    let mut doc = scorer.doc();
    while doc != TERMINATED {
        docs.push(doc);
        doc = scorer.advance();
    }
    Ok(docs)
}

/// The documents of the knowledge bases, ascending; `None` if they are more than `few`.
fn small_knowledge_bases(
    reader: &SegmentReader,
    restriction: &Restriction<'_>,
    few: usize,
) -> tantivy::Result<Option<Vec<DocId>>> {
    let index = reader.inverted_index(restriction.field)?;
    let mut docs = Vec::new();
    for id in restriction.knowledge_bases {
        let term = Term::from_field_text(restriction.field, &id.to_string());
        if docs.len() + index.doc_freq(&term)? as usize > few {
            return Ok(None);
        }
        let Some(mut postings) = index.read_postings(&term, IndexRecordOption::Basic)? else {
            continue;
        };
        let mut doc = postings.doc();
        while doc != TERMINATED {
            docs.push(doc);
            doc = postings.advance();
        }
    }
    docs.sort_unstable();
    Ok(Some(docs))
}
