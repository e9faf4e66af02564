use std::io::IsTerminal;

use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry};

use crate::telemetry::Export;

/// What a server logs when nothing else is asked for: its own progress, and only warnings of the libraries.
pub(crate) const SERVER: &str = "warn,qdrant_edge=error,riddle=info,riddle_engine=info,riddle_http=info,riddle_models=info,riddle_index=info";
/// What a command logs when nothing else is asked for: its result speaks for itself.
pub(crate) const COMMAND: &str = "warn,qdrant_edge=error";

/// Logs to standard error: as lines for people on a terminal, as JSON otherwise. Spans go to `export` besides, whatever
/// the filter of the log.
pub(crate) fn start(filter: Option<&str>, default: &str, export: Option<&Export>) {
    let filter = EnvFilter::try_new(filter.unwrap_or(default))
        .unwrap_or_else(|_invalid| EnvFilter::new(default));
    let lines = tracing_subscriber::fmt::layer::<Registry>().with_writer(std::io::stderr);
    let lines = match std::io::stderr().is_terminal() {
        true => lines.compact().with_target(false).boxed(),
        false => lines.json().boxed(),
    };
    let mut layers: Vec<Box<dyn Layer<Registry> + Send + Sync>> =
        vec![lines.with_filter(filter).boxed()];
    layers.extend(export.map(Export::layer));
    tracing_subscriber::registry().with(layers).init();
}
