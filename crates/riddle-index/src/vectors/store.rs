use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use riddle_core::{
    ChunkId, DenseQuery, DocumentId, IndexError, KnowledgeBaseId, ScoredChunk, SequencedOperation,
};

use super::changes::Changes;
use super::embedder::{self, check_dimensions};
use super::shard::{Shard, UNFINISHED};
use super::space::{self, Growth};
use super::{Vectors, edge, payload, position};
use crate::disk::{is_set_aside, set_aside};
use crate::error::{VECTORS, vector_error};
use crate::pending::{Pending, pending_after};

/// The vectors of all embedders: a shard for each, and one position over all.
pub(crate) struct VectorStore {
    dir: PathBuf,
    shards: RwLock<BTreeMap<String, Arc<Shard>>>,
    position: AtomicU64,
    /// Held while writing and while optimizing.
    writing: Mutex<()>,
}

impl VectorStore {
    /// Opens all shards in `dir`. One that does not open is set aside, and the position goes back to 0.
    pub(crate) fn open(dir: PathBuf) -> Result<Self, IndexError> {
        fs::create_dir_all(&dir).map_err(vector_error)?;
        let position = match position::read(&dir) {
            Ok(position) => position,
            Err(error) => {
                tracing::warn!(store = VECTORS, %error, "the position is unreadable; the vectors are built anew");
                set_aside(&dir).map_err(vector_error)?;
                fs::create_dir_all(&dir).map_err(vector_error)?;
                0
            }
        };
        let store = Self {
            dir,
            shards: RwLock::default(),
            position: AtomicU64::new(position),
            writing: Mutex::default(),
        };
        store.open_shards()?;
        Ok(store)
    }

    fn write(&self, pending: &Pending<'_>) -> Result<(), IndexError> {
        let changes = Changes::of(pending);
        for (embedder, entries) in &changes.written {
            let dimensions = entries.first().map_or(0, |(_, vector)| vector.len());
            let shard = self.shard_or_new(embedder, dimensions)?;
            for (_, vector) in entries {
                check_dimensions(vector, shard.dimensions())?;
            }
            let points = entries.iter();
            let points = points.map(|(entry, vector)| edge::point(payload::point(entry, vector)));
            shard.upsert(points.collect())?;
        }
        for shard in self.all_shards() {
            shard.delete(&changes.gone_from(shard.fingerprint()))?;
            if !changes.is_empty() {
                shard.flush()?;
            }
        }
        Ok(())
    }

    fn open_shards(&self) -> Result<(), IndexError> {
        let mut opened = BTreeMap::new();
        for entry in fs::read_dir(&self.dir).map_err(vector_error)? {
            let dir = entry.map_err(vector_error)?.path();
            let name = dir
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default();
            if !dir.is_dir() || is_set_aside(&name) {
                continue;
            }
            if dir.extension().is_some_and(|kind| kind == UNFINISHED) {
                fs::remove_dir_all(&dir).map_err(vector_error)?;
                continue;
            }
            // A shard that lacks room is not broken.
            space::secure(&dir, Growth::TABLES)?;
            match Shard::open(dir.clone()) {
                Ok(shard) => {
                    opened.insert(shard.fingerprint().to_owned(), Arc::new(shard));
                }
                Err(error) => {
                    tracing::warn!(store = VECTORS, %error, "the vectors of an embedder do not open; they are built anew");
                    self.start_over(&dir)?;
                }
            }
        }
        *self.shards.write().unwrap_or_else(PoisonError::into_inner) = opened;
        Ok(())
    }

    /// The position is set back before the folder is moved, so that no crash leaves an empty shard behind a later
    /// position.
    fn start_over(&self, broken: &Path) -> Result<(), IndexError> {
        position::write(&self.dir, 0).map_err(vector_error)?;
        self.position.store(0, Ordering::Release);
        set_aside(broken).map_err(vector_error)
    }

    fn shard(&self, embedder: &str) -> Option<Arc<Shard>> {
        self.shards
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(embedder)
            .cloned()
    }

    fn all_shards(&self) -> Vec<Arc<Shard>> {
        self.shards
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .cloned()
            .collect()
    }

    fn shard_or_new(&self, embedder: &str, dimensions: usize) -> Result<Arc<Shard>, IndexError> {
        if let Some(shard) = self.shard(embedder) {
            return Ok(shard);
        }
        if dimensions == 0 {
            check_dimensions(&[], 0)?;
        }
        let dir = self.dir.join(embedder::name(embedder));
        let shard = Arc::new(Shard::create(dir, embedder, dimensions)?);
        self.shards
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(embedder.to_owned(), Arc::clone(&shard));
        Ok(shard)
    }

    fn lock_writing(&self) -> MutexGuard<'_, ()> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Vectors for VectorStore {
    fn position(&self) -> u64 {
        self.position.load(Ordering::Acquire)
    }

    fn apply(&self, operations: &[SequencedOperation]) -> Result<(), IndexError> {
        let _writing = self.lock_writing();
        let Some(pending) = pending_after(self.position(), operations) else {
            return Ok(());
        };
        self.write(&pending)?;
        position::write(&self.dir, pending.position).map_err(vector_error)?;
        self.position.store(pending.position, Ordering::Release);
        Ok(())
    }

    fn search(&self, query: &DenseQuery<'_>) -> Result<Vec<ScoredChunk>, IndexError> {
        let Some(shard) = self.shard(query.embedder) else {
            return Ok(Vec::new());
        };
        shard.check_vector(query.vector)?;
        let Some(conditions) = payload::of_query(query) else {
            return Ok(Vec::new());
        };
        let filter = edge::filter(&conditions).map_err(vector_error)?;
        shard.search(query.vector, filter, query.limit)
    }

    fn chunk_ids(&self, knowledge_base: KnowledgeBaseId) -> Result<Vec<ChunkId>, IndexError> {
        let mut ids = Vec::new();
        for shard in self.all_shards() {
            let conditions = payload::conditions(&[knowledge_base], &[]);
            let filter = edge::filter(&conditions).map_err(vector_error)?;
            ids.extend(shard.ids(filter, usize::MAX - 1)?);
        }
        Ok(ids)
    }

    fn contains_document(&self, document: DocumentId) -> Result<bool, IndexError> {
        for shard in self.all_shards() {
            let filter = edge::filter(&payload::of_document(document)).map_err(vector_error)?;
            if !shard.ids(filter, 1)?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn optimize(&self) -> Result<(), IndexError> {
        for shard in self.all_shards() {
            let _writing = self.lock_writing();
            shard.optimize()?;
        }
        Ok(())
    }

    fn trouble(&self) -> Option<String> {
        None
    }
}
