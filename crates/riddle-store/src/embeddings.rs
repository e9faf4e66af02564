use async_trait::async_trait;
use riddle_core::{ContentHash, EmbeddingCache, StoreError};
use std::collections::HashMap;

use crate::rows::{self, get, hex_list};
use crate::sqlite::{SqliteStore, failed};

#[async_trait]
impl EmbeddingCache for SqliteStore {
    async fn cached_embeddings(
        &self,
        fingerprint: &str,
        texts: &[ContentHash],
    ) -> Result<Vec<Option<Vec<f32>>>, StoreError> {
        let rows = sqlx::query(
            "SELECT e.text_hash, e.vector FROM json_each(?) wanted
             JOIN embeddings e ON e.fingerprint = ? AND e.text_hash = unhex(wanted.value)",
        )
        .bind(hex_list(texts.iter().map(|hash| hash.0.as_slice())))
        .bind(fingerprint)
        .fetch_all(&self.reader)
        .await
        .map_err(|error| failed(&error))?;
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
        for (hash, vector) in entries {
            sqlx::query("INSERT OR IGNORE INTO embeddings (fingerprint, text_hash, vector) VALUES (?, ?, ?)")
                .bind(fingerprint)
                .bind(hash.0.as_slice())
                .bind(bytes(vector))
                .execute(&mut *write)
                .await
                .map_err(|error| failed(&error))?;
        }
        write.commit().await.map_err(|error| failed(&error))
    }

    async fn prune_embeddings(&self) -> Result<u64, StoreError> {
        let mut write = self.write().await?;
        let pruned = sqlx::query(
            "DELETE FROM embeddings WHERE NOT EXISTS
                 (SELECT 1 FROM chunks c WHERE c.text_hash = embeddings.text_hash)",
        )
        .execute(&mut *write)
        .await
        .map_err(|error| failed(&error))?;
        write.commit().await.map_err(|error| failed(&error))?;
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
