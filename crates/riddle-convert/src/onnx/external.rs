use std::io::{self, BufWriter, Write};

use tempfile::NamedTempFile;

use super::proto;

/// Constants of fewer bytes stay in the graph.
pub(super) const LEAST: usize = 1 << 10;
/// What runtimes that map the file want its parts to begin at.
const ALIGNMENT: u64 = 4_096;
/// `TensorProto.EXTERNAL`.
const EXTERNAL: i32 = 1;

/// A file of large constants beside the graphs that use them.
#[derive(Debug)]
pub(crate) struct ExternalData {
    file: BufWriter<NamedTempFile>,
    name: String,
    written: u64,
    /// The first failure; told at the end, since a graph is built without looking at what becomes of it.
    failed: Option<io::Error>,
}

impl ExternalData {
    /// Data that will bear this name, beside the graphs.
    pub(crate) fn new(file: NamedTempFile, name: &str) -> Self {
        Self {
            file: BufWriter::new(file),
            name: name.to_owned(),
            written: 0,
            failed: None,
        }
    }

    /// The complete file, synced.
    ///
    /// # Errors
    /// Some of it could not be written.
    pub(crate) fn finish(mut self) -> io::Result<NamedTempFile> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        self.file.flush()?;
        let file = self
            .file
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        file.as_file().sync_all()?;
        Ok(file)
    }

    pub(super) fn store(&mut self, tensor: &mut proto::Tensor, raw: &[u8]) {
        let gap = self.written.next_multiple_of(ALIGNMENT) - self.written;
        let offset = self.written + gap;
        let padding = io::copy(&mut io::Read::take(io::repeat(0), gap), &mut self.file);
        let stored = padding.and_then(|_| self.file.write_all(raw));
        if let Err(error) = stored {
            self.failed.get_or_insert(error);
        }
        self.written = offset + raw.len() as u64;
        let entry = |key: &str, value: String| proto::Entry {
            key: Some(key.to_owned()),
            value: Some(value),
        };
        tensor.data_location = Some(EXTERNAL);
        tensor.external_data = vec![
            entry("location", self.name.clone()),
            entry("offset", offset.to_string()),
            entry("length", raw.len().to_string()),
        ];
    }
}
