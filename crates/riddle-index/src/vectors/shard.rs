use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use qdrant_edge::{
    Distance, EdgeConfig, EdgeOptimizersConfig, EdgeShard, EdgeVectorParams, Filter as EdgeFilter,
    HnswIndexConfig, NamedQuery, PointId, PointInsertOperations, PointOperations,
    PointStructPersisted, QueryEnum, ScrollRequest, SearchParams, SearchRequest, UpdateOperation,
    WalOptions, WithPayloadInterface, WithVector,
};
use riddle_core::{ChunkId, IndexError, ScoredChunk, Similarity};
use serde::{Deserialize, Serialize};

use super::embedder::{GRAPH_EF_CONSTRUCT, GRAPH_M, SEARCH_EF, check_vector};
use super::payload_index::NumberIndexes;
use super::space::{self, Growth};
use super::{payload_index, wal};
use crate::disk::{sync_parent, write_atomically};
use crate::error::{VECTORS, contain_panics, vector_error};

const META_FILE: &str = "embedder.json";
/// Extension of the folder of a shard that is being made: a folder that still has it after a crash is incomplete.
pub(super) const UNFINISHED: &str = "new";
const ENGINE_FOLDER: &str = "shard";
/// Points in one update: about a megabyte in the shard's log.
const BATCH: usize = 256;
/// Size of a file of the log. An empty shard occupies twice this on disk; the default of 32 MiB is a lot for a small
/// knowledge base.
const WAL_SEGMENT_BYTES: usize = 4 << 20;
/// A segment with at least this many kilobytes of vectors gets a graph. With fewer, scanning is faster than building
/// one.
const GRAPH_FROM_KILOBYTES: usize = 20_000;
/// A search among fewer kilobytes of vectors scans them even if there is a graph.
const SCAN_BELOW_KILOBYTES: usize = 10_000;
/// Segments that `optimize` leaves side by side.
const SEGMENTS: usize = 2;
/// From this many removable log files on it is worth closing the shard for a moment.
const WAL_FILES_WORTH_TRIMMING: usize = 8;
/// What a shard without points takes of the disk, and what opening one may take, in bytes.
const NEW_SHARD_BYTES: u64 = 2 << 20;
const OPENED_BYTES: u64 = 1 << 20;
/// What the change of a point takes besides its vector and payload: its ids and its number, in bytes.
const POINT_BYTES: u64 = 64;

/// The vectors of one embedder.
pub(super) struct Shard {
    dir: PathBuf,
    meta: Meta,
    numbers: NumberIndexes,
    /// `None` only after the engine failed to reopen.
    engine: RwLock<Option<EdgeShard>>,
}

#[derive(Serialize, Deserialize, Clone)]
struct Meta {
    fingerprint: String,
    dimensions: usize,
}

impl Meta {
    /// What the engine needs to know about the vectors.
    fn engine_config(&self) -> EdgeConfig {
        let distance = match Similarity::of_fingerprint(&self.fingerprint) {
            Similarity::Cosine => Distance::Cosine,
            Similarity::Dot => Distance::Dot,
        };
        engine_config(self.dimensions, distance)
    }
}

