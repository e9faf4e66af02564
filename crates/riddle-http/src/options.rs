use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use crate::connections::{BodyRateBounds, ConnectionBounds};

/// Makes a span part of the trace that the headers `traceparent` and, if it is there, `tracestate` tell of.
pub type ContinueTrace = fn(span: &tracing::Span, traceparent: &str, tracestate: Option<&str>);

/// What a person may set about the wire.
#[derive(Clone, Debug)]
pub struct HttpOptions {
    /// SHA-256 of the API key; `None` lets everybody in who reaches the socket, so use it on loopback alone.
    pub api_key_hash: Option<[u8; 32]>,
    /// Names that a Host header may hold besides the loopback names and the address listened on, without ports.
    pub allowed_hosts: Vec<String>,
    /// Bytes of one uploaded file at most; the engine checks it, this bounds what is read past it.
    pub max_upload_bytes: u64,
    /// Bytes of one JSON body at most.
    pub max_json_bytes: usize,
    /// Files of one form, or texts of one JSON body, at most.
    pub max_upload_parts: usize,
    /// Bytes that large answers may hold together until their clients have taken them.
    pub max_answers_bytes: usize,
    /// How long a large answer waits until others make way for it.
    pub answers_wait: Duration,
    /// Connections at most, all threads together and for one address.
    pub connections: ConnectionBounds,
    /// How fast bodies must come.
    pub body_rate: BodyRateBounds,
    /// How long a whole JSON body may take.
    pub json_time: JsonBodyTime,
    /// Threads that serve connections.
    pub workers: usize,
    /// How long a client may take to send its headers, and how long a body may stand still.
    pub client_timeout: Duration,
    /// How long requests in work may take to end when the server stops.
    pub shutdown_timeout: Duration,
    /// How requests become part of their clients' traces; `None` where no traces are exported.
    pub continue_trace: Option<ContinueTrace>,
    /// Names that other tools use, with the models or knowledge bases (`riddle/NAME`) that serve them.
    pub model_aliases: BTreeMap<String, String>,
}

/// How long a whole JSON body may take, which is held in memory as it comes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct JsonBodyTime {
    /// However small it may be at most.
    pub least: Duration,
    /// A second more for each so many bytes that it may have.
    pub bytes_per_s: usize,
}

impl JsonBodyTime {
    /// The time of a body that may have so many bytes.
    pub(crate) fn of(self, bytes: usize) -> Duration {
        let seconds = bytes / self.bytes_per_s.max(1);
        self.least + Duration::from_secs(seconds as u64)
    }
}

impl HttpOptions {
    /// Whether a Host header with this name, without port and brackets, is one that this server answers for.
    /// `listen` is the address of the socket: an unspecified one answers for every address, because DNS rebinding
    /// needs a name.
    pub(crate) fn allows_host(&self, name: &str, listen: Option<IpAddr>) -> bool {
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        if name == "localhost" || name.ends_with(".localhost") {
            return true;
        }
        if let Ok(address) = name.parse::<IpAddr>() {
            let known = listen.is_some_and(|own| own == address || own.is_unspecified());
            if address.is_loopback() || known {
                return true;
            }
        }
        self.allowed_hosts
            .iter()
            .any(|allowed| allowed.eq_ignore_ascii_case(&name))
    }
}
