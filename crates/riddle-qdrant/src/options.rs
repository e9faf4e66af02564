use std::time::Duration;

use riddle_client::ApiKey;

/// A Qdrant server, and how collections are made on it.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// Address of its gRPC port, such as `http://qdrant:6334`.
    pub url: String,
    /// Sent with each call.
    pub api_key: Option<ApiKey>,
    /// Shards of a collection; the server's choice where nothing is said.
    pub shard_number: Option<u32>,
    /// Copies of each shard; the server's choice where nothing is said.
    pub replication_factor: Option<u32>,
    /// Copies that have to confirm a change; the server's choice where nothing is said.
    pub write_consistency: Option<u32>,
    /// What is kept in memory in place of the vectors.
    pub quantization: Quantization,
    /// Whether vectors and their graphs stay on disk and are read as they are needed.
    pub on_disk: bool,
    /// How long calls may take.
    pub times: Times,
}

impl ServerOptions {
    /// The server at this address, without a key, with collections as it makes them by itself.
    #[must_use]
    pub fn at(url: String) -> Self {
        Self {
            url,
            api_key: None,
            shard_number: None,
            replication_factor: None,
            write_consistency: None,
            quantization: Quantization::None,
            on_disk: false,
            times: Times::default(),
        }
    }
}

/// A smaller form of the vectors, by which candidates are found before they are compared in full.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Quantization {
    /// The vectors themselves.
    #[default]
    None,
    /// A byte for each number: a quarter of the memory.
    Scalar,
    /// A bit for each number: a thirty-second of the memory, for embedders with many dimensions.
    Binary,
}

/// How long calls may take, with all their tries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Times {
    /// Making a connection.
    pub connect: Duration,
    /// Asking whether the server is there.
    pub check: Duration,
    /// A search; words alone answer where it takes longer.
    pub search: Duration,
    /// A batch of changes, or a page of ids.
    pub write: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            check: Duration::from_secs(3),
            search: Duration::from_secs(5),
            write: Duration::from_secs(60),
        }
    }
}
