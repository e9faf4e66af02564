use riddle_core::Similarity;
use serde_json::Value;
use toml::Table;

use super::draft::Draft;
use super::modules::Modules;
use super::network::Network;
use super::{Notes, Refusal, Snapshot, Wishes, json, length, modules, prompts, tokenizer, weights};
use crate::catalogue::{DenseActivation, PoolingKind};

/// What sentence-transformers keeps of a whole model.
pub(super) const SETTINGS: &str = "config_sentence_transformers.json";
const REMEDY: &str = "use another embedder, or another copy of this one";

/// How the names of models begin whose vector is that of the first token.
const OF_FIRST_TOKENS: [&str; 2] = ["bge-", "snowflake-arctic-embed-"];

/// How each kind of pooling is switched on, in the order in which several follow one another.
const KINDS: [(&str, &str, PoolingKind); 6] = [
    ("pooling_mode_cls_token", "cls", PoolingKind::Cls),
    ("pooling_mode_max_tokens", "max", PoolingKind::Max),
    ("pooling_mode_mean_tokens", "mean", PoolingKind::Mean),
    (
        "pooling_mode_mean_sqrt_len_tokens",
        "mean_sqrt_len_tokens",
        PoolingKind::MeanSqrtLen,
    ),
    (
        "pooling_mode_weightedmean_tokens",
        "weightedmean",
        PoolingKind::WeightedMean,
    ),
    ("pooling_mode_lasttoken", "lasttoken", PoolingKind::Last),
];

/// Files that every encoder needs.
pub(super) fn encoder_files(tokenizer: String) -> Vec<String> {
    vec!["config.json".to_owned(), tokenizer]
}

/// Files that are kept for other tools.
pub(super) fn tokenizer_files() -> Vec<String> {
    ["tokenizer_config.json", "special_tokens_map.json"]
        .map(str::to_owned)
        .to_vec()
}

/// What follows the network.
struct Head {
    kinds: Vec<PoolingKind>,
    skips_prefix: bool,
    dense: Vec<(String, DenseActivation)>,
    dimensions: usize,
}

