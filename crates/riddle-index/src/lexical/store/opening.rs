use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64};

use tantivy::indexer::LogMergePolicy;
use tantivy::{Index, IndexWriter, ReloadPolicy, TantivyError};

use super::{LexicalStore, Payload};
use crate::analyser::{ANALYSER_VERSION, ChunkTokenizer};
use crate::indexes::IndexOptions;
use crate::lexical::lengths::Lengths;
use crate::lexical::schema::{Fields, TOKENIZER, schema};

/// Deleted chunks count in the BM25 statistics until a merge drops them. A segment with more than this share of them is
/// merged.
const MOST_DELETED: f32 = 0.2;

pub(super) fn open_existing(dir: &Path, options: IndexOptions) -> tantivy::Result<LexicalStore> {
    let index = Index::open_in_dir(dir)?;
    let (schema, fields) = schema();
    if index.schema() != schema {
        return Err(TantivyError::SchemaError("another schema".to_owned()));
    }
    let payload: Payload = index
        .load_metas()?
        .payload
        .and_then(|payload| serde_json::from_str(&payload).ok())
        .ok_or_else(|| TantivyError::InternalError("the position is missing".to_owned()))?;
    if payload.analyser > ANALYSER_VERSION {
        return Err(TantivyError::SchemaError("a later analyser".to_owned()));
    }
    assemble(index, fields, options, &payload)
}

pub(super) fn create(dir: &Path, options: IndexOptions) -> tantivy::Result<LexicalStore> {
    fs::create_dir_all(dir)?;
    let (schema, fields) = schema();
    let payload = Payload {
        position: 0,
        analyser: ANALYSER_VERSION,
        renewal: None,
    };
    let store = assemble(
        Index::create_in_dir(dir, schema)?,
        fields,
        options,
        &payload,
    )?;
    if let Some(writer) = store.lock_writer().as_mut() {
        commit(writer, &payload)?;
    }
    Ok(store)
}

fn assemble(
    index: Index,
    fields: Fields,
    options: IndexOptions,
    payload: &Payload,
) -> tantivy::Result<LexicalStore> {
    index.tokenizers().register(TOKENIZER, ChunkTokenizer);
    let writer = new_writer(&index, options)?;
    let reader = index
        .reader_builder()
        .reload_policy(ReloadPolicy::Manual)
        .try_into()?;
    Ok(LexicalStore {
        fields,
        index,
        reader,
        options,
        lengths: Lengths::default(),
        writer: Mutex::new(Some(writer)),
        position: AtomicU64::new(payload.position),
        has_former_terms: AtomicBool::new(payload.analyser != ANALYSER_VERSION),
        // A renewal on the way to another version than the present one begins again.
        renewal: Mutex::new((
            payload.analyser,
            payload
                .renewal
                .filter(|renewal| renewal.to == ANALYSER_VERSION),
        )),
    })
}

pub(super) fn new_writer(index: &Index, options: IndexOptions) -> tantivy::Result<IndexWriter> {
    let writer = index
        .writer_with_num_threads(options.writer_threads.max(1), options.writer_memory_bytes)?;
    let mut policy = LogMergePolicy::default();
    policy.set_del_docs_ratio_before_merge(MOST_DELETED);
    writer.set_merge_policy(Box::new(policy));
    // What a process has left that ended before its commit: numbers of changes go on from the last commit, so that the
    // next one would want the same names for its files, and would fail for ever.
    writer.garbage_collect_files().wait()?;
    Ok(writer)
}

pub(super) fn commit(writer: &mut IndexWriter, payload: &Payload) -> tantivy::Result<()> {
    let payload = serde_json::to_string(payload)
        .map_err(|error| TantivyError::InternalError(error.to_string()))?;
    let mut prepared = writer.prepare_commit()?;
    prepared.set_payload(&payload);
    prepared.commit()?;
    Ok(())
}
