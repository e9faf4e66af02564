use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use qdrant_client::qdrant::{CreateCollection, Distance as WireDistance, vectors_config};
use qdrant_edge::{
    CreateIndex, Distance, EdgeConfig, EdgeShard, EdgeVectorParams, FieldIndexOperations, JsonPath,
    PayloadFieldSchema, UpdateOperation,
};
use tempfile::TempDir;
use tonic::Status;

/// A collection: one shard of the engine in a temporary folder.
pub(crate) struct Collection {
    pub(crate) created: CreateCollection,
    pub(crate) engine: EdgeShard,
    fields: Mutex<BTreeSet<String>>,
    _folder: TempDir,
}

impl Collection {
    pub(crate) fn new(created: CreateCollection) -> Result<Self, Status> {
        let folder = tempfile::tempdir().map_err(failed)?;
        let config = created.vectors_config.as_ref();
        let config = config.and_then(|config| config.config.as_ref());
        let Some(vectors_config::Config::Params(vectors)) = config else {
            return Err(Status::unimplemented("collections of one vector alone"));
        };
        let distance = match vectors.distance() {
            WireDistance::Cosine => Distance::Cosine,
            WireDistance::Dot => Distance::Dot,
            _ => return Err(Status::unimplemented("cosine and dot product alone")),
        };
        let dimensions = usize::try_from(vectors.size).map_err(failed)?;
        let vectors = EdgeVectorParams::builder(dimensions, distance).build();
        let config = EdgeConfig::builder()
            .vector(qdrant_edge::DEFAULT_VECTOR_NAME, vectors)
            .build();
        Ok(Self {
            engine: EdgeShard::new(folder.path(), config).map_err(failed)?,
            created,
            fields: Mutex::default(),
            _folder: folder,
        })
    }

    /// Makes an index of a field.
    pub(crate) fn index(&self, field: &str, schema: PayloadFieldSchema) -> Result<(), Status> {
        let path = field.parse::<JsonPath>();
        let create = CreateIndex {
            field_name: path.map_err(|()| Status::invalid_argument("no path"))?,
            field_schema: Some(schema),
        };
        let operation = FieldIndexOperations::CreateIndex(create);
        self.update(UpdateOperation::FieldIndexOperation(operation))?;
        let mut fields = self.fields.lock().unwrap_or_else(PoisonError::into_inner);
        fields.insert(field.to_owned());
        Ok(())
    }

    pub(crate) fn fields(&self) -> Vec<String> {
        let fields = self.fields.lock().unwrap_or_else(PoisonError::into_inner);
        fields.iter().cloned().collect()
    }

    pub(crate) fn update(&self, operation: UpdateOperation) -> Result<(), Status> {
        self.engine.update(operation).map_err(failed)
    }
}

/// An error of the engine, as the server words it.
pub(crate) fn failed(error: impl std::fmt::Display) -> Status {
    Status::internal(format!("Service internal error: {error}"))
}
