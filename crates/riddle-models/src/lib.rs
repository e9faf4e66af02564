//! Encoders on ONNX Runtime and the model files behind them

mod catalogue;
mod files;

pub use catalogue::{
    Catalogue, CatalogueEntry, CatalogueError, CatalogueFile, EmbedderFacts, ModelRole,
    ModelSource, PoolingKind, RerankerFacts, WeightsFormat,
};
pub use files::{
    FileProblem, ListedModel, LocatedModel, Location, Manifest, ManifestFile, ModelFileError,
    ModelStore, ProgressSink, PullOptions, PullProgress, Pulled, Trust, VerifiedFile, VerifyReport,
};
