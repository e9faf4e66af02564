use std::error::Error;

/// What lies at the bottom of an error, such as "connection refused", for the log. The error's own text may hold the
/// address of the server, and with it what is no business of everybody who reads the log.
pub fn cause(error: &reqwest::Error) -> String {
    let mut text = String::new();
    let mut source = error.source();
    while let Some(cause) = source {
        text = cause.to_string();
        source = cause.source();
    }
    text
}
