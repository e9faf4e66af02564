mod opening;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use riddle_core::{
    ChunkId, DocumentId, IndexEntry, IndexError, KnowledgeBaseId, LexicalQuery, ScoredChunk,
    SequencedOperation,
};
use serde::{Deserialize, Serialize};
use tantivy::collector::Count;
use tantivy::query::{EnableScoring, Query, TermQuery, Weight};
use tantivy::schema::IndexRecordOption;
use tantivy::{
    DocSet, Index, IndexReader, IndexWriter, Searcher, TERMINATED, TantivyDocument, Term,
};

use self::opening::{commit, create, new_writer, open_existing};
use super::collect::{Best, ChunkColumn, Restriction, Walk, collect_segment};
use super::lengths::Lengths;
use super::named::is_about_a_name;
use super::query::{all_of, condition_queries, knowledge_base_query, text_query};
use super::schema::Fields;
use super::statistics::ScopedStatistics;
use crate::analyser::{
    ANALYSER_VERSION, QueryTerm, query_terms, query_terms_as_written, query_units,
};
use crate::disk::set_aside;
use crate::error::{LEXICAL, contain_panics, lexical_error};
use crate::indexes::IndexOptions;
use crate::metadata_terms::{conditions_of, terms_of};
use crate::pending::{Pending, pending_after};

/// `optimize` merges into one when there are more segments than this.
const ENOUGH_SEGMENTS: usize = 4;

/// The BM25 index. Its position is in its own commit, so the two can never disagree.
pub(crate) struct LexicalStore {
    fields: Fields,
    index: Index,
    reader: IndexReader,
    options: IndexOptions,
    lengths: Lengths,
    /// `None` after a failure: a writer that failed refuses all further work, so the next call makes another.
    writer: Mutex<Option<IndexWriter>>,
    position: AtomicU64,
    /// Whether there are chunks that an earlier version of the analyser has analysed.
    has_former_terms: AtomicBool,
    /// The version of the analyser that all chunks are analysed by, and how far the way to the present one is.
    /// Locked after `writer` where both are.
    renewal: Mutex<(u32, Option<Renewal>)>,
}

/// What a commit carries.
#[derive(Serialize, Deserialize)]
struct Payload {
    position: u64,
    /// The version of the analyser that all chunks are analysed by.
    analyser: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    renewal: Option<Renewal>,
}

/// All chunks are being analysed anew, each as it is written again.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Renewal {
    /// The version of the analyser that they get.
    to: u32,
    /// The position at which all are.
    until: u64,
}

impl LexicalStore {
    /// Opens the index in `dir`, or makes a new one where there is none or one that cannot be used.
    pub(crate) fn open(dir: PathBuf, options: IndexOptions) -> Result<Self, IndexError> {
        if dir.exists() {
            match contain_panics(LEXICAL, || {
                open_existing(&dir, options).map_err(lexical_error)
            }) {
                Ok(store) => return Ok(store),
                Err(error) => {
                    tracing::warn!(store = LEXICAL, %error, "the index does not open; a new one is built");
                    set_aside(&dir).map_err(lexical_error)?;
                }
            }
        }
        create(&dir, options).map_err(lexical_error)
    }

    pub(crate) fn position(&self) -> u64 {
        self.position.load(Ordering::Acquire)
    }

    /// Whether all chunks have to be written again, so that the present analyser analyses them. Until then they are
    /// found by the terms that they have.
    pub(crate) fn is_outdated(&self) -> bool {
        matches!(*self.lock_renewal(), (analyser, None) if analyser != ANALYSER_VERSION)
    }

    /// All chunks will have been written again when the position is `sequence`.
    pub(crate) fn renewed_at(&self, sequence: u64) -> Result<(), IndexError> {
        let mut slot = self.lock_writer();
        self.lock_renewal().1 = Some(Renewal {
            to: ANALYSER_VERSION,
            until: sequence,
        });
        let mut writer = self.take_writer(&mut slot)?;
        self.commit(&mut writer, self.position())
            .map_err(lexical_error)?;
        *slot = Some(writer);
        Ok(())
    }

