use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::ensure;
use serde::Deserialize;

use super::RemoteModels;
use crate::arguments::Global;

/// Characters of a name that another tool uses for a model.
const MAX_ALIAS_CHARS: usize = 200;

/// Where models come from and how they run.
#[derive(Clone, Debug)]
pub(crate) struct ModelsConfig {
    pub(crate) dir: PathBuf,
    pub(crate) onnxruntime: Option<PathBuf>,
    pub(crate) threads: usize,
    pub(crate) offline: bool,
    /// File that adds models to the catalogue or replaces some.
    pub(crate) catalogue: Option<PathBuf>,
    pub(crate) hub_endpoint: Option<String>,
    /// File with the token for models that the hub gives only to those it knows.
    pub(crate) hub_token_file: Option<PathBuf>,
    /// The hub that is asked first.
    pub(crate) source: Option<Hub>,
    pub(crate) modelscope_endpoint: Option<String>,
    /// The same for ModelScope.
    pub(crate) modelscope_token_file: Option<PathBuf>,
    pub(crate) embedder: Option<String>,
    pub(crate) reranker: Option<String>,
    pub(crate) precision: Option<String>,
    /// `fastest`, `native` or `onnxruntime`.
    pub(crate) engine: Option<String>,
    /// `cpu`, `cuda`, `cuda:1` or `auto`.
    pub(crate) device: Option<String>,
    /// Most memory of a GPU in MiB that the work of one model may take, weights not counted.
    pub(crate) gpu_memory_mib: Option<usize>,
    /// Names that other tools use, with the models or knowledge bases (`riddle/NAME`) that serve them.
    pub(crate) aliases: BTreeMap<String, String>,
    /// Embedders and rerankers of other servers.
    pub(crate) remote: RemoteModels,
}

/// Where models come from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Hub {
    /// Hugging Face, or the mirror that `models.hub_endpoint` names
    #[value(name = "huggingface")]
    HuggingFace,
    /// ModelScope
    #[value(name = "modelscope")]
    ModelScope,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawModels {
    pub(super) dir: Option<PathBuf>,
    pub(super) onnxruntime: Option<PathBuf>,
    pub(super) threads: Option<usize>,
    pub(super) offline: bool,
    pub(super) catalogue: Option<PathBuf>,
    pub(super) hub_endpoint: Option<String>,
    pub(super) hub_token_file: Option<PathBuf>,
    pub(super) source: Option<Hub>,
    pub(super) modelscope_endpoint: Option<String>,
    pub(super) modelscope_token_file: Option<PathBuf>,
    pub(super) embedder: Option<String>,
    pub(super) reranker: Option<String>,
    pub(super) precision: Option<String>,
    pub(super) engine: Option<String>,
    pub(super) device: Option<String>,
    pub(super) gpu_memory_mib: Option<usize>,
    pub(super) aliases: BTreeMap<String, String>,
    pub(super) remote: RemoteModels,
}

impl ModelsConfig {
    pub(super) fn of(
        raw: RawModels,
        global: &Global,
        data_dir: &Path,
        cores: usize,
    ) -> anyhow::Result<Self> {
        let dir = global.models_dir.clone().or(raw.dir);
        Ok(Self {
            dir: dir.unwrap_or_else(|| data_dir.join("models")),
            onnxruntime: global.onnxruntime.clone().or(raw.onnxruntime),
            threads: raw.threads.unwrap_or(cores).max(1),
            offline: global.offline || raw.offline,
            catalogue: raw.catalogue,
            hub_endpoint: raw.hub_endpoint,
            hub_token_file: raw.hub_token_file,
            source: raw.source,
            modelscope_endpoint: raw.modelscope_endpoint,
            modelscope_token_file: raw.modelscope_token_file,
            embedder: raw.embedder,
            reranker: raw.reranker,
            precision: raw.precision,
            engine: global.engine.clone().or(raw.engine),
            device: global.device.clone().or(raw.device),
            gpu_memory_mib: raw.gpu_memory_mib,
            aliases: checked_aliases(raw.aliases)?,
            remote: raw.remote.checked()?,
        })
    }
}

/// Refuses names that cannot be asked for, or would hide what they stand for.
fn checked_aliases(aliases: BTreeMap<String, String>) -> anyhow::Result<BTreeMap<String, String>> {
    for (alias, model) in &aliases {
        ensure!(
            !alias.trim().is_empty() && alias.chars().count() <= MAX_ALIAS_CHARS,
            "`models.aliases` has a name that is empty or longer than {MAX_ALIAS_CHARS} characters"
        );
        ensure!(
            alias != "default" && !alias.starts_with("riddle/"),
            "`models.aliases` cannot have `{alias}`: `default` and names that begin with `riddle/` have their meaning"
        );
        ensure!(
            !model.trim().is_empty(),
            "`models.aliases` says no model for `{alias}`; write a catalogue name, `default`, or `riddle/NAME` for a \
             knowledge base"
        );
        ensure!(
            !aliases.contains_key(model),
            "`models.aliases` leads from `{alias}` to `{model}`, which is an alias itself; name the model"
        );
    }
    Ok(aliases)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_that_cannot_work_are_refused_by_name() {
        let checked = |alias: &str, model: &str| {
            let both = [(alias, model), ("known", "bge-m3")];
            let aliases = both.map(|(alias, model)| (alias.to_owned(), model.to_owned()));
            checked_aliases(BTreeMap::from(aliases))
        };
        for (alias, model) in [
            ("text-embedding-3-small", "bge-m3"),
            ("rerank-v3.5", "default"),
            ("gpt-4o", "riddle/handbook"),
        ] {
            checked(alias, model).expect(alias);
        }
        for (alias, model) in [
            ("", "bge-m3"),
            ("default", "bge-m3"),
            ("riddle/x", "bge-m3"),
            ("gpt-4o", " "),
            ("gpt-4o", "known"),
            ("gpt-4o", "gpt-4o"),
        ] {
            let error = checked(alias, model).expect_err("refused").to_string();
            assert!(error.contains("models.aliases"), "{error}");
        }
    }
}
