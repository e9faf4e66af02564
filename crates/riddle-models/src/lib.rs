//! Encoders on ONNX Runtime and the model files behind them

mod best_windows;
mod catalogue;
mod convert;
mod cross_encoder;
mod embedder;
mod encoder;
mod files;
mod labels;
mod late_interaction;
mod layerwise;
mod measured_engines;
#[cfg(target_arch = "x86_64")]
mod native;
mod onnx;
mod open;
mod reranker_spec;
mod runtime;
mod tokenizer;
mod torch_file;

pub use catalogue::{
    Catalogue, CatalogueEntry, CatalogueError, CatalogueFile, EmbedderFacts, GoldenPair, ModelRole,
    ModelSource, PoolingKind, RerankerFacts, WeightsFormat,
};
pub use convert::{BatchShape, Conversion, Converted, Head, Precision, convert, ensure_converted};
pub use cross_encoder::OnnxCrossEncoder;
pub use embedder::{EmbedderSpec, OnnxEmbedder, PreparedTexts};
pub use files::{
    FileProblem, ListedModel, LocatedModel, Location, Manifest, ManifestFile, ModelFileError,
    ModelStore, ProgressSink, PullOptions, PullProgress, Pulled, Trust, VerifiedFile, VerifyReport,
};
pub use late_interaction::LateInteraction;
pub use layerwise::Layerwise;
pub use measured_engines::MeasuredEngines;
pub use reranker_spec::RerankerSpec;
pub use runtime::{
    CudaOptions, Device, EncoderEngine, Instructions, OnnxRuntime, OnnxRuntimeError,
};
pub use tokenizer::HfTokenizer;