    pub(crate) fn apply(&self, operations: &[SequencedOperation]) -> Result<(), IndexError> {
        let mut slot = self.lock_writer();
        let Some(pending) = pending_after(self.position(), operations) else {
            return Ok(());
        };
        let mut writer = self.take_writer(&mut slot)?;
        contain_panics(LEXICAL, || {
            self.write(&mut writer, &pending).map_err(lexical_error)
        })?;
        *slot = Some(writer);
        self.position.store(pending.position, Ordering::Release);
        Ok(())
    }

    pub(crate) fn search(&self, query: &LexicalQuery<'_>) -> Result<Vec<ScoredChunk>, IndexError> {
        contain_panics(LEXICAL, || self.try_search(query).map_err(lexical_error))
    }

    pub(crate) fn finds_by_name(&self, query: &LexicalQuery<'_>) -> Result<bool, IndexError> {
        contain_panics(LEXICAL, || {
            self.try_finds_by_name(query).map_err(lexical_error)
        })
    }

    pub(crate) fn chunk_ids(
        &self,
        knowledge_base: KnowledgeBaseId,
    ) -> Result<Vec<ChunkId>, IndexError> {
        self.try_chunk_ids(knowledge_base).map_err(lexical_error)
    }

    pub(crate) fn contains_document(&self, document: DocumentId) -> Result<bool, IndexError> {
        let term = Term::from_field_text(self.fields.document, &document.to_string());
        let query = TermQuery::new(term, IndexRecordOption::Basic);
        let count = self.reader.searcher().search(&query, &Count);
        count.map(|count| count > 0).map_err(lexical_error)
    }

    /// Merges the segments when there are many, since a search visits each.
    pub(crate) fn optimize(&self) -> Result<(), IndexError> {
        let merge = {
            let mut slot = self.lock_writer();
            let segments = self.index.searchable_segment_ids().map_err(lexical_error)?;
            match slot.as_mut() {
                Some(writer) if segments.len() > ENOUGH_SEGMENTS => writer.merge(&segments),
                _ => return Ok(()),
            }
        };
        match merge.wait() {
            Ok(_) => self.reader.reload().map_err(lexical_error),
            Err(error) => {
                // The merge policy may have merged one of these segments in the meantime, which is as good.
                tracing::debug!(store = LEXICAL, %error, "merge given up");
                Ok(())
            }
        }
    }

