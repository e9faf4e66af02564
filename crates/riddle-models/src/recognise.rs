//! Tells by a model's own small files what it is, without an entry in the catalogue.
//!
//! A folder and a hub both give a [`Snapshot`]: the list of files and the content of the small ones. From that comes an
//! entry in the form of the catalogue, with what was recognised and what was assumed, or a refusal.

mod cross_encoder;
mod draft;
mod folder;
mod gguf;
mod json;
mod length;
mod licence;
mod modules;
mod names;
mod network;
mod prompts;
mod pylate;
mod sentence;
mod snapshot;
mod token_vectors;
mod tokenizer;
mod weights;

pub(crate) use gguf::{BEGINNING, chosen as chosen_gguf};
pub use gguf::{is_quantization, quantization_of_file};
pub use snapshot::{ListedFile, Snapshot};

use crate::catalogue::{CatalogueEntry, ModelSource};
use network::Network;

/// What the caller says about a model, where its files do not or should not decide.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// The name that it gets; made of the repository's or folder's where `None`.
    pub name: Option<String>,
    /// What it is for; told by its files where `None`.
    pub role: Option<WishedRole>,
    /// Put before questions.
    pub query_prefix: Option<String>,
    /// Put before passages.
    pub passage_prefix: Option<String>,
    /// Which file of a repository of GGUF files, such as `Q4_K_M`.
    pub quantization: Option<String>,
    /// Where its files come from.
    pub source: Option<ModelSource>,
}

/// What a model is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WishedRole {
    /// To make vectors.
    Embedder,
    /// To order passages.
    Reranker,
    /// To write answers.
    Chat,
}

/// A model that can be run.
#[derive(Clone, Debug)]
pub struct Recognised {
    /// What it is.
    pub entry: CatalogueEntry,
    /// The same as a `[[model]]` of a catalogue.
    pub text: String,
    /// What its files say, a sentence each.
    pub recognised: Vec<String>,
    /// What they do not say and was taken to be so, a sentence each.
    pub assumed: Vec<String>,
    /// Bytes of its files, as far as they are known.
    pub bytes: u64,
}

/// Why a model is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {reason}; {remedy}")]
pub struct Refusal {
    /// The file that says so.
    pub file: String,
    /// What it says, with the value.
    pub reason: String,
    /// What to do.
    pub remedy: String,
}

impl Refusal {
    fn new(file: &str, reason: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            reason: reason.into(),
            remedy: remedy.into(),
        }
    }
}

/// Of the weight of a reranker.
const HALF_AND_HALF: &str =
    "its scores are blended half and half with the fused score, as nothing was measured here";

/// Sentences for whoever adds a model.
#[derive(Default)]
struct Notes {
    recognised: Vec<String>,
    assumed: Vec<String>,
}

impl Notes {
    fn found(&mut self, sentence: impl Into<String>) {
        self.recognised.push(sentence.into());
    }

    fn assumed(&mut self, sentence: impl Into<String>) {
        self.assumed.push(sentence.into());
    }
}

/// Tells what a model is.
///
/// # Errors
/// It cannot be run here, or its files contradict each other.
pub fn recognise(snapshot: &Snapshot, wishes: &Wishes) -> Result<Recognised, Refusal> {
    let mut notes = Notes::default();
    let draft = if let Some(file) = gguf::chosen(snapshot, wishes)? {
        gguf::draft(snapshot, wishes, &file, &mut notes)?
    } else {
        refuse_adapters(snapshot)?;
        match weights::lonely_graph(snapshot) {
            Some(graph) => graph_alone(snapshot, wishes, graph, &mut notes)?,
            None => encoder(snapshot, wishes, &Network::read(snapshot)?, &mut notes)?,
        }
    };
    draft.finish(snapshot, wishes, notes)
}

