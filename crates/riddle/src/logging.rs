use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// What a server logs when nothing else is asked for: its own progress, and only warnings of the libraries.
pub(crate) const SERVER: &str = "warn,qdrant_edge=error,riddle=info,riddle_engine=info,riddle_http=info,riddle_models=info,riddle_index=info";
/// What a command logs when nothing else is asked for: its result speaks for itself.
pub(crate) const COMMAND: &str = "warn,qdrant_edge=error";

/// Logs to standard error: as lines for people on a terminal, as JSON otherwise.
pub(crate) fn start(filter: Option<&str>, default: &str) {
    let filter = EnvFilter::try_new(filter.unwrap_or(default))
        .unwrap_or_else(|_invalid| EnvFilter::new(default));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() {
        builder.compact().with_target(false).init();
    } else {
        builder.json().init();
    }
}
