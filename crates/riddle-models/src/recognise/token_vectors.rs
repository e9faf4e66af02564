use riddle_core::SAFE_WEIGHT;
use toml::Table;

use super::draft::Draft;
use super::network::Network;
use super::{HALF_AND_HALF, Notes, Refusal, Snapshot, length, sentence, tokenizer, weights};

/// Files of the layer that makes the vectors that are compared, as BGE-M3 and RAG-Retrieval have it.
const HEADS: [&str; 2] = ["colbert_linear.safetensors", "colbert_linear.pt"];

/// The head of a late interaction, if there is one.
pub(super) fn head(snapshot: &Snapshot) -> Option<&'static str> {
    HEADS.into_iter().find(|head| snapshot.has(head))
}

/// Stanford's form of a ColBERT has its layer in the weights of the network, and its settings in a file of its own.
pub(super) fn refuse_marked(network: &Network) -> Result<(), Refusal> {
    let Some(name) = network
        .architectures()
        .find(|name| name.contains("ColBERT"))
    else {
        return Ok(());
    };
    Err(Refusal::new(
        "config.json",
        format!(
            "describes a ColBERT (`{name}`) in Stanford's form, with its layer among the weights of the network"
        ),
        "save it with PyLate, `models.ColBERT(ID).save_pretrained(DIR)`, and add that folder; or use `bge-m3-colbert` of the catalogue",
    ))
}

/// A reranker by token vectors.
pub(super) fn draft(
    snapshot: &Snapshot,
    network: &Network,
    head: &str,
    notes: &mut Notes,
) -> Result<Draft, Refusal> {
    let tokenizer = tokenizer::file(snapshot, network, notes)?;
    notes.found(format!(
        "a reranker by late interaction (ColBERT as in BGE-M3): {} with the head {head}",
        network.described()
    ));
    notes.assumed("all tokens but the first are compared, without markers of queries and passages");
    notes.assumed(HALF_AND_HALF);
    let weights = weights::choose(snapshot, network, notes)?;
    let max_tokens = length::of_texts(snapshot, network, notes)?;
    let mut role = Table::new();
    role.insert("role".to_owned(), "reranker".into());
    role.insert("kind".to_owned(), "late_interaction".into());
    role.insert("head".to_owned(), head.into());
    role.insert("scale".to_owned(), "similarity".into());
    role.insert("default_weight".to_owned(), SAFE_WEIGHT.into());
    let mut needed = sentence::encoder_files(tokenizer);
    needed.push(head.to_owned());
    Ok(Draft {
        role,
        architecture: network.model_type.clone(),
        bits_per_number: weights.bits_per_number(network),
        weights,
        max_tokens,
        needed,
        optional: sentence::tokenizer_files(),
        quantization: None,
        licence: None,
        cache_bytes: None,
    })
}
