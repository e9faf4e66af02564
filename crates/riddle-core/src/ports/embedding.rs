use crate::ranking::similarity::Similarity;

/// What a text is embedded for. Some models want a prefix that depends on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// A question.
    Query,
    /// A passage of a document.
    Passage,
}

/// Which languages a model knows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LanguageCoverage {
    /// Some hundred languages.
    Multilingual,
    /// These alone, as ISO 639-1 codes.
    Only(Vec<String>),
}

impl LanguageCoverage {
    /// Whether the model knows the language with this ISO 639-1 code.
    pub fn covers(&self, language: &str) -> bool {
        match self {
            Self::Multilingual => true,
            Self::Only(languages) => languages.iter().any(|known| known == language),
        }
    }
}

/// What an embedder is.
#[derive(Clone, PartialEq, Debug)]
pub struct EmbedderInfo {
    /// Catalogue name.
    pub name: String,
    /// Name, precision and content hash, marked by how its vectors are compared ([`Similarity::mark`]). Vectors of
    /// equal fingerprints may be compared and share the cache.
    pub fingerprint: String,
    /// Fingerprints of earlier versions whose vectors may be compared with its own.
    pub compatible: Vec<String>,
    /// Length of a vector.
    pub dimensions: usize,
    /// Longest input in tokens, special tokens included; longer ones are cut.
    pub max_tokens: usize,
    /// Languages it knows.
    pub languages: LanguageCoverage,
    /// Where it runs, such as `cpu`.
    pub device: String,
}

impl EmbedderInfo {
    /// Whether its vectors may be compared with those that were made under this fingerprint.
    pub fn reads(&self, fingerprint: &str) -> bool {
        let mut compatible = self.compatible.iter();
        self.fingerprint == fingerprint || compatible.any(|known| known == fingerprint)
    }

    /// How its vectors are compared.
    pub fn similarity(&self) -> Similarity {
        Similarity::of_fingerprint(&self.fingerprint)
    }
}

/// Token vectors of one text, special tokens left out.
#[derive(Clone, PartialEq, Debug)]
pub struct TokenVectors {
    /// Length of one vector.
    pub dimensions: usize,
    /// Row-major `tokens × dimensions`, each row of Euclidean length 1.
    pub values: Vec<f32>,
}

/// Turns texts into vectors. Owned by one thread; calls block for as long as the computation takes.
pub trait Embedder: Send {
    /// What it is.
    fn info(&self) -> &EmbedderInfo;

    /// How many texts it computes at the same time. A call with fewer leaves CPU cores idle.
    fn parallel(&self) -> usize {
        1
    }

    /// One vector of [`EmbedderInfo::dimensions`] numbers for each text, in the order given. They have Euclidean length
    /// 1 where they are compared by cosine ([`EmbedderInfo::similarity`]).
    ///
    /// # Errors
    /// The runtime failed; no text is at fault.
    fn embed(&mut self, texts: &[&str], purpose: Purpose) -> Result<Vec<Vec<f32>>, ModelError>;

    /// Whether it gives vectors of single tokens too.
    fn gives_token_vectors(&self) -> bool {
        true
    }

    /// The contextual vector of each token of each text, in the order given.
    ///
    /// # Errors
    /// The runtime failed; no text is at fault.
    fn token_vectors(
        &mut self,
        texts: &[&str],
        purpose: Purpose,
    ) -> Result<Vec<TokenVectors>, ModelError>;
}

/// Counts tokens as a model does. Shared by threads.
pub trait Tokenizer: Send + Sync {
    /// Byte offset in `text` at which each token starts, ascending, without special tokens and without truncation.
    fn token_starts(&self, text: &str) -> Vec<usize>;

    /// The tokens of a text, untruncated, with or without the special ones around it. `None` where the tokenizer knows
    /// only where tokens start.
    fn tokens(&self, _text: &str, _special: bool) -> Option<Vec<Token>> {
        None
    }
}

/// A token of a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Token {
    /// Its number in the vocabulary.
    pub id: u32,
    /// Its text: a part of the input, or the name of a special token.
    pub text: String,
    /// Its bytes in the text; `None` for a special token.
    pub place: Option<std::ops::Range<usize>>,
}

/// A model that cannot be loaded or run. Messages hold no text of users; they say what to do where anything can be
/// done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// The weights are not on this machine.
    #[error("model `{model}` is not available: {remedy}")]
    Unavailable {
        /// Catalogue name.
        model: String,
        /// What to do.
        remedy: String,
    },
    /// A file of the model cannot be used.
    #[error("model `{model}`, file `{file}`: {problem}; {remedy}")]
    BadFile {
        /// Catalogue name.
        model: String,
        /// File name without its folder.
        file: String,
        /// What is wrong with it.
        problem: String,
        /// What to do.
        remedy: String,
    },
    /// The runtime failed.
    #[error("model `{model}` failed: {message}")]
    Failed {
        /// Catalogue name.
        model: String,
        /// What the runtime said.
        message: String,
    },
    /// It gives nothing now, whatever it is asked: its server does not answer, or refuses everything. The same call may
    /// succeed later.
    #[error("model `{model}` failed: {message}")]
    Away {
        /// Catalogue name.
        model: String,
        /// What the server did, or did not.
        message: String,
    },
}

impl ModelError {
    /// A stable name for programs: `model_unavailable` or `model_failed`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unavailable { .. } | Self::BadFile { .. } => "model_unavailable",
            Self::Failed { .. } | Self::Away { .. } => "model_failed",
        }
    }
}

/// A loaded embedder and the tokenizer that counts as it does.
pub struct LoadedEmbedder {
    /// The model.
    pub embedder: Box<dyn Embedder>,
    /// Its tokenizer.
    pub tokenizer: std::sync::Arc<dyn Tokenizer>,
}
