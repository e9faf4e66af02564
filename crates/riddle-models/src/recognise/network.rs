use serde_json::Value;

use super::{Refusal, Snapshot, json};

/// Architectures that run from safetensors.
pub(super) const OWN: [&str; 5] = ["bert", "distilbert", "roberta", "xlm-roberta", "modernbert"];
const OWN_ACTIVATIONS: [&str; 5] = ["gelu", "gelu_new", "gelu_pytorch_tanh", "gelu_fast", "relu"];
const FILE: &str = "config.json";

/// What `config.json` says.
pub(super) struct Network {
    pub(super) model_type: String,
    pub(super) config: Value,
}

impl Network {
    pub(super) fn read(snapshot: &Snapshot) -> Result<Self, Refusal> {
        refuse_inner_folder(snapshot)?;
        let config = json::read(snapshot, FILE)?;
        let Some(model_type) = config["model_type"].as_str() else {
            return Err(Refusal::new(
                FILE,
                "names no architecture (`model_type`)",
                "name a folder or repository as `save_pretrained` writes it",
            ));
        };
        Ok(Self {
            model_type: model_type.to_owned(),
            config,
        })
    }

    /// That of a model which does not say what it is.
    pub(super) fn unknown() -> Self {
        Self {
            model_type: "unknown".to_owned(),
            config: Value::Null,
        }
    }

    /// Whether it has a head over one or more labels.
    pub(super) fn classifies(&self) -> bool {
        self.architectures()
            .any(|name| name.ends_with("ForSequenceClassification"))
    }

    pub(super) fn architectures(&self) -> impl Iterator<Item = &str> {
        let names = self.config["architectures"].as_array();
        names.into_iter().flatten().filter_map(Value::as_str)
    }

    /// The architecture in words.
    pub(super) fn described(&self) -> String {
        match self.architectures().next() {
            Some(name) => format!("the architecture `{name}`"),
            None => format!("the architecture `{}`", self.model_type),
        }
    }

    /// Labels of its head; two where it says nothing, as in transformers.
    pub(super) fn labels(&self) -> usize {
        let named = self.config["id2label"]
            .as_object()
            .map(serde_json::Map::len);
        named
            .or_else(|| json::number(&self.config, &["num_labels"]))
            .unwrap_or(2)
    }

    /// Length of a token's vector.
    pub(super) fn hidden(&self) -> Result<usize, Refusal> {
        json::number(&self.config, &["hidden_size", "dim", "d_model", "n_embd"])
            .filter(|size| *size > 0)
            .ok_or_else(|| {
                Refusal::new(
                    FILE,
                    "does not say how long a token's vector is (`hidden_size`)",
                    "use a model of a known architecture",
                )
            })
    }

    /// Whether its positions and special tokens are those of RoBERTa.
    pub(super) fn is_like_roberta(&self) -> bool {
        let like_roberta = ["roberta", "camembert", "mpnet"];
        like_roberta
            .iter()
            .any(|name| self.model_type.ends_with(name))
    }

    /// Tokens that its positions leave, special ones included.
    pub(super) fn positions(&self) -> Option<usize> {
        let rows = json::number(&self.config, &["max_position_embeddings", "n_positions"])?;
        if self.is_like_roberta() {
            let padding = json::number(&self.config, &["pad_token_id"]).unwrap_or(1);
            return rows.checked_sub(padding + 1).filter(|left| *left > 0);
        }
        Some(rows)
    }

    /// Why its safetensors cannot be run; `None` where they can.
    pub(super) fn not_ours(&self) -> Option<String> {
        if let Some(code) = self.config["auto_map"].as_object() {
            let named = code.values().find_map(Value::as_str).unwrap_or("a module");
            return Some(format!(
                "`auto_map` names `{named}`: the model is code of its own, which is not run"
            ));
        }
        if !OWN.contains(&&*self.model_type) {
            return Some(format!(
                "`model_type` is {}, where {} can be run from safetensors",
                self.model_type,
                OWN.join(", ")
            ));
        }
        match self.config["position_embedding_type"].as_str() {
            None | Some("absolute") => {}
            Some(kind) => {
                return Some(format!("`position_embedding_type` is {kind}, not absolute"));
            }
        }
        let activation = ["hidden_act", "activation", "hidden_activation"]
            .iter()
            .find_map(|name| self.config[*name].as_str());
        match activation {
            Some(name) if !OWN_ACTIVATIONS.contains(&name) => {
                Some(format!("its activation is {name}, which is not known"))
            }
            _ => None,
        }
    }

    /// Bytes of one of its numbers, as it was saved.
    pub(super) fn bytes_per_number(&self) -> u64 {
        let kind = ["torch_dtype", "dtype"]
            .iter()
            .find_map(|name| self.config[*name].as_str());
        match kind {
            Some("float16" | "bfloat16") => 2,
            _ => 4,
        }
    }
}

/// Old models have their network in a folder of its own.
fn refuse_inner_folder(snapshot: &Snapshot) -> Result<(), Refusal> {
    const INNER: &str = "0_Transformer/config.json";
    if snapshot.has(FILE) || !snapshot.has(INNER) {
        return Ok(());
    }
    Err(Refusal::new(
        INNER,
        "is where this model has its network, in the layout of sentence-transformers 1",
        "load it with sentence-transformers 3 or newer, save it with `save_pretrained`, and add the folder that this writes",
    ))
}
