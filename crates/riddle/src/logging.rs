use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// What is logged when nothing else is asked for: our own progress, and only warnings of the libraries.
const DEFAULT: &str =
    "warn,riddle=info,riddle_engine=info,riddle_http=info,riddle_models=info,riddle_index=info";

/// Logs to standard error: as lines for people on a terminal, as JSON otherwise.
pub(crate) fn start(filter: Option<&str>) {
    let filter = EnvFilter::try_new(filter.unwrap_or(DEFAULT))
        .unwrap_or_else(|_invalid| EnvFilter::new(DEFAULT));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() {
        builder.compact().with_target(false).init();
    } else {
        builder.json().init();
    }
}
