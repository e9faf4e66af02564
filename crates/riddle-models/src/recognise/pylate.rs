//! ColBERTs as PyLate writes them.

use riddle_core::SAFE_WEIGHT;
use serde_json::Value;
use toml::Table;

use super::draft::Draft;
use super::modules::{self, FILE, OURS, PYLATE, Step, refused};
use super::network::Network;
use super::sentence::{self, SETTINGS};
use super::{
    HALF_AND_HALF, Notes, Refusal, Snapshot, WishedRole, Wishes, json, length, tokenizer, weights,
};
use crate::tokenizer::{SETTINGS as TOKENIZER, special_name};

const REMEDY: &str = "use another late-interaction model, or a cross-encoder";
/// What PyLate takes where its settings do not tell.
const QUERY_MARKER: &str = "[Q] ";
const PASSAGE_MARKER: &str = "[D] ";
const QUERY_TOKENS: usize = 32;
const PASSAGE_TOKENS: usize = 180;
const PUNCTUATION: &str = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
/// Settings that only PyLate writes.
const OWN_SETTINGS: [&str; 3] = ["query_prefix", "document_prefix", "do_query_expansion"];

/// Whether PyLate has written the model: a step is its own, or its settings stand beside steps without a pooling.
pub(super) fn is_here(snapshot: &Snapshot, settings: Option<&Value>) -> Result<bool, Refusal> {
    let Some(steps) = json::read_if_there(snapshot, FILE)? else {
        return Ok(false);
    };
    let mut names = steps.as_array().into_iter().flatten();
    let has_own_step = names.any(|step| {
        step["type"]
            .as_str()
            .is_some_and(|name| name.starts_with(PYLATE))
    });
    let has_own_setting = settings.is_some_and(|settings| {
        let mut own = OWN_SETTINGS.iter();
        own.any(|name| !settings[*name].is_null())
    });
    Ok(has_own_step || (has_own_setting && !modules::has_pooling(snapshot)?))
}

/// A reranker by token vectors with markers.
pub(super) fn draft(
    snapshot: &Snapshot,
    wishes: &Wishes,
    network: &Network,
    notes: &mut Notes,
) -> Result<Draft, Refusal> {
    refuse_other_roles(wishes)?;
    let settings = json::read_if_there(snapshot, SETTINGS)?.unwrap_or_default();
    refuse_prompts(&settings)?;
    let tokenizer = tokenizer::file(snapshot, network, notes)?;
    notes.found(format!(
        "a reranker by late interaction (ColBERT as PyLate writes it): {} ({FILE})",
        network.described()
    ));
    let layers = projection(snapshot, network, notes)?;
    let mut needed = sentence::encoder_files(tokenizer);
    needed.extend(layers.iter().map(|layer| layer.file.clone()));
    let mut colbert = colbert(&settings, layers, notes);
    if settings["do_query_expansion"] != false {
        expand(snapshot, network, &settings, &mut colbert, notes)?;
    }
    notes.assumed(HALF_AND_HALF);
    let weights = weights::choose(snapshot, network, notes)?;
    let passage = json::number(&settings, &["document_length"]).unwrap_or(PASSAGE_TOKENS);
    let max_tokens = length::told(snapshot, network, (passage, SETTINGS), notes)?;
    let mut optional = sentence::tokenizer_files();
    optional.extend([FILE.to_owned(), SETTINGS.to_owned()]);
    Ok(Draft {
        role: role(colbert),
        architecture: network.model_type.clone(),
        bits_per_number: weights.bits_per_number(network),
        weights,
        max_tokens,
        needed,
        optional,
        quantization: None,
        licence: None,
        cache_bytes: None,
    })
}

fn role(colbert: Table) -> Table {
    let mut role = Table::new();
    role.insert("role".to_owned(), "reranker".into());
    role.insert("kind".to_owned(), "late_interaction".into());
    role.insert("colbert".to_owned(), colbert.into());
    role.insert("scale".to_owned(), "similarity".into());
    role.insert("default_weight".to_owned(), SAFE_WEIGHT.into());
    role
}

fn refuse_other_roles(wishes: &Wishes) -> Result<(), Refusal> {
    match wishes.role {
        None | Some(WishedRole::Reranker) => Ok(()),
        Some(WishedRole::Embedder | WishedRole::Chat) => Err(Refusal::new(
            FILE,
            "describes a ColBERT, which gives a vector for each token of a text and none for the text",
            "add it as a reranker, which is what it is without `--role`",
        )),
    }
}

/// A prompt of a name is put before texts only where a caller asks for it.
fn refuse_prompts(settings: &Value) -> Result<(), Refusal> {
    let prompt = settings["default_prompt_name"].as_str();
    let prompt = prompt.and_then(|name| settings["prompts"][name].as_str());
    match prompt.filter(|prompt| !prompt.is_empty()) {
        Some(prompt) => Err(Refusal::new(
            SETTINGS,
            format!("puts the prompt {prompt:?} before every text, besides the markers"),
            REMEDY,
        )),
        None => Ok(()),
    }
}

/// A layer of the projection.
struct Layer {
    file: String,
    residual: bool,
}