/// An embedder by the files of sentence-transformers, or a bare network.
pub(super) fn draft(
    snapshot: &Snapshot,
    wishes: &Wishes,
    network: &Network,
    notes: &mut Notes,
) -> Result<Draft, Refusal> {
    let settings = json::read_if_there(snapshot, SETTINGS)?;
    let modules = Modules::read(snapshot)?;
    if modules.is_none() {
        refuse_bare(network)?;
    }
    let tokenizer = tokenizer::file(snapshot, network, notes)?;
    notes.found(format!(
        "an embedder: {} (config.json)",
        network.described()
    ));
    let head = head(snapshot, network, modules.as_ref(), notes)?;
    let similarity = similarity(snapshot, modules.as_ref(), settings.as_ref(), notes)?;
    let prompts = prompts::of(snapshot, wishes, settings.as_ref(), notes);
    let weights = weights::choose(snapshot, network, notes)?;
    let max_tokens = length::of_texts(snapshot, network, notes)?;
    let mut needed = encoder_files(tokenizer);
    needed.extend(head.dense.iter().map(|(file, _)| file.clone()));
    let mut optional = tokenizer_files();
    optional.extend([modules::FILE.to_owned(), SETTINGS.to_owned()]);
    Ok(Draft {
        role: role(&head, similarity, &prompts),
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

fn role(head: &Head, similarity: Similarity, prompts: &prompts::Prompts) -> Table {
    let mut role = Table::new();
    let mut set = |key: &str, value: toml::Value| role.insert(key.to_owned(), value);
    set("role", "embedder".into());
    set(
        "dimensions",
        i64::try_from(head.dimensions).unwrap_or(i64::MAX).into(),
    );
    let kinds: Vec<&str> = head.kinds.iter().map(|kind| kind.as_str()).collect();
    set(
        "pooling",
        match *kinds {
            [only] => only.into(),
            _ => kinds.into(),
        },
    );
    if head.skips_prefix {
        set("pooling_skips_prefix", true.into());
    }
    let dense = head.dense.iter().map(|(file, activation)| {
        let mut layer = Table::new();
        layer.insert("weights".to_owned(), file.as_str().into());
        layer.insert("activation".to_owned(), activation.as_str().into());
        toml::Value::Table(layer)
    });
    let dense: Vec<toml::Value> = dense.collect();
    if !dense.is_empty() {
        set("dense", toml::Value::Array(dense));
    }
    if similarity != Similarity::default() {
        set("similarity", similarity.as_str().into());
    }
    set("query_prefix", prompts.query.as_str().into());
    set("passage_prefix", prompts.passage.as_str().into());
    role
}

/// A network by itself may be anything: one that predicts words makes vectors too, and poor ones.
fn refuse_bare(network: &Network) -> Result<(), Refusal> {
    let plain = |name: &str| name.ends_with("Model");
    let Some(name) = network.architectures().find(|name| !plain(name)) else {
        return Ok(());
    };
    let remedy = if name.ends_with("ForCausalLM") {
        "add a language model as a GGUF file: `riddle models add OWNER/NAME-GGUF:Q4_K_M`"
    } else {
        "use a model that was trained to embed or to rerank; one of sentence-transformers has a modules.json"
    };
    Err(Refusal::new(
        "config.json",
        format!("describes the architecture `{name}`, which neither embeds nor reranks"),
        remedy,
    ))
}

fn head(
    snapshot: &Snapshot,
    network: &Network,
    modules: Option<&Modules>,
    notes: &mut Notes,
) -> Result<Head, Refusal> {
    let hidden = network.hidden()?;
    let (kinds, skips_prefix) = pooling(snapshot, modules, hidden, notes)?;
    let mut dimensions = hidden.saturating_mul(kinds.len());
    let mut dense = Vec::new();
    for folder in modules.iter().flat_map(|modules| &modules.dense) {
        let layer = dense_layer(snapshot, folder, dimensions, notes)?;
        dimensions = layer.outputs;
        dense.push((layer.file, layer.activation));
    }
    notes.found(format!("vectors of {dimensions} numbers"));
    Ok(Head {
        kinds,
        skips_prefix,
        dense,
        dimensions,
    })
}

fn pooling(
    snapshot: &Snapshot,
    modules: Option<&Modules>,
    hidden: usize,
    notes: &mut Notes,
) -> Result<(Vec<PoolingKind>, bool), Refusal> {
    let Some(folder) = modules.and_then(|modules| modules.pooling.as_ref()) else {
        if modules.is_some() {
            let reason =
                "has no Pooling, so that it gives a vector for each token and none for a text";
            return Err(Refusal::new(modules::FILE, reason, REMEDY));
        }
        return Ok((vec![usual_pooling(snapshot, notes)], false));
    };
    let file = format!("{folder}/config.json");
    let config = json::read(snapshot, &file)?;
    let size = json::number(
        &config,
        &["word_embedding_dimension", "embedding_dimension"],
    );
    if let Some(size) = size.filter(|size| *size != hidden) {
        return Err(Refusal::new(
            &file,
            format!("takes vectors of {size} numbers where config.json says {hidden}"),
            REMEDY,
        ));
    }
    let kinds = kinds(&file, &config)?;
    let names: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
    notes.found(format!("pooling: {} ({file})", names.join(", then ")));
    let skips_prefix = config["include_prompt"] == false;
    if skips_prefix {
        notes.found(format!(
            "the tokens of a prompt are left out of it ({file})"
        ));
    }
    Ok((kinds, skips_prefix))
}

/// What is taken where no file tells: copies of other tools leave `modules.json` out.
fn usual_pooling(snapshot: &Snapshot, notes: &mut Notes) -> PoolingKind {
    let title = snapshot.short_title().to_lowercase();
    if OF_FIRST_TOKENS
        .iter()
        .any(|family| title.starts_with(family))
    {
        notes.assumed(
            "there is no modules.json: the first token is taken, as models of this family have it",
        );
        return PoolingKind::Cls;
    }
    notes.assumed("there is no modules.json: the mean over all tokens is taken, as sentence-transformers does");
    PoolingKind::Mean
}

/// A name or several, as newer versions write it, or switches; none of them means the mean.
fn kinds(file: &str, config: &Value) -> Result<Vec<PoolingKind>, Refusal> {
    let named: Vec<&str> = match &config["pooling_mode"] {
        Value::String(name) => vec![name],
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if let Some(unknown) = named
        .iter()
        .find(|name| !KINDS.iter().any(|(_, known, _)| known == *name))
    {
        let reason = format!("`pooling_mode` is {unknown}, which is not known here");
        return Err(Refusal::new(file, reason, REMEDY));
    }
    let on = |(switch, name, _): &&(&str, &str, PoolingKind)| {
        if named.is_empty() {
            config[*switch] == true
        } else {
            named.contains(name)
        }
    };
    let kinds: Vec<PoolingKind> = KINDS.iter().filter(on).map(|(_, _, kind)| *kind).collect();
    Ok(if kinds.is_empty() {
        vec![PoolingKind::Mean]
    } else {
        kinds
    })
}

struct Layer {
    file: String,
    activation: DenseActivation,
    outputs: usize,
}

fn dense_layer(
    snapshot: &Snapshot,
    folder: &str,
    inputs: usize,
    notes: &mut Notes,
) -> Result<Layer, Refusal> {
    let file = format!("{folder}/config.json");
    let config = json::read(snapshot, &file)?;
    let outputs = outputs(&file, &config, inputs)?;
    let name = config["activation_function"].as_str();
    let activation = dense_activation(&file, name)?;
    let weights = dense_weights(snapshot, folder, &file, REMEDY)?;
    notes.found(format!(
        "a dense layer to {outputs} numbers with {} ({file})",
        activation.as_str()
    ));
    if name.is_none() {
        notes.assumed(format!(
            "{file} names no activation: tanh, as in sentence-transformers"
        ));
    }
    Ok(Layer {
        file: weights,
        activation,
        outputs,
    })
}

/// How long the vectors of a layer are that takes and gives those of whole texts.
fn outputs(file: &str, config: &Value, inputs: usize) -> Result<usize, Refusal> {
    const USUAL: &str = "sentence_embedding";
    let refused = |reason: String| Err(Refusal::new(file, reason, REMEDY));
    for key in ["module_input_name", "module_output_name"] {
        if let Some(other) = config[key].as_str().filter(|name| *name != USUAL) {
            return refused(format!("`{key}` is {other}, where only {USUAL} is known"));
        }
    }
    let Some(outputs) = json::number(config, &["out_features"]).filter(|size| *size > 0) else {
        return refused("does not say how long its vectors are (`out_features`)".to_owned());
    };
    if let Some(taken) = json::number(config, &["in_features"]).filter(|size| *size != inputs) {
        return refused(format!(
            "takes vectors of {taken} numbers where {inputs} come in"
        ));
    }
    Ok(outputs)
}

/// The activation by the name of its class in PyTorch, with or without its module.
fn dense_activation(file: &str, name: Option<&str>) -> Result<DenseActivation, Refusal> {
    let Some(name) = name else {
        return Ok(DenseActivation::Tanh);
    };
    match name.rsplit('.').next().unwrap_or_default() {
        "Tanh" => Ok(DenseActivation::Tanh),
        "Identity" => Ok(DenseActivation::Identity),
        "ReLU" => Ok(DenseActivation::Relu),
        "Sigmoid" => Ok(DenseActivation::Sigmoid),
        _ => {
            let reason = format!("`activation_function` is {name}, which is not known here");
            Err(Refusal::new(file, reason, REMEDY))
        }
    }
}

/// The tensors of the layer in a folder, which `file` describes. `remedy` is told where there are none.
pub(super) fn dense_weights(
    snapshot: &Snapshot,
    folder: &str,
    file: &str,
    remedy: &str,
) -> Result<String, Refusal> {
    let names = ["model.safetensors", "pytorch_model.bin"];
    let mut paths = names.map(|name| format!("{folder}/{name}")).into_iter();
    paths.find(|path| snapshot.has(path)).ok_or_else(|| {
        let reason = "has no weights beside it (model.safetensors or pytorch_model.bin)";
        Refusal::new(file, reason, remedy)
    })
}

/// How vectors are compared, and with it whether they are made of length 1.
fn similarity(
    snapshot: &Snapshot,
    modules: Option<&Modules>,
    settings: Option<&Value>,
    notes: &mut Notes,
) -> Result<Similarity, Refusal> {
    let normalizes = modules.is_some_and(|modules| modules.normalizes);
    let told = settings.and_then(|settings| settings["similarity_fn_name"].as_str());
    match told {
        // Of vectors of length 1 they give the same order.
        None | Some("cosine" | "dot" | "dot_product" | "euclidean") if normalizes => {
            notes.found("vectors have length 1 (Normalize in modules.json)");
            Ok(Similarity::Cosine)
        }
        Some("dot" | "dot_product") => {
            notes.found(format!(
                "vectors keep their length and are compared by dot product ({SETTINGS})"
            ));
            Ok(Similarity::Dot)
        }
        None if is_named_dot(snapshot) => {
            notes.assumed(
                "vectors keep their length and are compared by dot product, as the model's name says",
            );
            Ok(Similarity::Dot)
        }
        None | Some("cosine") => {
            notes.assumed("vectors are made of length 1, which changes no cosine; the model itself does not do so");
            Ok(Similarity::Cosine)
        }
        Some(other) => Err(Refusal::new(
            SETTINGS,
            format!(
                "asks for the similarity {other}, and the index compares by cosine or dot product"
            ),
            "use a model for cosines, such as one of the same publishers with `cos` in its name",
        )),
    }
}

/// As msmarco-distilbert-dot-v5 says it, whose other files are older than the setting.
fn is_named_dot(snapshot: &Snapshot) -> bool {
    let title = snapshot.short_title().to_lowercase();
    title.split(['-', '_']).any(|part| part == "dot")
}
