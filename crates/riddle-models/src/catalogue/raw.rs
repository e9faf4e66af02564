//! The catalogue as it is written, and the checks that turn it into entries.

use std::path::{Component, Path, PathBuf};

use riddle_core::{LanguageCoverage, RerankKind, ScoreScale, YesNoPrompt};
use serde::Deserialize;

use super::CatalogueError;
use super::entry::{
    CatalogueEntry, CatalogueFile, EmbedderFacts, GoldenPair, ModelRole, ModelSource, PoolingKind,
    RerankerFacts, WeightsFormat,
};

pub(super) struct Parsed {
    pub(super) hub: Option<String>,
    pub(super) entries: Vec<CatalogueEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCatalogue {
    hub: Option<String>,
    #[serde(default)]
    model: Vec<RawModel>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawModel {
    name: String,
    #[serde(default)]
    aliases: Vec<String>,
    role: RawRole,
    format: WeightsFormat,
    architecture: String,
    weights: String,
    parameters: u64,
    memory_mb: u32,
    max_tokens: usize,
    languages: Vec<String>,
    licence: String,
    dimensions: Option<usize>,
    pooling: Option<PoolingKind>,
    query_prefix: Option<String>,
    passage_prefix: Option<String>,
    kind: Option<RerankKind>,
    head: Option<String>,
    prompt: Option<YesNoPrompt>,
    instruction: Option<String>,
    scale: Option<RawScale>,
    default_weight: Option<f32>,
    #[serde(default)]
    golden: Vec<RawGolden>,
    quantization: Option<String>,
    files: Vec<RawFile>,
    #[serde(default)]
    sources: Vec<RawSource>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawRole {
    Embedder,
    Reranker,
    Chat,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawScale {
    Logit,
    Similarity,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawGolden {
    query: String,
    passage: String,
    raw: f32,
    layer: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    path: String,
    sha256: Option<String>,
    #[serde(default)]
    optional: bool,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
enum RawSource {
    Hub {
        repo: String,
        revision: String,
    },
    Package {
        package: String,
        version: String,
        inside: String,
    },
    Folder {
        path: PathBuf,
    },
}

pub(super) fn parse(text: &str) -> Result<Parsed, CatalogueError> {
    let raw: RawCatalogue =
        toml::from_str(text).map_err(|error| CatalogueError::Malformed(error.to_string()))?;
    let entries = raw
        .model
        .into_iter()
        .map(|model| {
            let name = model.name.clone();
            entry(model).map_err(|problem| CatalogueError::BadEntry { name, problem })
        })
        .collect::<Result<_, _>>()?;
    Ok(Parsed {
        hub: raw.hub,
        entries,
    })
}

fn entry(raw: RawModel) -> Result<CatalogueEntry, String> {
    check_name(&raw.name)?;
    let role = role(&raw)?;
    let files = files(raw.files, &role, raw.format)?;
    if !files.iter().any(|f| f.path == raw.weights && !f.optional) {
        return Err(format!(
            "`weights` is `{}`, which is not among its files",
            raw.weights
        ));
    }
    Ok(CatalogueEntry {
        role,
        files,
        name: raw.name,
        aliases: raw.aliases.iter().map(|a| a.to_lowercase()).collect(),
        format: raw.format,
        architecture: raw.architecture,
        weights: raw.weights,
        max_tokens: raw.max_tokens,
        languages: languages(raw.languages)?,
        licence: raw.licence,
        parameters: raw.parameters,
        memory_mb: raw.memory_mb,
        sources: raw
            .sources
            .into_iter()
            .map(source)
            .collect::<Result<_, _>>()?,
    })
}

/// The name becomes a folder name.
fn check_name(name: &str) -> Result<(), String> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
    if name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(allowed) {
        Ok(())
    } else {
        Err(
            "a name consists of a-z, 0-9, `-`, `_` and `.`, and begins with a letter or digit"
                .to_owned(),
        )
    }
}

fn role(raw: &RawModel) -> Result<ModelRole, String> {
    let only = |present: bool, field: &str, owner: &str| {
        if present {
            Err(format!("`{field}` belongs to {owner} models alone"))
        } else {
            Ok(())
        }
    };
    let embeds = matches!(raw.role, RawRole::Embedder);
    let reranks = matches!(raw.role, RawRole::Reranker);
    let chats = matches!(raw.role, RawRole::Chat);
    only(
        !embeds && raw.dimensions.is_some(),
        "dimensions",
        "embedder",
    )?;
    only(!embeds && raw.pooling.is_some(), "pooling", "embedder")?;
    only(
        !embeds && raw.query_prefix.is_some(),
        "query_prefix",
        "embedder",
    )?;
    only(
        !embeds && raw.passage_prefix.is_some(),
        "passage_prefix",
        "embedder",
    )?;
    only(!reranks && raw.kind.is_some(), "kind", "reranker")?;
    only(!reranks && raw.head.is_some(), "head", "reranker")?;
    only(!reranks && raw.prompt.is_some(), "prompt", "reranker")?;
    only(
        !reranks && raw.instruction.is_some(),
        "instruction",
        "reranker",
    )?;
    only(!reranks && raw.scale.is_some(), "scale", "reranker")?;
    only(
        !reranks && raw.default_weight.is_some(),
        "default_weight",
        "reranker",
    )?;
    only(!reranks && !raw.golden.is_empty(), "golden", "reranker")?;
    only(!chats && raw.quantization.is_some(), "quantization", "chat")?;
    match raw.role {
        RawRole::Embedder => Ok(ModelRole::Embedder(EmbedderFacts {
            dimensions: raw.dimensions.ok_or("an embedder needs `dimensions`")?,
            pooling: raw.pooling.ok_or("an embedder needs `pooling`")?,
            query_prefix: raw.query_prefix.clone().unwrap_or_default(),
            passage_prefix: raw.passage_prefix.clone().unwrap_or_default(),
        })),
        RawRole::Reranker => Ok(ModelRole::Reranker(RerankerFacts {
            kind: rerank_kind(raw.kind, raw.format)?,
            head: head(raw)?,
            prompt: yes_no_prompt(raw.prompt, raw.kind)?,
            instruction: instruction(raw)?,
            scale: match raw.scale.ok_or("a reranker needs `scale`")? {
                RawScale::Logit => ScoreScale::Logit,
                RawScale::Similarity => ScoreScale::Similarity,
            },
            default_weight: weight(raw.default_weight)?,
            golden: golden(raw)?,
        })),
        RawRole::Chat => Ok(ModelRole::Chat {
            quantization: raw.quantization.clone(),
        }),
    }
}

/// llama.cpp runs language models alone, and the other families are graphs of ONNX Runtime.
fn rerank_kind(kind: Option<RerankKind>, format: WeightsFormat) -> Result<RerankKind, String> {
    let kind = kind
        .ok_or("a reranker needs `kind`: cross_encoder, late_interaction, yes_no or layerwise")?;
    if (kind == RerankKind::YesNo) == (format == WeightsFormat::Gguf) {
        Ok(kind)
    } else {
        Err(format!(
            "a reranker of the kind {} cannot have weights in the format {}; yes_no goes with gguf alone",
            kind.as_str(),
            format.as_str()
        ))
    }
}

/// The file of the token vectors' layer.
fn head(raw: &RawModel) -> Result<Option<String>, String> {
    let late = raw.kind == Some(RerankKind::LateInteraction);
    match &raw.head {
        None if late => Err("a reranker of the kind late_interaction needs `head`".to_owned()),
        Some(_) if !late => {
            Err("`head` belongs to rerankers of the kind late_interaction".to_owned())
        }
        Some(head) if !raw.files.iter().any(|f| f.path == *head && !f.optional) => {
            Err(format!("`head` is `{head}`, which is not among its files"))
        }
        head => Ok(head.clone()),
    }
}

fn yes_no_prompt(
    prompt: Option<YesNoPrompt>,
    kind: Option<RerankKind>,
) -> Result<Option<YesNoPrompt>, String> {
    match (kind == Some(RerankKind::YesNo), prompt) {
        (true, None) => {
            Err("a yes_no reranker needs `prompt`: flag_embedding, qwen3 or chat".to_owned())
        }
        (false, Some(_)) => Err("`prompt` belongs to yes_no rerankers alone".to_owned()),
        _ => Ok(prompt),
    }
}

/// FlagEmbedding's question has no place for one.
fn instruction(raw: &RawModel) -> Result<Option<String>, String> {
    let asked = matches!(raw.prompt, Some(YesNoPrompt::Qwen3 | YesNoPrompt::Chat));
    match &raw.instruction {
        Some(_) if !asked => {
            Err("`instruction` belongs to rerankers with the prompt qwen3 or chat".to_owned())
        }
        Some(text) if text.trim().is_empty() => Err(
            "`instruction` is empty; say what the passages are wanted for, or leave it out"
                .to_owned(),
        ),
        instruction => Ok(instruction.clone()),
    }
}

impl RawGolden {
    fn pair(&self) -> GoldenPair {
        GoldenPair {
            query: self.query.clone(),
            passage: self.passage.clone(),
            raw: self.raw,
            layer: self.layer,
        }
    }
}

fn golden(raw: &RawModel) -> Result<Vec<GoldenPair>, String> {
    let layered = raw.golden.iter().any(|pair| pair.layer.is_some());
    if layered && raw.kind != Some(RerankKind::Layerwise) {
        return Err("`layer` belongs to rerankers of the kind layerwise".to_owned());
    }
    Ok(raw.golden.iter().map(RawGolden::pair).collect())
}

fn weight(raw: Option<f32>) -> Result<f32, String> {
    let weight = raw.ok_or("a reranker needs `default_weight`")?;
    if (0.0..=1.0).contains(&weight) {
        Ok(weight)
    } else {
        Err("`default_weight` lies between 0 and 1".to_owned())
    }
}

fn languages(raw: Vec<String>) -> Result<LanguageCoverage, String> {
    if raw.is_empty() {
        return Err("`languages` is empty; write [\"multilingual\"] or ISO 639-1 codes".to_owned());
    }
    if raw == ["multilingual"] {
        return Ok(LanguageCoverage::Multilingual);
    }
    match raw.iter().find(|code| code.len() != 2) {
        Some(code) => Err(format!("`{code}` is no ISO 639-1 code of two letters")),
        None => Ok(LanguageCoverage::Only(raw)),
    }
}

fn files(
    raw: Vec<RawFile>,
    role: &ModelRole,
    format: WeightsFormat,
) -> Result<Vec<CatalogueFile>, String> {
    let mut files: Vec<CatalogueFile> = Vec::with_capacity(raw.len());
    for file in raw {
        check_relative(&file.path)?;
        if files.iter().any(|known| known.path == file.path) {
            return Err(format!("file `{}` is listed twice", file.path));
        }
        let sha256 = file.sha256.map(|hash| hash.to_lowercase());
        if sha256.as_deref().is_some_and(|hash| !is_sha256(hash)) {
            return Err(format!(
                "the sha256 of `{}` is not 64 hex digits",
                file.path
            ));
        }
        files.push(CatalogueFile {
            path: file.path,
            sha256,
            optional: file.optional,
        });
    }
    let encoder = !matches!(role, ModelRole::Chat { .. });
    for needed in ["config.json", "tokenizer.json"] {
        let there = files.iter().any(|f| f.path == needed && !f.optional);
        if encoder && format != WeightsFormat::Gguf && !there {
            return Err(format!("`{needed}` is missing among its files"));
        }
    }
    Ok(files)
}

pub(crate) fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

fn source(raw: RawSource) -> Result<ModelSource, String> {
    Ok(match raw {
        RawSource::Hub { repo, revision } => {
            check_relative(&repo)?;
            check_relative(&revision)?;
            ModelSource::Hub { repo, revision }
        }
        RawSource::Package {
            package,
            version,
            inside,
        } => {
            check_package_word(&package)?;
            check_package_word(&version)?;
            check_relative(&inside)?;
            ModelSource::Package {
                package,
                version,
                inside,
            }
        }
        RawSource::Folder { path } => ModelSource::Folder { path },
    })
}

/// It becomes an argument of pip, which must never read it as an option or an address.
fn check_package_word(word: &str) -> Result<(), String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.+!".contains(c);
    if word.starts_with(|c: char| c.is_ascii_alphanumeric()) && word.chars().all(allowed) {
        Ok(())
    } else {
        Err(format!("`{word}` is no package name or version"))
    }
}

/// It becomes a path below the model's folder or a part of an address.
fn check_relative(path: &str) -> Result<(), String> {
    let plain = Path::new(path)
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    if plain && !path.is_empty() && !path.contains(['\\', ':', '?', '#', '\0']) {
        Ok(())
    } else {
        Err(format!("`{path}` is not a plain relative path"))
    }
}