impl Shard {
    /// Makes an empty shard.
    pub(super) fn create(
        dir: PathBuf,
        fingerprint: &str,
        dimensions: usize,
    ) -> Result<Self, IndexError> {
        let unfinished = dir.with_extension(UNFINISHED);
        let engine_dir = unfinished.join(ENGINE_FOLDER);
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished).map_err(vector_error)?;
        }
        fs::create_dir_all(&engine_dir).map_err(vector_error)?;
        space::require(&engine_dir, NEW_SHARD_BYTES)?;
        let meta = Meta {
            fingerprint: fingerprint.to_owned(),
            dimensions,
        };
        contain_panics(VECTORS, || {
            let engine = EdgeShard::new(&engine_dir, meta.engine_config()).map_err(vector_error)?;
            payload_index::create_fixed(&engine)
        })?;
        let bytes = serde_json::to_vec(&meta).map_err(vector_error)?;
        write_atomically(&unfinished.join(META_FILE), &bytes).map_err(vector_error)?;
        fs::rename(&unfinished, &dir).map_err(vector_error)?;
        sync_parent(&dir).map_err(vector_error)?;
        Self::open(dir)
    }

    /// Opens the shard in `dir`.
    pub(super) fn open(dir: PathBuf) -> Result<Self, IndexError> {
        let bytes = fs::read(dir.join(META_FILE)).map_err(vector_error)?;
        let meta: Meta = serde_json::from_slice(&bytes).map_err(vector_error)?;
        let engine = load_engine(&dir.join(ENGINE_FOLDER), &meta)?;
        Ok(Self {
            dir,
            meta,
            numbers: NumberIndexes::of(&engine),
            engine: RwLock::new(Some(engine)),
        })
    }

    pub(super) fn fingerprint(&self) -> &str {
        &self.meta.fingerprint
    }

    /// Numbers of a vector.
    pub(super) fn dimensions(&self) -> usize {
        self.meta.dimensions
    }

    /// Refuses a vector that this shard cannot hold.
    pub(super) fn check_vector(&self, vector: &[f32]) -> Result<(), IndexError> {
        check_vector(vector, self.meta.dimensions, &self.meta.fingerprint)
    }

    pub(super) fn upsert(&self, points: Vec<PointStructPersisted>) -> Result<(), IndexError> {
        space::secure(&self.dir, Growth::TABLES)?;
        self.with_engine(|engine| self.numbers.cover(engine, &points))?;
        let mut points = points.into_iter().peekable();
        while points.peek().is_some() {
            let batch: Vec<_> = points.by_ref().take(BATCH).collect();
            space::secure(&self.dir, growth(&batch, self.meta.dimensions)?)?;
            self.update(PointOperations::UpsertPoints(
                PointInsertOperations::PointsList(batch),
            ))?;
        }
        Ok(())
    }

    /// Removes points. An id that is not here is no error.
    pub(super) fn delete(&self, chunks: &[ChunkId]) -> Result<(), IndexError> {
        for batch in chunks.chunks(BATCH * 16) {
            let payloads = (batch.len() as u64).saturating_mul(POINT_BYTES);
            let growth = Growth {
                vectors: 0,
                payloads,
            };
            space::secure(&self.dir, growth)?;
            let ids = batch.iter().map(|chunk| PointId::Uuid(chunk.0)).collect();
            self.update(PointOperations::DeletePoints { ids })?;
        }
        Ok(())
    }

    pub(super) fn flush(&self) -> Result<(), IndexError> {
        self.with_engine(|engine| {
            engine.flush();
            Ok(())
        })
    }

    pub(super) fn search(
        &self,
        vector: &[f32],
        filter: EdgeFilter,
        limit: usize,
    ) -> Result<Vec<ScoredChunk>, IndexError> {
        let request = SearchRequest {
            query: QueryEnum::Nearest(NamedQuery::default_dense(vector.to_vec())),
            filter: Some(filter),
            params: Some(SearchParams {
                hnsw_ef: Some(SEARCH_EF.max(limit)),
                ..SearchParams::default()
            }),
            limit,
            offset: 0,
            with_payload: None,
            with_vector: None,
            score_threshold: None,
        };
        let points = self.with_engine(|engine| engine.search(request).map_err(vector_error))?;
        Ok(points
            .into_iter()
            .filter_map(|point| {
                Some(ScoredChunk {
                    chunk: chunk_id(point.id)?,
                    score: point.score,
                })
            })
            .collect())
    }

    /// Ids of the points that pass, at most `limit`.
    pub(super) fn ids(&self, filter: EdgeFilter, limit: usize) -> Result<Vec<ChunkId>, IndexError> {
        let request = ScrollRequest {
            offset: None,
            limit: Some(limit),
            filter: Some(filter),
            with_payload: Some(WithPayloadInterface::Bool(false)),
            with_vector: WithVector::Bool(false),
            order_by: None,
        };
        let (records, _) =
            self.with_engine(|engine| engine.scroll(request).map_err(vector_error))?;
        Ok(records
            .into_iter()
            .filter_map(|record| chunk_id(record.id))
            .collect())
    }

    /// Builds graphs and merges segments while searches go on. Nothing may be written meanwhile, because a deletion
    /// from a segment that is being rebuilt becomes durable only at the end of the rebuild.
    pub(super) fn optimize(&self) -> Result<(), IndexError> {
        // The new segments lie beside the old ones until they are whole, with their graphs.
        space::require(&self.dir, space::taken(&self.dir).saturating_mul(2))?;
        self.with_engine(|engine| {
            if engine.optimize().map_err(vector_error)? {
                engine.flush();
            }
            Ok(())
        })?;
        let engine_dir = self.dir.join(ENGINE_FOLDER);
        if wal::superfluous(&engine_dir).map_err(vector_error)? >= WAL_FILES_WORTH_TRIMMING {
            self.reopen(&engine_dir)?;
        }
        Ok(())
    }

    /// Closes and opens the engine, which is the only time when its log can be trimmed. Searches wait.
    fn reopen(&self, engine_dir: &Path) -> Result<(), IndexError> {
        let mut slot = self.engine.write().unwrap_or_else(PoisonError::into_inner);
        contain_panics(VECTORS, || {
            drop(slot.take());
            Ok(())
        })?;
        *slot = Some(load_engine(engine_dir, &self.meta)?);
        Ok(())
    }

    fn update(&self, operation: PointOperations) -> Result<(), IndexError> {
        self.with_engine(|engine| {
            engine
                .update(UpdateOperation::PointOperation(operation))
                .map_err(vector_error)
        })
    }

    fn with_engine<T>(
        &self,
        call: impl FnOnce(&EdgeShard) -> Result<T, IndexError>,
    ) -> Result<T, IndexError> {
        let slot: RwLockReadGuard<'_, _> =
            self.engine.read().unwrap_or_else(PoisonError::into_inner);
        match slot.as_ref() {
            Some(engine) => contain_panics(VECTORS, || call(engine)),
            None => Err(vector_error(
                "the vectors could not be opened again; restart the server",
            )),
        }
    }
}

