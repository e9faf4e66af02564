use std::collections::BTreeSet;

use riddle_qdrant::{Distance, Failure, NewCollection, Point, Purpose, Server};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::vectors::embedder::{self, GRAPH_EF_CONSTRUCT, GRAPH_M};

/// The only point of the collection that the record is in.
const POINT: Uuid = Uuid::nil();
/// Every point needs a vector.
const VECTOR: [f32; 1] = [1.0];

/// What the collections of an installation hold, as a point beside them says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Record {
    /// Chosen by chance whenever the collections are begun anew.
    pub(super) edition: u64,
    /// Sequence of the last operation that all collections have.
    pub(super) position: u64,
    pub(super) embedders: Vec<Embedder>,
}

/// The vectors of one embedder.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) struct Embedder {
    pub(super) fingerprint: String,
    pub(super) dimensions: usize,
    /// Escaped metadata keys whose numbers have an index.
    pub(super) numbers: BTreeSet<String>,
}

/// The names of an installation's collections.
pub(super) struct Names {
    prefix: String,
}

impl Names {
    pub(super) fn of(installation: &str) -> Self {
        Self {
            prefix: format!("riddle-{installation}-"),
        }
    }

    /// Where the record is.
    pub(super) fn record(&self) -> String {
        format!("{}position", self.prefix)
    }

    /// Where the vectors of an embedder are.
    pub(super) fn vectors(&self, fingerprint: &str) -> String {
        format!("{}{}", self.prefix, embedder::name(fingerprint))
    }

    pub(super) fn is_ours(&self, name: &str) -> bool {
        name.starts_with(&self.prefix)
    }
}

impl Record {
    pub(super) fn embedder(&self, fingerprint: &str) -> Option<&Embedder> {
        self.embedders
            .iter()
            .find(|one| one.fingerprint == fingerprint)
    }
}

/// Reads the record; `None` where there is none, or one that this version cannot read.
pub(super) fn read(server: &Server, names: &Names) -> Result<Option<Record>, Failure> {
    let payload = server.payload(&names.record(), POINT)?;
    Ok(payload.and_then(|payload| serde_json::from_value(Value::Object(payload)).ok()))
}

/// Replaces the record, durably.
pub(super) fn write(server: &Server, names: &Names, record: &Record) -> Result<(), Failure> {
    let payload = match serde_json::to_value(record) {
        Ok(Value::Object(payload)) => payload,
        _ => Map::new(),
    };
    let point = Point {
        id: POINT,
        vector: VECTOR.to_vec(),
        payload,
    };
    server.upsert(&names.record(), vec![point])
}

/// Makes the collection that the record goes to.
pub(super) fn create(server: &Server, names: &Names) -> Result<(), Failure> {
    server.create(NewCollection {
        name: &names.record(),
        dimensions: VECTOR.len(),
        distance: Distance::Dot,
        graph_m: GRAPH_M,
        graph_ef_construct: GRAPH_EF_CONSTRUCT,
        purpose: Purpose::Record,
    })
}
