use std::collections::BTreeSet;

use qdrant_client::qdrant::payload_index_params::IndexParams;
use qdrant_client::qdrant::quantization_config::Quantization as WireQuantization;
use qdrant_client::qdrant::{
    BinaryQuantization, CreateCollection, CreateFieldIndexCollection, Distance as WireDistance,
    FieldType, FloatIndexParams, HnswConfigDiff, KeywordIndexParams, PayloadIndexParams,
    QuantizationConfig, QuantizationType, ScalarQuantization, UuidIndexParams, VectorParams,
    VectorsConfig, vectors_config,
};

use crate::failure::Failure;
use crate::options::Quantization;
use crate::points::confirmed;
use crate::server::Server;
use crate::wire::whole;

/// Numbers beyond this share of the distribution are cut, which keeps a byte for each of the others precise.
const QUANTILE: f32 = 0.99;

/// A collection to be made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NewCollection<'a> {
    pub name: &'a str,
    pub dimensions: usize,
    pub distance: Distance,
    /// Neighbours of a node of the graph.
    pub graph_m: usize,
    /// The beam when the graph is built.
    pub graph_ef_construct: usize,
    pub purpose: Purpose,
}

/// What a collection is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// Vectors, in the shards and the form that the options ask for.
    Search,
    /// A few points that are read by their ids. Copies are made of them too.
    Record,
}

/// How vectors are compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Distance {
    Cosine,
    Dot,
}

/// What a field of the payload holds, for its index.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Field {
    /// The id that nearly all searches are restricted by: its points lie together and have links of their own.
    Tenant,
    /// Ids.
    Id,
    /// Texts.
    Terms,
    /// Numbers.
    Number,
}

impl Server {
    /// The names of all collections.
    ///
    /// # Errors
    /// The server failed.
    pub fn collections(&self) -> Result<BTreeSet<String>, Failure> {
        let answer = self.call(self.options.times.check, |client| async move {
            client.list_collections().await
        })?;
        Ok(answer.collections.into_iter().map(|one| one.name).collect())
    }

    /// Makes a collection without indexes of its payload.
    ///
    /// # Errors
    /// The server failed, or has one of this name.
    pub fn create(&self, new: NewCollection<'_>) -> Result<(), Failure> {
        let request = self.request(new);
        self.call(self.options.times.write, |client| {
            let request = request.clone();
            async move { client.create_collection(request).await }
        })?;
        Ok(())
    }

    /// Removes a collection, if it is there.
    ///
    /// # Errors
    /// The server failed.
    pub fn drop_collection(&self, name: &str) -> Result<(), Failure> {
        let dropped = self.call(self.options.times.write, |client| {
            let name = name.to_owned();
            async move { client.delete_collection(name).await }
        });
        match dropped {
            Ok(_) | Err(Failure::Missing) => Ok(()),
            Err(failure) => Err(failure),
        }
    }

    /// Makes an index of a field, if there is none.
    ///
    /// # Errors
    /// The server failed.
    pub fn index_field(&self, collection: &str, key: &str, field: Field) -> Result<(), Failure> {
        let on_disk = self.options.on_disk;
        let request = CreateFieldIndexCollection {
            collection_name: collection.to_owned(),
            wait: Some(true),
            field_name: key.to_owned(),
            field_type: Some(field.kind().into()),
            field_index_params: Some(PayloadIndexParams {
                index_params: Some(field.params(on_disk)),
            }),
            ..CreateFieldIndexCollection::default()
        };
        let answer = self.call(self.options.times.write, |client| {
            let request = request.clone();
            async move { client.create_field_index(request).await }
        })?;
        confirmed(&answer)
    }

    #[expect(
        deprecated,
        reason = "servers before 1.19 do not know what replaces these fields"
    )]
    fn request(&self, new: NewCollection<'_>) -> CreateCollection {
        let options = &self.options;
        let (shard_number, quantization) = match new.purpose {
            Purpose::Search => (options.shard_number, options.quantization.wire()),
            Purpose::Record => (Some(1), None),
        };
        let vectors = VectorParams {
            size: whole(new.dimensions),
            distance: new.distance.wire().into(),
            on_disk: Some(options.on_disk),
            ..VectorParams::default()
        };
        CreateCollection {
            collection_name: new.name.to_owned(),
            vectors_config: Some(VectorsConfig {
                config: Some(vectors_config::Config::Params(vectors)),
            }),
            hnsw_config: Some(HnswConfigDiff {
                m: Some(whole(new.graph_m)),
                ef_construct: Some(whole(new.graph_ef_construct)),
                on_disk: Some(options.on_disk),
                ..HnswConfigDiff::default()
            }),
            on_disk_payload: Some(true),
            shard_number,
            replication_factor: options.replication_factor,
            write_consistency_factor: options.write_consistency,
            quantization_config: quantization.map(|quantization| QuantizationConfig {
                quantization: Some(quantization),
            }),
            ..CreateCollection::default()
        }
    }
}

impl Distance {
    fn wire(self) -> WireDistance {
        match self {
            Self::Cosine => WireDistance::Cosine,
            Self::Dot => WireDistance::Dot,
        }
    }
}

impl Quantization {
    /// The small form stays in memory, wherever the vectors themselves are.
    #[expect(
        deprecated,
        reason = "servers before 1.19 do not know what replaces these fields"
    )]
    fn wire(self) -> Option<WireQuantization> {
        match self {
            Self::None => None,
            Self::Scalar => Some(WireQuantization::Scalar(ScalarQuantization {
                r#type: QuantizationType::Int8.into(),
                quantile: Some(QUANTILE),
                always_ram: Some(true),
                ..ScalarQuantization::default()
            })),
            Self::Binary => Some(WireQuantization::Binary(BinaryQuantization {
                always_ram: Some(true),
                ..BinaryQuantization::default()
            })),
        }
    }
}

impl Field {
    fn kind(self) -> FieldType {
        match self {
            Self::Tenant | Self::Id => FieldType::Uuid,
            Self::Terms => FieldType::Keyword,
            Self::Number => FieldType::Float,
        }
    }

    #[expect(
        deprecated,
        reason = "servers before 1.19 do not know what replaces these fields"
    )]
    fn params(self, on_disk: bool) -> IndexParams {
        let on_disk = Some(on_disk);
        match self {
            Self::Tenant => IndexParams::UuidIndexParams(UuidIndexParams {
                is_tenant: Some(true),
                on_disk,
                ..UuidIndexParams::default()
            }),
            Self::Id => IndexParams::UuidIndexParams(UuidIndexParams {
                on_disk,
                enable_hnsw: Some(false),
                ..UuidIndexParams::default()
            }),
            Self::Terms => IndexParams::KeywordIndexParams(KeywordIndexParams {
                on_disk,
                enable_hnsw: Some(false),
                ..KeywordIndexParams::default()
            }),
            Self::Number => IndexParams::FloatIndexParams(FloatIndexParams {
                on_disk,
                enable_hnsw: Some(false),
                ..FloatIndexParams::default()
            }),
        }
    }
}
