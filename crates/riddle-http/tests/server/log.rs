//! What the server in this process logs.

use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock};

use serde_json::Value;

/// What the process has logged so far.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0
            .lock()
            .expect("not poisoned")
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    /// The one log of the process: its threads belong to no test.
    pub(crate) fn of_process() -> Self {
        static LOG: OnceLock<Log> = OnceLock::new();
        let start = || {
            let log = Self::default();
            let lines = log.clone();
            tracing_subscriber::fmt()
                .json()
                .with_writer(move || lines.clone())
                .init();
            log
        };
        LOG.get_or_init(start).clone()
    }

    /// The lines so far.
    pub(crate) fn lines(&self) -> Vec<Value> {
        let bytes = self.0.lock().expect("not poisoned").clone();
        let text = String::from_utf8(bytes).expect("UTF-8");
        let lines = text.lines();
        lines
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect()
    }

    /// Errors that were logged with this request id.
    pub(crate) fn errors_of(&self, request_id: &str) -> Vec<Value> {
        let mut lines = self.lines();
        lines.retain(|line| line["level"] == "ERROR" && line["fields"]["request_id"] == request_id);
        lines
    }
}