/// One of the kinds of encoders.
fn encoder(
    snapshot: &Snapshot,
    wishes: &Wishes,
    network: &Network,
    notes: &mut Notes,
) -> Result<draft::Draft, Refusal> {
    let sentence = json::read_if_there(snapshot, sentence::SETTINGS)?;
    refuse_sparse(snapshot, sentence.as_ref())?;
    if pylate::is_here(snapshot, sentence.as_ref())? {
        return pylate::draft(snapshot, wishes, network, notes);
    }
    let wants_reranker = wishes.role == Some(WishedRole::Reranker);
    let head = token_vectors::head(snapshot);
    let has_pooling = modules::has_pooling(snapshot)?;
    if let Some(head) = head
        && (wants_reranker || !has_pooling)
        && !network.classifies()
    {
        return token_vectors::draft(snapshot, network, head, notes);
    }
    token_vectors::refuse_marked(network)?;
    let says_cross_encoder =
        sentence.is_some_and(|settings| settings["model_type"] == "CrossEncoder");
    let reranks = says_cross_encoder || (network.classifies() && !has_pooling);
    match wishes.role {
        Some(WishedRole::Chat) => Err(Refusal::new(
            "config.json",
            format!(
                "describes an encoder (`model_type` {}), which writes no answers",
                network.model_type
            ),
            "add a language model in a GGUF file for answers",
        )),
        Some(WishedRole::Embedder) if reranks => Err(Refusal::new(
            "config.json",
            "describes a cross-encoder, which gives scores and no vectors",
            "add it as a reranker, which is what it is without `--role`",
        )),
        Some(WishedRole::Reranker) if !reranks => Err(Refusal::new(
            "config.json",
            format!(
                "describes {}, which has no head that scores pairs",
                network.described()
            ),
            "add a cross-encoder (`…ForSequenceClassification`), or a language model in a GGUF file",
        )),
        _ if reranks => cross_encoder::draft(snapshot, network, notes),
        _ => sentence::draft(snapshot, wishes, network, notes),
    }
}

/// A graph that no `config.json` explains.
fn graph_alone(
    snapshot: &Snapshot,
    wishes: &Wishes,
    graph: &str,
    notes: &mut Notes,
) -> Result<draft::Draft, Refusal> {
    if wishes.role == Some(WishedRole::Reranker) {
        return cross_encoder::of_graph_alone(snapshot, graph, notes);
    }
    Err(Refusal::new(
        "config.json",
        format!("is missing, and {graph} alone does not say what it is for"),
        "if it is a cross-encoder, say so with `--role reranker`; otherwise put its config.json beside it",
    ))
}

/// An adapter changes another model and is none by itself.
fn refuse_adapters(snapshot: &Snapshot) -> Result<(), Refusal> {
    const FILE: &str = "adapter_config.json";
    let Some(adapter) = json::read_if_there(snapshot, FILE)? else {
        return Ok(());
    };
    let kind = adapter["peft_type"].as_str().unwrap_or("unnamed");
    let base = adapter["base_model_name_or_path"]
        .as_str()
        .unwrap_or("another model");
    Err(Refusal::new(
        FILE,
        format!("is an adapter (`peft_type` {kind}) of `{base}` and no model of its own"),
        format!(
            "merge it into `{base}` (PEFT: `merge_and_unload`, then `save_pretrained`) and add the folder that this writes"
        ),
    ))
}

/// Sparse vectors have a place for each word. Taken for an embedder, such a model loads and is wrong.
fn refuse_sparse(snapshot: &Snapshot, settings: Option<&serde_json::Value>) -> Result<(), Refusal> {
    let refused = |file: &str, what: &str| {
        Refusal::new(
            file,
            format!("{what}: a SPLADE model gives sparse vectors, which have no index here"),
            "use a dense embedder or a reranker; words are searched by BM25 already",
        )
    };
    if settings.is_some_and(|settings| settings["model_type"] == "SparseEncoder") {
        return Err(refused(sentence::SETTINGS, "`model_type` is SparseEncoder"));
    }
    if licence::tags(snapshot)
        .iter()
        .any(|tag| tag == "splade" || tag == "sparse-encoder")
    {
        return Err(refused("README.md", "is tagged as one"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
