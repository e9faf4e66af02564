use std::sync::Arc;

use crate::ports::chat::ChatModel;
use crate::ports::embedding::{LanguageCoverage, LoadedEmbedder, ModelError};
use crate::ports::rerank::{RerankKind, Reranker};

/// Where embedders and rerankers run.
#[derive(Clone, PartialEq, Debug)]
pub struct Compute {
    /// Such as `cpu` or `cuda:0 NVIDIA L4`.
    pub device: String,
    /// Why another device is used than was asked for, if so.
    pub reason: Option<String>,
    /// Milliseconds of the test that a GPU passed at the start.
    pub self_test_ms: Option<f64>,
    /// Which engine runs the rerankers that both engines know, where there was a choice.
    pub engine: Option<EngineChoice>,
}

/// The engine that runs rerankers, with the times by which it was chosen: both engines computed the same texts on this
/// machine.
#[derive(Clone, PartialEq, Debug)]
pub struct EngineChoice {
    /// `native` or `onnxruntime`.
    pub used: String,
    /// Vector instructions of the native engine, such as `avx2`.
    pub instructions: String,
    /// Milliseconds of the native engine.
    pub native_ms: f64,
    /// Milliseconds of ONNX Runtime.
    pub onnxruntime_ms: f64,
    /// Why it is used, as an English clause.
    pub reason: String,
}

impl Default for Compute {
    /// The CPU, as asked for.
    fn default() -> Self {
        Self {
            device: "cpu".to_owned(),
            reason: None,
            self_test_ms: None,
            engine: None,
        }
    }
}

/// A language model that can be chosen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FoundChat {
    /// The one name of it, whatever it was asked for by.
    pub name: String,
    /// Where it computes.
    pub place: ChatPlace,
    /// Whether it writes well enough to answer, and to rewrite questions.
    pub writes_well: bool,
}

/// Where a language model computes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ChatPlace {
    /// In this process, whose memory it takes.
    Here,
    /// On another server.
    Elsewhere,
}

/// What is said of where a model of another server runs, in place of a device.
pub const REMOTE: &str = "remote";

/// Stack of a thread that owns a model: some tokenizers recurse once for each character of a long word.
pub const MODEL_STACK_BYTES: usize = 16 << 20;

/// What a thread does with a reranker for as long as it has it.
pub type RerankerOwner<'a> = Box<dyn FnOnce(&mut dyn Reranker) + 'a>;

/// Where models come from. Loading blocks: never call it on an async runtime thread.
pub trait ModelProvider: Send + Sync {
    /// Loads an embedder by its catalogue name.
    ///
    /// # Errors
    /// It is not in the catalogue, not on this machine, or a file of it cannot be used.
    fn load_embedder(&self, name: &str) -> Result<LoadedEmbedder, ModelError>;

    /// Loads a reranker by its catalogue name and has `owner` use it, on the thread that calls. It is not handed out,
    /// because some borrow from what is loaded before them.
    ///
    /// # Errors
    /// As [`Self::load_embedder`]; `owner` was not called.
    fn own_reranker(&self, name: &str, owner: RerankerOwner<'_>) -> Result<(), ModelError>;

    /// How the reranker of this name scores, where that is known without loading it.
    fn reranker_kind(&self, _name: &str) -> Option<RerankKind> {
        None
    }

    /// The languages that the reranker of this name knows, where that is known without loading it.
    fn reranker_languages(&self, _name: &str) -> Option<LanguageCoverage> {
        None
    }

    /// Whether the embedder of this name gives vectors of single tokens, as far as that is known without loading it.
    fn may_give_token_vectors(&self, _name: &str) -> bool {
        true
    }

    /// Where its embedders and rerankers run.
    fn compute(&self) -> Compute {
        Compute::default()
    }

    /// The embedder that new knowledge bases get, if one is on this machine.
    fn default_embedder(&self) -> Option<String>;

    /// The cross-encoder used where a knowledge base names none, if one is on this machine.
    fn default_reranker(&self) -> Option<String>;

    /// The language model that writes answers where nobody chose one; `None` where answers are quoted.
    fn default_chat(&self) -> Option<String>;

    /// The language model that comparisons measure times with where none writes answers, if one is on this machine.
    fn chat_at_hand(&self) -> Option<String> {
        None
    }

    /// The names of the language models that can be chosen and are not of the catalogue: a file of its own, and the
    /// models of other servers.
    fn other_chats(&self) -> Vec<String> {
        Vec::new()
    }

    /// SHA-256 of the weights of the model of this name, where it was recorded when they came.
    fn weights_hash(&self, _name: &str) -> Option<String> {
        None
    }

    /// Looks for a language model by its name in the catalogue, or by that of the configured server or file. Nothing is
    /// loaded.
    ///
    /// # Errors
    /// There is none of this name, its files are not on this machine, or it is no language model.
    fn find_chat(&self, name: &str) -> Result<FoundChat, ModelError>;

    /// Loads a language model by the name under which it was found.
    ///
    /// # Errors
    /// As [`Self::find_chat`], or a file of it cannot be used.
    fn load_chat(&self, name: &str) -> Result<Arc<dyn ChatModel>, ModelError>;
}
