use super::network::Network;
use super::{Notes, Refusal, Snapshot, json};

/// What a network may have written beside it.
const NETWORKS: [&str; 7] = [
    "bert",
    "roberta",
    "distilbert",
    "camembert",
    "albert",
    "xlm-roberta",
    "xlnet",
];
/// Tokenizers without a limit state an absurd one.
const ABSURD: usize = 1_000_000;
/// Of a model that says nothing.
const USUAL: usize = 512;

/// The file in which sentence-transformers keeps the length of texts, if there is one.
pub(super) fn settings_file(snapshot: &Snapshot) -> Option<String> {
    NETWORKS
        .iter()
        .map(|network| format!("sentence_{network}_config.json"))
        .find(|file| snapshot.has(file))
}

/// Longest text in tokens, special ones included. What tokenizer.json itself cuts at does not count.
pub(super) fn of_texts(
    snapshot: &Snapshot,
    network: &Network,
    notes: &mut Notes,
) -> Result<usize, Refusal> {
    let told = match settings_file(snapshot) {
        Some(file) => {
            let settings = json::read(snapshot, &file)?;
            refuse_lowering(snapshot, &file, &settings)?;
            json::number(&settings, &["max_seq_length"]).map(|length| (length, file))
        }
        None => None,
    };
    of_tokenizer_or(snapshot, network, told, notes)
}

/// As many tokens as `file` tells, as far as the network has positions.
pub(super) fn told(
    snapshot: &Snapshot,
    network: &Network,
    (length, file): (usize, &str),
    notes: &mut Notes,
) -> Result<usize, Refusal> {
    if let Some(settings) = settings_file(snapshot) {
        refuse_lowering(snapshot, &settings, &json::read(snapshot, &settings)?)?;
    }
    of_tokenizer_or(snapshot, network, Some((length, file.to_owned())), notes)
}

/// Longest pair in tokens, special ones included.
pub(super) fn of_pairs(
    snapshot: &Snapshot,
    network: &Network,
    notes: &mut Notes,
) -> Result<usize, Refusal> {
    of_tokenizer_or(snapshot, network, None, notes)
}

fn of_tokenizer_or(
    snapshot: &Snapshot,
    network: &Network,
    told: Option<(usize, String)>,
    notes: &mut Notes,
) -> Result<usize, Refusal> {
    const TOKENIZER: &str = "tokenizer_config.json";
    let by_tokenizer = json::read_if_there(snapshot, TOKENIZER)?
        .and_then(|settings| json::number(&settings, &["model_max_length"]))
        .filter(|length| *length < ABSURD)
        .map(|length| (length, TOKENIZER.to_owned()));
    let positions = network.positions();
    let (length, origin) = match told.or(by_tokenizer).filter(|(length, _)| *length > 0) {
        Some((length, file)) => (length, file),
        None => match positions {
            Some(positions) => (positions, "config.json".to_owned()),
            None => {
                notes.assumed(format!(
                    "no file says how long texts may be: {USUAL} tokens"
                ));
                return Ok(USUAL);
            }
        },
    };
    match positions.filter(|positions| *positions < length) {
        Some(positions) => {
            notes.found(format!(
                "reads {positions} tokens: as many positions as the network has, where {origin} says {length}"
            ));
            Ok(positions)
        }
        None => {
            notes.found(format!("reads {length} tokens ({origin})"));
            Ok(length)
        }
    }
}

/// Whether texts are put into lower case before they are tokenized, which the tokenizer must do itself here.
fn refuse_lowering(
    snapshot: &Snapshot,
    file: &str,
    settings: &serde_json::Value,
) -> Result<(), Refusal> {
    if settings["do_lower_case"] != true {
        return Ok(());
    }
    let tokenizer = json::read_if_there(snapshot, "tokenizer_config.json")?;
    if tokenizer.is_some_and(|tokenizer| tokenizer["do_lower_case"] == true) {
        return Ok(());
    }
    Err(Refusal::new(
        file,
        "`do_lower_case` is true, which its tokenizer does not do by itself",
        "save the tokenizer with a lower-casing normalizer and set `do_lower_case` to false",
    ))
}
