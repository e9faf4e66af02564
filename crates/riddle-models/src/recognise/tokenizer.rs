use super::network::Network;
use super::{Notes, Refusal, Snapshot, json};
use crate::tokenizer::{SETTINGS, VOCABULARY};

pub(super) const FILE: &str = "tokenizer.json";
/// Networks whose word pieces are in a vocabulary, if they have no tokenizer of another kind.
const OF_WORD_PIECES: [&str; 3] = ["bert", "distilbert", "electra"];

/// The file that says how texts are tokenized: `tokenizer.json`, or a vocabulary of word pieces, of which the same is
/// made.
pub(super) fn file(
    snapshot: &Snapshot,
    network: &Network,
    notes: &mut Notes,
) -> Result<String, Refusal> {
    if snapshot.has(FILE) {
        return Ok(FILE.to_owned());
    }
    if !snapshot.has(VOCABULARY) || !OF_WORD_PIECES.contains(&&*network.model_type) {
        return Err(missing(snapshot));
    }
    let settings = json::read_if_there(snapshot, SETTINGS)?.unwrap_or_default();
    let class = settings["tokenizer_class"].as_str();
    if let Some(class) = class.filter(|class| !is_of_word_pieces(class)) {
        return Err(Refusal::new(
            SETTINGS,
            format!("names the tokenizer {class}, which {VOCABULARY} alone does not make"),
            remedy(snapshot),
        ));
    }
    notes.found(format!("word pieces by {VOCABULARY}"));
    if settings["do_lower_case"].is_null() {
        notes.assumed("texts are read in lower case, as its files do not say");
    }
    Ok(VOCABULARY.to_owned())
}

fn is_of_word_pieces(class: &str) -> bool {
    let name = class.strip_suffix("Fast").unwrap_or(class);
    ["BertTokenizer", "DistilBertTokenizer", "ElectraTokenizer"].contains(&name)
}

fn missing(snapshot: &Snapshot) -> Refusal {
    let others = [
        VOCABULARY,
        "sentencepiece.bpe.model",
        "spiece.model",
        "tokenizer.model",
        "vocab.json",
    ];
    let there = others.iter().find(|file| snapshot.has(file));
    Refusal::new(
        FILE,
        match there {
            Some(other) => {
                format!("is missing; {other} alone does not say how texts are tokenized")
            }
            None => "is missing".to_owned(),
        },
        remedy(snapshot),
    )
}

fn remedy(snapshot: &Snapshot) -> String {
    let title = &snapshot.title;
    format!(
        "write it, `python -c \"from transformers import AutoTokenizer as T; T.from_pretrained('{title}').save_pretrained('DIR')\"`, put it beside the other files, and add that folder"
    )
}