impl Drop for Shard {
    fn drop(&mut self) {
        let slot = self
            .engine
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        let closed = contain_panics(VECTORS, || {
            drop(slot.take());
            Ok(())
        });
        if let Err(error) = closed {
            tracing::warn!(store = VECTORS, %error, "the vectors did not close cleanly");
        }
    }
}

/// Upper bounds of what these points take.
fn growth(points: &[PointStructPersisted], dimensions: usize) -> Result<Growth, IndexError> {
    let mut payloads = 0_u64;
    for payload in points.iter().filter_map(|point| point.payload.as_ref()) {
        let written = serde_json::to_vec(payload).map_err(vector_error)?;
        payloads = payloads.saturating_add(written.len() as u64);
    }
    let count = points.len() as u64;
    let vector = (dimensions as u64).saturating_mul(4);
    Ok(Growth {
        vectors: count.saturating_mul(vector),
        payloads: payloads
            .saturating_mul(2)
            .saturating_add(count.saturating_mul(POINT_BYTES)),
    })
}

fn load_engine(engine_dir: &Path, meta: &Meta) -> Result<EdgeShard, IndexError> {
    wal::trim(engine_dir).map_err(vector_error)?;
    space::secure(engine_dir, Growth::TABLES)?;
    space::require(engine_dir, OPENED_BYTES)?;
    contain_panics(VECTORS, || {
        let engine =
            EdgeShard::load(engine_dir, Some(meta.engine_config())).map_err(vector_error)?;
        Ok(engine)
    })
}

fn engine_config(dimensions: usize, distance: Distance) -> EdgeConfig {
    let vectors = EdgeVectorParams::builder(dimensions, distance)
        .on_disk(false)
        .build();
    EdgeConfig::builder()
        .vector(qdrant_edge::DEFAULT_VECTOR_NAME, vectors)
        .on_disk_payload(true)
        .hnsw_config(HnswIndexConfig {
            m: GRAPH_M,
            ef_construct: GRAPH_EF_CONSTRUCT,
            full_scan_threshold: SCAN_BELOW_KILOBYTES,
            max_indexing_threads: 0,
            on_disk: None,
            payload_m: None,
            inline_storage: None,
        })
        .optimizers(EdgeOptimizersConfig {
            default_segment_number: Some(SEGMENTS),
            indexing_threshold: Some(GRAPH_FROM_KILOBYTES),
            ..EdgeOptimizersConfig::default()
        })
        .wal_options(WalOptions {
            segment_capacity: WAL_SEGMENT_BYTES,
            segment_queue_len: 0,
            retain_closed: NonZeroUsize::MIN,
        })
        .build()
}

fn chunk_id(id: PointId) -> Option<ChunkId> {
    match id {
        PointId::Uuid(uuid) => Some(ChunkId(uuid)),
        PointId::NumId(_) => None,
    }
}