    fn lock_writer(&self) -> MutexGuard<'_, Option<IndexWriter>> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_renewal(&self) -> MutexGuard<'_, (u32, Option<Renewal>)> {
        self.renewal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_writer(&self, slot: &mut Option<IndexWriter>) -> Result<IndexWriter, IndexError> {
        match slot.take() {
            Some(writer) => Ok(writer),
            None => new_writer(&self.index, self.options).map_err(lexical_error),
        }
    }

    /// Makes the changes so far durable. The commit that reaches the end of a renewal also says that it has.
    fn commit(&self, writer: &mut IndexWriter, position: u64) -> tantivy::Result<()> {
        let (analyser, renewal) = match *self.lock_renewal() {
            (_, Some(renewal)) if position >= renewal.until => (renewal.to, None),
            other => other,
        };
        commit(
            writer,
            &Payload {
                position,
                analyser,
                renewal,
            },
        )?;
        *self.lock_renewal() = (analyser, renewal);
        if analyser == ANALYSER_VERSION && self.has_former_terms.swap(false, Ordering::AcqRel) {
            tracing::info!(store = LEXICAL, "all chunks are analysed anew");
        }
        Ok(())
    }

    fn query_terms(&self, query: &str) -> Vec<QueryTerm> {
        let mut terms = query_terms(query);
        if self.has_former_terms.load(Ordering::Acquire) {
            let mut new = query_terms_as_written(query);
            new.retain(|former| terms.iter().all(|term| term.text != *former));
            terms.extend(new.into_iter().map(|text| QueryTerm { text, weight: 1.0 }));
        }
        terms
    }

    fn write(&self, writer: &mut IndexWriter, pending: &Pending<'_>) -> tantivy::Result<()> {
        for (chunk, change) in &pending.changes {
            writer.delete_term(Term::from_field_bytes(
                self.fields.chunk,
                chunk.0.as_bytes(),
            ));
            if let Some(entry) = change {
                writer.add_document(self.document(entry))?;
            }
        }
        self.commit(writer, pending.position)?;
        self.reader.reload()
    }

    fn document(&self, entry: &IndexEntry) -> TantivyDocument {
        let fields = self.fields;
        let (high, low) = entry.chunk.0.as_u64_pair();
        let mut document = TantivyDocument::new();
        document.add_bytes(fields.chunk, entry.chunk.0.as_bytes());
        document.add_u64(fields.chunk_high, high);
        document.add_u64(fields.chunk_low, low);
        document.add_text(fields.knowledge_base, entry.knowledge_base.to_string());
        document.add_text(fields.document, entry.document.to_string());
        document.add_text(fields.text, &entry.text);
        for term in terms_of(&entry.metadata) {
            document.add_text(fields.metadata, term);
        }
        document
    }

    fn try_search(&self, query: &LexicalQuery<'_>) -> tantivy::Result<Vec<ScoredChunk>> {
        let searcher = self.reader.searcher();
        let Some(conditions) = conditions_of(query.filter) else {
            return Ok(Vec::new());
        };
        if query.limit == 0 {
            return Ok(Vec::new());
        }
        let Some(text) = text_query(&searcher, self.fields, &self.query_terms(query.text))? else {
            return Ok(Vec::new());
        };
        let statistics =
            ScopedStatistics::new(&searcher, self.fields, &self.lengths, query.knowledge_bases)?;
        if statistics.is_empty() {
            return Ok(Vec::new());
        }
        let scoring = EnableScoring::enabled_from_statistics_provider(&statistics, &searcher);
        let weight = text.weight(scoring)?;
        let filter = match condition_queries(self.fields, &conditions) {
            queries if queries.is_empty() => None,
            queries => Some(unscored(all_of(queries), &searcher)?),
        };
        let mut best = Best::new(query.limit);
        let restriction = Restriction {
            field: self.fields.knowledge_base,
            knowledge_bases: query.knowledge_bases,
            filter: filter.as_deref(),
        };
        for reader in searcher.segment_readers() {
            if let Some(walk) = Walk::plan(reader, &restriction)? {
                let slack = statistics.slack(reader)?;
                collect_segment(weight.as_ref(), reader, &walk, slack, &mut best)?;
            }
        }
        Ok(best.into_sorted())
    }

    fn try_finds_by_name(&self, query: &LexicalQuery<'_>) -> tantivy::Result<bool> {
        let units = query_units(query.text);
        if units.iter().all(|unit| unit.names.is_empty()) {
            return Ok(false);
        }
        let searcher = self.reader.searcher();
        let statistics =
            ScopedStatistics::new(&searcher, self.fields, &self.lengths, query.knowledge_bases)?;
        is_about_a_name(&units, self.fields.text, &statistics)
    }

    fn try_chunk_ids(&self, knowledge_base: KnowledgeBaseId) -> tantivy::Result<Vec<ChunkId>> {
        let searcher = self.reader.searcher();
        let weight = unscored(
            knowledge_base_query(self.fields, &[knowledge_base]),
            &searcher,
        )?;
        let mut ids = Vec::new();
        for reader in searcher.segment_readers() {
            let chunks = ChunkColumn::open(reader)?;
            let mut scorer = weight.scorer(reader, 1.0)?;
            let mut doc = scorer.doc();
            while doc != TERMINATED {
                if !reader.is_deleted(doc) {
                    ids.push(chunks.chunk(doc));
                }
                doc = scorer.advance();
            }
        }
        Ok(ids)
    }
}

fn unscored(query: Box<dyn Query>, searcher: &Searcher) -> tantivy::Result<Box<dyn Weight>> {
    query.weight(EnableScoring::disabled_from_searcher(searcher))
}
