//! Encoders on our own engine or on ONNX Runtime, the rerankers made of them, and the model files behind them

mod catalogue;
mod compute;
mod cross_encoder;
mod embedder;
mod encoder;
mod files;
mod late_interaction;
mod layerwise;
mod measured_engines;
mod ocr;
mod on_disk;
mod open;
mod recognise;
mod reranker_spec;
mod runtime;
mod scored_windows;
mod tensors;
mod tokenizer;

pub use catalogue::{
    AddedModels, Catalogue, CatalogueEntry, CatalogueError, CatalogueFile, Colbert,
    DenseActivation, DenseLayer, EmbedderFacts, GoldenPair, ModelRole, ModelSource, Pooling,
    PoolingKind, ProjectionLayer, RerankerFacts, WeightsFormat,
};
pub use compute::Compute;
pub use cross_encoder::CrossEncoder;
pub use embedder::{EmbedderSpec, PreparedTexts, TextEmbedder};
pub use files::{
    FileKind, FileProblem, HubKind, Listed, ListedModel, LocatedModel, Location, Manifest,
    ManifestFile, ModelFileError, ModelStore, NOTHING_READ, OpeningProgram, ProgressSink,
    PullOptions, PullProgress, Pulled, Repository, SetAside, Trust, VerifiedFile, VerifyReport,
};
pub use late_interaction::{LateInteraction, LateInteractionHead};
pub use layerwise::Layerwise;
pub use measured_engines::{MeasuredEngines, Width};
pub use ocr::{Ocr, OcrFiles, PreparedOcr};
pub use recognise::{
    ListedFile, Recognised, Refusal, Snapshot, WishedRole, Wishes, is_quantization,
    quantization_of_file, recognise,
};
pub use reranker_spec::RerankerSpec;
pub use riddle_checkpoint::{Head, Precision};
pub use riddle_convert::{BatchShape, Conversion, Converted, convert, ensure_converted};
pub use riddle_native::Instructions;
pub use runtime::{CudaOptions, Device, EncoderEngine, OnnxRuntime, OnnxRuntimeError};
pub use tokenizer::HfTokenizer;
