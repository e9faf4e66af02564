use std::collections::HashMap;

use async_trait::async_trait;
use riddle_core::{ContentHash, EmbeddingCache, StoreError};

use crate::rows::{self, get, hex_list};
use crate::sql;
use crate::store::SqlStore;

/// Vectors of one statement: the trip to the database thread costs about as much as a row.
const VECTORS_PER_STATEMENT: usize = 64;
/// Texts that one transaction of a pruning looks at, so that other writers wait for milliseconds only.
const TEXTS_PER_PRUNING: u32 = 2_000;

/// Vectors by text. Joined crosswise: the planner would rather read every vector of the model.
pub(crate) const CACHED: &str = "SELECT e.text_hash, e.vector FROM json_each(?) wanted
             CROSS JOIN embeddings e ON e.fingerprint = ? AND e.text_hash = unhex(wanted.value)";

/// Removes the vectors of those texts that no chunk has.
pub(crate) const PRUNE: &str =
    "DELETE FROM embeddings WHERE text_hash IN (SELECT unhex(value) FROM json_each(?))
             AND NOT EXISTS (SELECT 1 FROM chunks c WHERE c.text_hash = embeddings.text_hash)";

/// Whether there is anything to prune.
pub(crate) const PRUNABLE: &str = "SELECT EXISTS (SELECT 1 FROM loose_texts WHERE in_work = 0)
                 OR (EXISTS (SELECT 1 FROM loose_texts) AND NOT EXISTS (SELECT 1 FROM jobs)) AS prunable";

#[async_trait]
impl EmbeddingCache for SqlStore {
    async fn cached_embeddings(
        &self,
        fingerprint: &str,
        texts: &[ContentHash],
    ) -> Result<Vec<Option<Vec<f32>>>, StoreError> {
        let rows = sql::query(CACHED)
            .bind(hex_list(texts.iter().map(|hash| hash.0.as_slice())))
            .bind(fingerprint)
            .rows(&self.reader)
            .await?;
        let mut found: HashMap<ContentHash, Vec<f32>> = HashMap::with_capacity(rows.len());
        for row in &rows {
            found.insert(
                rows::hash(row, "text_hash")?,
                floats(&get::<Vec<u8>>(row, "vector")?),
            );
        }
        Ok(texts.iter().map(|hash| found.get(hash).cloned()).collect())
    }

    async fn cache_embeddings(
        &self,
        fingerprint: &str,
        entries: &[(ContentHash, Vec<f32>)],
    ) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        for entries in entries.chunks(VECTORS_PER_STATEMENT) {
            let start = "INSERT INTO embeddings (fingerprint, text_hash, vector) ";
            let rows = entries.iter().map(|(hash, vector)| {
                let (hash, vector) = (hash.0.as_slice(), bytes(vector));
                [fingerprint.into(), hash.into(), vector.into()]
            });
            let insert = sql::insert(start, rows, " ON CONFLICT DO NOTHING");
            insert.run(&mut write).await?;
        }
        sql::query(
            "INSERT INTO loose_texts (text_hash, in_work)
             SELECT DISTINCT unhex(cached.value), 1 FROM json_each(?) cached
             WHERE NOT EXISTS (SELECT 1 FROM chunks c WHERE c.text_hash = unhex(cached.value))
             ON CONFLICT DO NOTHING",
        )
        .bind(hex_list(entries.iter().map(|(hash, _)| hash.0.as_slice())))
        .run(&mut write)
        .await?;
        write.commit().await
    }

    async fn prune_embeddings(&self) -> Result<u64, StoreError> {
        let mut pruned = 0;
        while self.has_prunable_texts().await? {
            pruned += self.prune_some().await?;
        }
        Ok(pruned)
    }
}

impl SqlStore {
    /// Reads only, so that a pruning without work waits for no writer.
    async fn has_prunable_texts(&self) -> Result<bool, StoreError> {
        let row = sql::query(PRUNABLE).row(&self.reader).await?;
        get(&row, "prunable")
    }

    async fn prune_some(&self) -> Result<u64, StoreError> {
        let mut write = self.write().await?;
        let jobs = sql::query("SELECT 1 FROM jobs LIMIT 1")
            .row_if_any(&mut *write)
            .await?;
        // Vectors of documents in work are kept until their chunks come, or no work is left that could bring them.
        let candidates = match jobs {
            Some(_) => "SELECT text_hash FROM loose_texts WHERE in_work = 0 LIMIT ?",
            None => "SELECT text_hash FROM loose_texts LIMIT ?",
        };
        let texts = sql::query(candidates)
            .bind(TEXTS_PER_PRUNING)
            .rows(&mut *write)
            .await?;
        let texts = texts
            .iter()
            .map(|row| rows::hash(row, "text_hash"))
            .collect::<Result<Vec<_>, _>>()?;
        let texts = hex_list(texts.iter().map(|hash| hash.0.as_slice()));
        let pruned = sql::query(PRUNE).bind(&texts).run(&mut write).await?;
        sql::query(
            "DELETE FROM loose_texts WHERE text_hash IN (SELECT unhex(value) FROM json_each(?))",
        )
        .bind(texts)
        .run(&mut write)
        .await?;
        write.commit().await?;
        Ok(pruned.rows_affected())
    }
}

fn bytes(vector: &[f32]) -> Vec<u8> {
    vector
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes
        .as_chunks::<4>()
        .0
        .iter()
        .map(|four| f32::from_le_bytes(*four))
        .collect()
}
