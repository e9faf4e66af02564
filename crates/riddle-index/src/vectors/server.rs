mod attaching;
mod claim;
mod collections;
mod record;

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use riddle_core::{
    ChunkId, DenseQuery, DocumentId, IndexEntry, IndexError, KnowledgeBaseId, ScoredChunk,
    SequencedOperation,
};
use riddle_qdrant::{Condition, Failure, Point, Server, ServerOptions};

use self::claim::ClaimFile;
use self::record::{Names, Record};
use super::Vectors;
use super::changes::Changes;
use super::embedder::{SEARCH_EF, check_dimensions, check_vector};
use super::payload;
use crate::error::{VECTORS, server_error};
use crate::pending::{Pending, pending_after};

/// A Qdrant server for the vectors.
#[derive(Clone, Debug)]
pub struct ServerVectors {
    /// Where it is, and how collections are made on it.
    pub server: ServerOptions,
    /// Tells the collections of this data folder from those of others on the same server: letters and digits.
    pub installation: String,
}

/// The vectors on a server: a collection for each embedder, and one with a record of what they hold.
pub(crate) struct ServerStore {
    server: Server,
    names: Names,
    claim: ClaimFile,
    /// What the server says that it holds; `None` until it was asked, and after it was found to have lost something.
    record: Mutex<Option<Record>>,
    position: AtomicU64,
    /// The position was set back since the last change, which begins at one that is no more.
    has_fallen: AtomicBool,
    /// Held by whoever changes collections or the record.
    writing: Mutex<()>,
}

impl ServerStore {
    /// Remembers the server, and asks what it holds. Where it does not answer, that is done later.
    ///
    /// # Errors
    /// The address or the key cannot be meant.
    pub(crate) fn open(dir: &Path, vectors: ServerVectors) -> Result<Self, IndexError> {
        let claim = ClaimFile::in_folder(dir);
        let store = Self {
            server: Server::new(vectors.server).map_err(server_error)?,
            names: Names::of(&vectors.installation),
            position: AtomicU64::new(claim.read().position),
            claim,
            has_fallen: AtomicBool::new(false),
            record: Mutex::default(),
            writing: Mutex::default(),
        };
        if let Err(error) = store.attach() {
            tracing::warn!(store = VECTORS, %error, "searches go by words alone, and changes wait");
        }
        // Nobody has read the position yet.
        store.has_fallen.store(false, Ordering::Release);
        Ok(store)
    }

    /// Gives up what indexes in this folder have on a server, because they keep their vectors elsewhere now.
    pub(crate) fn forget(dir: &Path) -> Result<(), IndexError> {
        ClaimFile::in_folder(dir).remove()
    }

    fn apply_next(&self, operations: &[SequencedOperation]) -> Result<(), IndexError> {
        let mut record = self.known_to_writer()?;
        if self.has_fallen.load(Ordering::Acquire) {
            // The operations begin where the collections were before they were lost.
            return Err(server_error(Failure::Missing));
        }
        let Some(pending) = pending_after(self.position(), operations) else {
            return Ok(());
        };
        self.write(&mut record, &pending)?;
        record.position = pending.position;
        self.record(record)
    }

    /// Writes all changes to their collections. What is repeated after an error ends the same.
    fn write(&self, record: &mut Record, pending: &Pending<'_>) -> Result<(), IndexError> {
        let changes = Changes::of(pending);
        for (fingerprint, entries) in &changes.written {
            let dimensions = entries.first().map_or(0, |(_, vector)| vector.len());
            let known = record.embedder(fingerprint);
            let dimensions = known.map_or(dimensions, |one| one.dimensions);
            for (_, vector) in entries {
                check_dimensions(vector, dimensions)?;
            }
            let points = points(entries);
            self.write_to(|server| self.upsert(server, record, fingerprint, points))?;
        }
        for embedder in &record.embedders {
            let gone = changes.gone_from(&embedder.fingerprint);
            let gone: Vec<_> = gone.into_iter().map(|chunk| chunk.0).collect();
            let collection = self.names.vectors(&embedder.fingerprint);
            self.write_to(|server| server.delete(&collection, &gone))?;
        }
        Ok(())
    }

    fn upsert(
        &self,
        server: &Server,
        record: &mut Record,
        fingerprint: &str,
        points: Vec<Point>,
    ) -> Result<(), Failure> {
        let collection = self.names.vectors(fingerprint);
        if record.embedder(fingerprint).is_none() {
            let dimensions = points.first().map_or(0, |point| point.vector.len());
            let made = collections::create(server, &collection, fingerprint, dimensions)?;
            record.embedders.push(made);
        }
        let mut embedders = record.embedders.iter_mut();
        if let Some(embedder) = embedders.find(|one| one.fingerprint == fingerprint) {
            collections::cover_numbers(server, &collection, embedder, &points)?;
        }
        server.upsert(&collection, points)
    }

    /// Records how far the collections are. Where a search has found one of them gone meanwhile, the record is unknown,
    /// and stays so until it was compared with what is there.
    fn record(&self, record: Record) -> Result<(), IndexError> {
        self.write_to(|server| record::write(server, &self.names, &record))?;
        let is_known = {
            let mut known = self.lock_record();
            let is_known = known.is_some();
            if is_known {
                *known = Some(record.clone());
            }
            is_known
        };
        match is_known {
            true => self.settle(&record),
            false => Err(self.writing_failed(Failure::Missing)),
        }
    }

