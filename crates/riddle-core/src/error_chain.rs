use std::error::Error;

/// The message of an error and those of all its sources: the first alone says too little in a log. A source whose
/// message ends the one before it, as some libraries have it, is not said again.
pub fn error_chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let message = cause.to_string();
        if !text.ends_with(&message) {
            text.push_str(": ");
            text.push_str(&message);
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{0}")]
    struct Caused(&'static str, #[source] Option<Box<Self>>);

    fn caused(message: &'static str, source: Option<Caused>) -> Caused {
        Caused(message, source.map(Box::new))
    }

    #[test]
    fn what_a_library_says_twice_is_said_once() {
        let disk = caused("no such page", None);
        let driver = caused("the driver says: no such page", Some(disk));
        let error = caused("the database failed", Some(driver));
        assert_eq!(
            error_chain(&error),
            "the database failed: the driver says: no such page"
        );
    }
}
