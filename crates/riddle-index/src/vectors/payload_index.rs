use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use qdrant_edge::{
    CreateIndex, EdgeShard, FieldIndexOperations, FloatIndexParams, JsonPath, KeywordIndexParams,
    PayloadFieldSchema, PayloadSchemaParams, PointStructPersisted, UpdateOperation,
    UuidIndexParams,
};
use riddle_core::IndexError;

use super::payload::{
    DOCUMENT, KNOWLEDGE_BASE, MOST_NUMBER_INDEXES, NUMBERS, TERMS, number_key, number_keys,
};
use crate::error::vector_error;

/// Creates the indexes that every shard has.
pub(super) fn create_fixed(engine: &EdgeShard) -> Result<(), IndexError> {
    // Every search is restricted to knowledge bases, so they get links of their own in the graph; nothing else is worth
    // that.
    let document = UuidIndexParams {
        enable_hnsw: Some(false),
        ..UuidIndexParams::default()
    };
    let terms = KeywordIndexParams {
        enable_hnsw: Some(false),
        ..KeywordIndexParams::default()
    };
    create(
        engine,
        KNOWLEDGE_BASE,
        PayloadSchemaParams::Uuid(UuidIndexParams::default()),
    )?;
    create(engine, DOCUMENT, PayloadSchemaParams::Uuid(document))?;
    create(engine, TERMS, PayloadSchemaParams::Keyword(terms))
}

/// The indexes over numbers, made when a key first occurs.
pub(super) struct NumberIndexes {
    paths: Mutex<BTreeSet<String>>,
}

impl NumberIndexes {
    /// Those that the shard has already.
    pub(super) fn of(engine: &EdgeShard) -> Self {
        let prefix = format!("{NUMBERS}.");
        let paths = engine
            .info()
            .payload_schema
            .keys()
            .map(JsonPath::to_string)
            .filter(|path| path.starts_with(&prefix))
            .collect();
        Self {
            paths: Mutex::new(paths),
        }
    }

    /// Creates the indexes that these points need.
    pub(super) fn cover(
        &self,
        engine: &EdgeShard,
        points: &[PointStructPersisted],
    ) -> Result<(), IndexError> {
        let mut paths = self.paths.lock().unwrap_or_else(PoisonError::into_inner);
        let keys = points
            .iter()
            .filter_map(|point| point.payload.as_ref())
            .flat_map(|payload| number_keys(&payload.0));
        for key in keys {
            if paths.len() >= MOST_NUMBER_INDEXES {
                return Ok(());
            }
            let path = number_key(key);
            if paths.contains(&path) {
                continue;
            }
            let floats = FloatIndexParams {
                enable_hnsw: Some(false),
                ..FloatIndexParams::default()
            };
            create(engine, &path, PayloadSchemaParams::Float(floats))?;
            paths.insert(path);
        }
        Ok(())
    }
}

fn create(engine: &EdgeShard, key: &str, params: PayloadSchemaParams) -> Result<(), IndexError> {
    let create = CreateIndex {
        field_name: key
            .parse::<JsonPath>()
            .map_err(|()| vector_error("a payload key is no path"))?,
        field_schema: Some(PayloadFieldSchema::FieldParams(params)),
    };
    engine
        .update(UpdateOperation::FieldIndexOperation(
            FieldIndexOperations::CreateIndex(create),
        ))
        .map_err(vector_error)
}