    /// The record, read if it is not known. The caller holds the right to write.
    fn known_to_writer(&self) -> Result<Record, IndexError> {
        if let Some(record) = self.lock_record().clone() {
            return Ok(record);
        }
        self.attach()?;
        let known = self.lock_record().clone();
        known.ok_or_else(|| server_error(Failure::Missing))
    }

    /// What the record says, read if it is not known and nobody writes.
    fn known<T>(&self, look: impl Fn(&Record) -> T) -> Result<T, IndexError> {
        if let Some(record) = &*self.lock_record() {
            return Ok(look(record));
        }
        let Some(_writing) = self.try_writing() else {
            return Err(server_error(Failure::Busy { retry_after: None }));
        };
        self.known_to_writer().map(|record| look(&record))
    }

    /// The names of all collections with vectors.
    fn all_collections(&self) -> Result<Vec<String>, IndexError> {
        self.known(|record| {
            let embedders = record.embedders.iter();
            let names = embedders.map(|one| self.names.vectors(&one.fingerprint));
            names.collect()
        })
    }

    fn ids(
        &self,
        collection: &str,
        conditions: &[Condition],
        limit: usize,
    ) -> Result<Vec<ChunkId>, IndexError> {
        let ids = self.read_from(|server| server.ids(collection, conditions, limit))?;
        Ok(ids.into_iter().map(ChunkId).collect())
    }

    /// A call while nothing of the record is taken for granted.
    fn ask<T>(&self, call: impl FnOnce(&Server) -> Result<T, Failure>) -> Result<T, IndexError> {
        call(&self.server).map_err(server_error)
    }

    /// A call of whoever holds the right to write.
    fn write_to<T>(
        &self,
        call: impl FnOnce(&Server) -> Result<T, Failure>,
    ) -> Result<T, IndexError> {
        call(&self.server).map_err(|failure| self.writing_failed(failure))
    }

    fn writing_failed(&self, failure: Failure) -> IndexError {
        if failure == Failure::Missing {
            *self.lock_record() = None;
            self.look_again();
        }
        server_error(failure)
    }

    /// A call of anybody else.
    fn read_from<T>(
        &self,
        call: impl FnOnce(&Server) -> Result<T, Failure>,
    ) -> Result<T, IndexError> {
        call(&self.server).map_err(|failure| {
            if failure == Failure::Missing {
                *self.lock_record() = None;
                if let Some(_writing) = self.try_writing() {
                    self.look_again();
                }
            }
            server_error(failure)
        })
    }

    /// Finds out at once what the server has lost, so that the position tells it.
    fn look_again(&self) {
        if let Err(error) = self.attach() {
            tracing::debug!(store = VECTORS, %error, "what the server has lost is found out later");
        }
    }

    fn lock_record(&self) -> MutexGuard<'_, Option<Record>> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn try_writing(&self) -> Option<MutexGuard<'_, ()>> {
        match self.writing.try_lock() {
            Ok(writing) => Some(writing),
            Err(TryLockError::Poisoned(writing)) => Some(writing.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }
}

impl Vectors for ServerStore {
    fn position(&self) -> u64 {
        self.position.load(Ordering::Acquire)
    }

    fn apply(&self, operations: &[SequencedOperation]) -> Result<(), IndexError> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let applied = self.apply_next(operations);
        // Whoever is refused reads the position anew.
        self.has_fallen.store(false, Ordering::Release);
        applied
    }

    fn search(&self, query: &DenseQuery<'_>) -> Result<Vec<ScoredChunk>, IndexError> {
        let of_embedder = |record: &Record| {
            let embedder = record.embedder(query.embedder);
            embedder.map(|one| one.dimensions)
        };
        let Some(dimensions) = self.known(of_embedder)? else {
            return Ok(Vec::new());
        };
        check_vector(query.vector, dimensions, query.embedder)?;
        let Some(conditions) = payload::of_query(query) else {
            return Ok(Vec::new());
        };
        let collection = self.names.vectors(query.embedder);
        let hits = self.read_from(|server| {
            server.search(
                &collection,
                query.vector,
                &conditions,
                query.limit,
                SEARCH_EF,
            )
        })?;
        let hits = hits.into_iter().map(|hit| ScoredChunk {
            chunk: ChunkId(hit.id),
            score: hit.score,
        });
        Ok(hits.collect())
    }

    fn chunk_ids(&self, knowledge_base: KnowledgeBaseId) -> Result<Vec<ChunkId>, IndexError> {
        let conditions = payload::conditions(&[knowledge_base], &[]);
        let mut ids = Vec::new();
        for collection in self.all_collections()? {
            ids.extend(self.ids(&collection, &conditions, usize::MAX)?);
        }
        Ok(ids)
    }

    fn contains_document(&self, document: DocumentId) -> Result<bool, IndexError> {
        let conditions = payload::of_document(document);
        for collection in self.all_collections()? {
            if !self.ids(&collection, &conditions, 1)?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The server does that by itself.
    fn optimize(&self) -> Result<(), IndexError> {
        Ok(())
    }

    fn trouble(&self) -> Option<String> {
        let is_known = self.lock_record().is_some();
        let seen = match is_known {
            true => self.ask(Server::check),
            // Whoever writes finds out.
            false => self.try_writing().map_or(Ok(()), |_writing| self.attach()),
        };
        seen.err().map(|error| error.message)
    }
}

fn points(entries: &[(&IndexEntry, &[f32])]) -> Vec<Point> {
    let entries = entries.iter();
    entries
        .map(|(entry, vector)| payload::point(entry, vector))
        .collect()
}
