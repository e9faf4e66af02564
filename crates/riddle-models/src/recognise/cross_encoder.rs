use riddle_core::SAFE_WEIGHT;
use serde_json::Value;
use toml::Table;

use super::draft::Draft;
use super::network::Network;
use super::{
    HALF_AND_HALF, Notes, Refusal, Snapshot, json, length, modules, sentence, tokenizer, weights,
};

const CONFIG: &str = "config.json";
/// Functions that keep the order of scores.
const KEPT: [&str; 3] = ["Sigmoid", "Identity", "Tanh"];

/// A cross-encoder with one label or two.
pub(super) fn draft(
    snapshot: &Snapshot,
    network: &Network,
    notes: &mut Notes,
) -> Result<Draft, Refusal> {
    refuse_language_models(snapshot, network)?;
    let labels = network.labels();
    if !(1..=2).contains(&labels) {
        let names = network.config["id2label"].as_object().map(|labels| {
            let names = labels.values().filter_map(Value::as_str);
            format!(" ({})", names.collect::<Vec<_>>().join(", "))
        });
        return Err(Refusal::new(
            CONFIG,
            format!(
                "describes a classifier of {labels} labels{}, which says nothing about how well a passage answers",
                names.unwrap_or_default()
            ),
            "use a cross-encoder that was trained for ranking, with one label or two",
        ));
    }
    let tokenizer = tokenizer::file(snapshot, network, notes)?;
    notes.found(format!(
        "a cross-encoder: {} ({CONFIG}), {}",
        network.described(),
        match labels {
            1 => "one label, whose logit is the score",
            _ => "two labels, the difference of whose logits is the score",
        }
    ));
    tell_activation(snapshot, network, labels, notes)?;
    let weights = weights::choose(snapshot, network, notes)?;
    let max_tokens = length::of_pairs(snapshot, network, notes)?;
    notes.assumed(HALF_AND_HALF);
    Ok(Draft {
        role: role(),
        architecture: network.model_type.clone(),
        bits_per_number: weights.bits_per_number(network),
        weights,
        max_tokens,
        needed: sentence::encoder_files(tokenizer),
        optional: sentence::tokenizer_files(),
        quantization: None,
        licence: None,
        cache_bytes: None,
    })
}

/// A graph without `config.json`, which was said to be a cross-encoder. What it gives is looked at when it is loaded.
pub(super) fn of_graph_alone(
    snapshot: &Snapshot,
    graph: &str,
    notes: &mut Notes,
) -> Result<Draft, Refusal> {
    let network = Network::unknown();
    notes.found(format!(
        "a graph for ONNX Runtime ({graph}), without {CONFIG}"
    ));
    notes.assumed("it is a cross-encoder: one logit is the score, or the difference of two");
    let weights = weights::of_graph(snapshot, graph);
    let max_tokens = length::of_pairs(snapshot, &network, notes)?;
    notes.assumed(HALF_AND_HALF);
    Ok(Draft {
        role: role(),
        architecture: network.model_type.clone(),
        bits_per_number: weights.bits_per_number(&network),
        weights,
        max_tokens,
        needed: vec![tokenizer::FILE.to_owned()],
        optional: sentence::tokenizer_files(),
        quantization: None,
        licence: None,
        cache_bytes: None,
    })
}

fn role() -> Table {
    let mut role = Table::new();
    role.insert("role".to_owned(), "reranker".into());
    role.insert("kind".to_owned(), "cross_encoder".into());
    role.insert("scale".to_owned(), "logit".into());
    role.insert("default_weight".to_owned(), SAFE_WEIGHT.into());
    role
}

/// What is done to the logit does not change the order; scores are told raw and by the sigmoid.
fn tell_activation(
    snapshot: &Snapshot,
    network: &Network,
    labels: usize,
    notes: &mut Notes,
) -> Result<(), Refusal> {
    let settings = json::read_if_there(snapshot, sentence::SETTINGS)?;
    let newest = settings
        .as_ref()
        .map(|settings| (sentence::SETTINGS, &settings["activation_fn"]));
    let config = &network.config;
    let told = newest
        .into_iter()
        .chain([
            (CONFIG, &config["sentence_transformers"]["activation_fn"]),
            (CONFIG, &config["sbert_ce_default_activation_function"]),
        ])
        .find_map(|(file, value)| Some((file, value.as_str()?)));
    let Some((file, function)) = told else {
        let usual = if labels == 1 { "the sigmoid" } else { "none" };
        notes.assumed(format!(
            "no activation is told: {usual}, as in sentence-transformers; raw scores are logits here"
        ));
        return Ok(());
    };
    let name = function.rsplit('.').next().unwrap_or_default();
    if !function.starts_with("torch.nn.") || !KEPT.contains(&name) {
        return Err(Refusal::new(
            file,
            format!("names the activation `{function}`, which is not known here"),
            "use a model with Sigmoid, Identity or Tanh",
        ));
    }
    notes.found(format!(
        "its activation is {name} ({file}); raw scores are logits here, and the sigmoid brings them between 0 and 1"
    ));
    Ok(())
}

/// A language model with a score for a head, or asked for a yes.
fn refuse_language_models(snapshot: &Snapshot, network: &Network) -> Result<(), Refusal> {
    let writes = network
        .architectures()
        .find(|name| name.ends_with("ForCausalLM"));
    if let Some(name) = writes {
        return Err(Refusal::new(
            CONFIG,
            format!("describes a language model (`{name}`), which reranks from a GGUF file alone"),
            format!(
                "add a repository of GGUF files made of it, such as `riddle models add OWNER/{}-GGUF:Q8_0 --role reranker`",
                snapshot.short_title()
            ),
        ));
    }
    let value = json::read_if_there(snapshot, modules::FILE)?;
    let steps = value.iter().filter_map(Value::as_array).flatten();
    for name in steps.filter_map(|step| step["type"].as_str()) {
        let kind = name.rsplit('.').next().unwrap_or_default();
        if !name.starts_with("sentence_transformers.") || kind != "Transformer" {
            return Err(Refusal::new(
                modules::FILE,
                format!("names the module `{name}`, which is not known in a cross-encoder"),
                "use a cross-encoder of one Transformer",
            ));
        }
    }
    Ok(())
}
