use riddle_core::KnowledgeBaseId;
use tantivy::query::Bm25StatisticsProvider;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocSet, InvertedIndexReader, Score, Searcher, SegmentReader, TERMINATED, Term};

use super::lengths::Lengths;
use super::schema::{Fields, KNOWLEDGE_BASE};

/// In a segment a word is counted exactly, by the shorter of two lists, while that is no longer than this: the chunks
/// with the word, and those of the knowledge bases. Otherwise its count is estimated, as so frequent a word weighs next
/// to nothing either way.
const COUNTED: u32 = 1 << 13;

/// BM25 statistics of the knowledge bases that are searched. So what else a server holds changes neither how rare a
/// word is nor what counts as a long chunk. Like tantivy's own, they include deleted chunks until a merge.
pub(super) struct ScopedStatistics<'a> {
    fields: Fields,
    /// The knowledge bases.
    terms: Vec<Term>,
    scopes: Vec<Scope<'a>>,
    chunks: u64,
    tokens: u64,
}

/// The knowledge bases in one segment.
struct Scope<'a> {
    reader: &'a SegmentReader,
    chunks: u32,
}

impl<'a> ScopedStatistics<'a> {
    pub(super) fn new(
        searcher: &'a Searcher,
        fields: Fields,
        lengths: &Lengths,
        knowledge_bases: &[KnowledgeBaseId],
    ) -> tantivy::Result<Self> {
        let terms: Vec<Term> = knowledge_bases
            .iter()
            .map(|id| Term::from_field_text(fields.knowledge_base, &id.to_string()))
            .collect();
        let mut statistics = Self {
            fields,
            terms,
            scopes: Vec::with_capacity(searcher.segment_readers().len()),
            chunks: 0,
            tokens: 0,
        };
        lengths.forget_all_but(searcher);
        for reader in searcher.segment_readers() {
            let index = reader.inverted_index(fields.knowledge_base)?;
            let mut chunks = 0;
            for term in &statistics.terms {
                chunks += index.doc_freq(term)?;
            }
            if chunks > 0 {
                statistics.chunks += u64::from(chunks);
                statistics.tokens += lengths.tokens(reader, fields, knowledge_bases)?;
                statistics.scopes.push(Scope { reader, chunks });
            }
        }
        Ok(statistics)
    }

    /// Whether there is nothing to search.
    pub(super) fn is_empty(&self) -> bool {
        self.chunks == 0
    }

    /// How far a chunk of a block may score above the bound that tantivy computes for the block, as a factor.
    ///
    /// tantivy computes the bound with the average length of the segment. At another average another chunk of the block
    /// may score highest. But as the share of a word in a score is `tf / (tf + k·(1 − b + b·length / average))`, it
    /// grows by no more than the ratio of the two averages.
    pub(super) fn slack(&self, reader: &SegmentReader) -> tantivy::Result<Score> {
        let tokens = reader.inverted_index(self.fields.text)?.total_num_tokens();
        let here = tokens as Score / reader.max_doc().max(1) as Score;
        let scope = self.tokens as Score / self.chunks.max(1) as Score;
        let ratio = (here / scope).max(scope / here);
        Ok(if ratio.is_finite() {
            ratio.max(1.0)
        } else {
            1.0
        })
    }
}

impl Bm25StatisticsProvider for ScopedStatistics<'_> {
    fn total_num_tokens(&self, _field: Field) -> tantivy::Result<u64> {
        Ok(self.tokens)
    }

    fn total_num_docs(&self) -> tantivy::Result<u64> {
        Ok(self.chunks)
    }

    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        let mut frequency = 0;
        for scope in &self.scopes {
            frequency += u64::from(scope.doc_freq(self.fields, &self.terms, term)?);
        }
        Ok(frequency)
    }
}

impl Scope<'_> {
    /// Chunks of `knowledge_bases` with the word.
    fn doc_freq(
        &self,
        fields: Fields,
        knowledge_bases: &[Term],
        term: &Term,
    ) -> tantivy::Result<u32> {
        let index = self.reader.inverted_index(fields.text)?;
        let everywhere = index.doc_freq(term)?;
        let all = self.reader.max_doc();
        if everywhere == 0 || self.chunks >= all {
            return Ok(everywhere);
        }
        if everywhere.min(self.chunks) > COUNTED {
            let share = u64::from(everywhere) * u64::from(self.chunks) / u64::from(all);
            return Ok(u32::try_from(share).unwrap_or(everywhere));
        }
        if everywhere <= self.chunks {
            self.count_by_word(knowledge_bases, &index, term)
        } else {
            let members = self.reader.inverted_index(fields.knowledge_base)?;
            count_by_knowledge_base(knowledge_bases, &members, &index, term)
        }
    }

    /// Goes through every chunk with the word.
    fn count_by_word(
        &self,
        knowledge_bases: &[Term],
        index: &InvertedIndexReader,
        term: &Term,
    ) -> tantivy::Result<u32> {
        let Some(column) = self.reader.fast_fields().str(KNOWLEDGE_BASE)? else {
            return Ok(0);
        };
        let mut ordinals = Vec::with_capacity(knowledge_bases.len());
        for term in knowledge_bases {
            let bytes = term.serialized_value_bytes();
            ordinals.extend(column.dictionary().term_ord(bytes)?);
        }
        let Some(mut postings) = index.read_postings(term, IndexRecordOption::Basic)? else {
            return Ok(0);
        };
        let (mut count, mut doc) = (0, postings.doc());
        while doc != TERMINATED {
            let ordinal = column.ords().first(doc);
            count += u32::from(ordinal.is_some_and(|ordinal| ordinals.contains(&ordinal)));
            doc = postings.advance();
        }
        Ok(count)
    }
}

/// Goes through the chunks of the knowledge bases and those with the word at once; both are ascending.
fn count_by_knowledge_base(
    knowledge_bases: &[Term],
    members: &InvertedIndexReader,
    index: &InvertedIndexReader,
    term: &Term,
) -> tantivy::Result<u32> {
    let mut count = 0;
    for knowledge_base in knowledge_bases {
        let (Some(mut members), Some(mut postings)) = (
            members.read_postings(knowledge_base, IndexRecordOption::Basic)?,
            index.read_postings(term, IndexRecordOption::Basic)?,
        ) else {
            continue;
        };
        let mut doc = members.doc();
        while doc != TERMINATED {
            let found = if postings.doc() < doc {
                postings.seek(doc)
            } else {
                postings.doc()
            };
            if found == doc {
                count += 1;
                doc = members.advance();
            } else if found == TERMINATED {
                break;
            } else {
                doc = members.seek(found);
            }
        }
    }
    Ok(count)
}
