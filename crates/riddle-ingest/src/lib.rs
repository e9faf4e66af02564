//! From a document to text with structure, and from text to chunks. Pure and synchronous.
//!
//! [`WorkerExtractor`] decides by a file's content what it is, decodes plain text itself and leaves everything else to
//! a child process with bounded memory and time, whose body is [`run_worker`]. [`chunk`] cuts the text at its own
//! boundaries, sized in tokens of the embedder.

mod chunk;
mod extractor;
mod failure;
mod header;
mod plain;
mod protocol;
mod record;
mod sniff;
mod title;
mod words;
mod worker;

pub use chunk::{chunk, chunk_while};
pub use extractor::{
    ExtractionLimits, ExtractorOptions, PictureLimits, PictureOptions, PictureProgram, SELF_TEST,
    SelfTest, WorkerExtractor, self_test,
};
pub use failure::timeout as chunking_timeout;
pub use worker::{run_picture_reader, run_worker, run_worker_self_test};