fn projection(
    snapshot: &Snapshot,
    network: &Network,
    notes: &mut Notes,
) -> Result<Vec<Layer>, Refusal> {
    let steps = json::read(snapshot, FILE)?;
    let (mut layers, mut length) = (Vec::new(), network.hidden()?);
    for (place, value) in steps.as_array().into_iter().flatten().enumerate() {
        let step = modules::step(value, &[OURS, PYLATE])?;
        match step.kind {
            "Transformer" if place == 0 && step.path.is_empty() => {}
            "Dense" if place > 0 => {
                let (layer, outputs) = dense(snapshot, &step, length)?;
                layers.push(layer);
                length = outputs;
            }
            _ => {
                return Err(refused(
                    &step,
                    "is a step that Riddle does not know in this place of a ColBERT",
                    "use a model of Transformer and Dense, in this order",
                ));
            }
        }
    }
    if layers.is_empty() {
        let reason = "has no Dense, so that PyLate itself would make a random one";
        return Err(Refusal::new(FILE, reason, REMEDY));
    }
    notes.found(format!("token vectors of {length} numbers ({FILE})"));
    Ok(layers)
}

/// A layer for vectors of `inputs` numbers, and how many it gives.
fn dense(snapshot: &Snapshot, step: &Step<'_>, inputs: usize) -> Result<(Layer, usize), Refusal> {
    let folder = step.path;
    let file = format!("{folder}/config.json");
    let config = json::read(snapshot, &file)?;
    let refused = |reason: String| Refusal::new(&file, reason, REMEDY);
    let activation = config["activation_function"].as_str().unwrap_or("Identity");
    if activation.rsplit('.').next() != Some("Identity") {
        let reason = format!(
            "`activation_function` is {activation}, which some versions of PyLate apply and others do not"
        );
        return Err(refused(reason));
    }
    if let Some(taken) = json::number(&config, &["in_features"]).filter(|size| *size != inputs) {
        return Err(refused(format!(
            "takes vectors of {taken} numbers where {inputs} come in"
        )));
    }
    let outputs = json::number(&config, &["out_features"]).filter(|size| *size > 0);
    let outputs = outputs.ok_or_else(|| {
        refused("does not say how long its vectors are (`out_features`)".to_owned())
    })?;
    let layer = Layer {
        file: sentence::dense_weights(snapshot, folder, &file, REMEDY)?,
        residual: config["use_residual"] == true,
    };
    Ok((layer, outputs))
}

/// The markers and lengths, as the catalogue has them.
fn colbert(settings: &Value, layers: Vec<Layer>, notes: &mut Notes) -> Table {
    let text = |name: &str, usual: &str| settings[name].as_str().unwrap_or(usual).to_owned();
    let (query, passage) = (
        text("query_prefix", QUERY_MARKER),
        text("document_prefix", PASSAGE_MARKER),
    );
    notes.found(format!(
        "puts the marker {query:?} into queries and {passage:?} into passages ({SETTINGS})"
    ));
    let mut table = Table::new();
    let mut set = |key: &str, value: toml::Value| table.insert(key.to_owned(), value);
    let layers = layers.into_iter().map(Layer::table);
    set("projection", toml::Value::Array(layers.collect()));
    set("query_marker", query.into());
    set("passage_marker", passage.into());
    set(
        "query_tokens",
        i64::try_from(query_tokens(settings))
            .unwrap_or(i64::MAX)
            .into(),
    );
    set("skipped", skipped(settings).into());
    table
}

fn query_tokens(settings: &Value) -> usize {
    json::number(settings, &["query_length"]).unwrap_or(QUERY_TOKENS)
}

/// Adds what queries are filled up with.
fn expand(
    snapshot: &Snapshot,
    network: &Network,
    settings: &Value,
    colbert: &mut Table,
    notes: &mut Notes,
) -> Result<(), Refusal> {
    let token = mask_token(snapshot, network, notes)?;
    let longest = query_tokens(settings);
    notes.found(format!(
        "fills queries up to {longest} tokens with {token} ({SETTINGS})"
    ));
    colbert.insert("expansion".to_owned(), token.into());
    let attends = settings["attend_to_expansion_tokens"] == true;
    colbert.insert("attends_to_expansion".to_owned(), attends.into());
    Ok(())
}

impl Layer {
    fn table(self) -> toml::Value {
        let mut table = Table::new();
        table.insert("weights".to_owned(), self.file.into());
        table.insert("residual".to_owned(), self.residual.into());
        table.into()
    }
}

/// Tokens of a passage that do not count.
fn skipped(settings: &Value) -> Vec<String> {
    match settings["skiplist_words"].as_array() {
        Some(words) => {
            let words = words.iter().filter_map(Value::as_str);
            words.map(str::to_owned).collect()
        }
        None => PUNCTUATION.chars().map(String::from).collect(),
    }
}

/// The token that fills queries up.
fn mask_token(
    snapshot: &Snapshot,
    network: &Network,
    notes: &mut Notes,
) -> Result<String, Refusal> {
    let config = json::read_if_there(snapshot, TOKENIZER)?.unwrap_or_default();
    if let Some(token) = special_name(&config, "mask_token") {
        return Ok(token.to_owned());
    }
    let usual = match network.is_like_roberta() {
        true => "<mask>",
        false => "[MASK]",
    };
    notes.assumed(format!(
        "queries are filled up with {usual}, as {TOKENIZER} names no other token for that"
    ));
    Ok(usual.to_owned())
}
