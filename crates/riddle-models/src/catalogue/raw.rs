//! The catalogue as it is written, and the checks that turn it into entries.

use riddle_core::{LanguageCoverage, RerankKind, SAFE_WEIGHT, ScoreScale, Similarity, YesNoPrompt};
use serde::Deserialize;

use super::CatalogueError;
use super::colbert::Colbert;
use super::entry::{
    CatalogueEntry, EmbedderFacts, GoldenPair, ModelRole, RerankerFacts, WeightsFormat,
};
use super::pooling::{DenseLayer, Pooling, RawPooling};
use super::variant::{RawFile, RawSource, RawVariant};

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
    max_tokens: Option<usize>,
    languages: Vec<String>,
    #[serde(default)]
    languages_assumed: bool,
    licence: String,
    dimensions: Option<usize>,
    pooling: Option<RawPooling>,
    #[serde(default)]
    pooling_skips_prefix: bool,
    #[serde(default)]
    dense: Vec<DenseLayer>,
    similarity: Option<Similarity>,
    query_prefix: Option<String>,
    passage_prefix: Option<String>,
    kind: Option<RerankKind>,
    head: Option<String>,
    colbert: Option<Colbert>,
    prompt: Option<YesNoPrompt>,
    instruction: Option<String>,
    scale: Option<RawScale>,
    default_weight: Option<f32>,
    #[serde(default)]
    golden: Vec<RawGolden>,
    quantization: Option<String>,
    writes_answers: Option<bool>,
    detector: Option<String>,
    files: Vec<RawFile>,
    #[serde(default)]
    sources: Vec<RawSource>,
    #[serde(default)]
    variants: Vec<RawVariant>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawRole {
    Embedder,
    Reranker,
    Chat,
    Ocr,
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

fn entry(mut raw: RawModel) -> Result<CatalogueEntry, String> {
    check_name(&raw.name)?;
    let first = RawVariant {
        format: raw.format,
        weights: std::mem::take(&mut raw.weights),
        head: raw.head.take(),
        files: std::mem::take(&mut raw.files),
        sources: std::mem::take(&mut raw.sources),
    };
    let others = std::mem::take(&mut raw.variants).into_iter();
    let mut entry = variant(&raw, first)?;
    entry.other_variants = others
        .map(|other| variant(&raw, other))
        .collect::<Result<_, _>>()?;
    Ok(entry)
}

/// The model as one of its sets of files.
fn variant(raw: &RawModel, variant: RawVariant) -> Result<CatalogueEntry, String> {
    let role = role(raw, &variant)?;
    let format = variant.format;
    let (weights, files, sources) = variant.checked(&role)?;
    Ok(CatalogueEntry {
        role,
        format,
        weights,
        files,
        sources,
        name: raw.name.clone(),
        aliases: raw.aliases.iter().map(|a| a.to_lowercase()).collect(),
        architecture: raw.architecture.clone(),
        max_tokens: max_tokens(raw)?,
        languages: languages(&raw.languages)?,
        languages_assumed: raw.languages_assumed,
        licence: raw.licence.clone(),
        parameters: raw.parameters,
        memory_mb: raw.memory_mb,
        other_variants: Vec::new(),
    })
}

/// Whether a name can be that of a folder, whatever the system.
pub(crate) fn is_plain_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
    name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(allowed)
}

/// The name becomes a folder name.
fn check_name(name: &str) -> Result<(), String> {
    // Beside the folders of models lies the list of those that were added.
    if name.ends_with(".toml") {
        Err("a name does not end in `.toml`".to_owned())
    } else if is_plain_name(name) {
        Ok(())
    } else {
        Err(
            "a name consists of a-z, 0-9, `-`, `_` and `.`, and begins with a letter or digit"
                .to_owned(),
        )
    }
}

/// What belongs to one role alone stands with that role.
fn check_owners(raw: &RawModel, variant: &RawVariant) -> Result<(), String> {
    let of_embedders = [
        ("dimensions", raw.dimensions.is_some()),
        ("pooling", raw.pooling.is_some()),
        ("pooling_skips_prefix", raw.pooling_skips_prefix),
        ("dense", !raw.dense.is_empty()),
        ("similarity", raw.similarity.is_some()),
        ("query_prefix", raw.query_prefix.is_some()),
        ("passage_prefix", raw.passage_prefix.is_some()),
    ];
    let of_rerankers = [
        ("kind", raw.kind.is_some()),
        ("head", variant.head.is_some()),
        ("colbert", raw.colbert.is_some()),
        ("prompt", raw.prompt.is_some()),
        ("instruction", raw.instruction.is_some()),
        ("scale", raw.scale.is_some()),
        ("default_weight", raw.default_weight.is_some()),
        ("golden", !raw.golden.is_empty()),
    ];
    let of_chat_models = [
        ("quantization", raw.quantization.is_some()),
        ("writes_answers", raw.writes_answers.is_some()),
    ];
    let recognises = matches!(raw.role, RawRole::Ocr);
    let detector = ("detector", raw.detector.is_some());
    check_owner(recognises, "ocr", &[detector])?;
    let max_tokens = ("max_tokens", raw.max_tokens.is_some());
    check_owner(!recognises, "other", &[max_tokens])?;
    let embeds = matches!(raw.role, RawRole::Embedder);
    check_owner(embeds, "embedder", &of_embedders)?;
    let reranks = matches!(raw.role, RawRole::Reranker);
    check_owner(reranks, "reranker", &of_rerankers)?;
    let chats = matches!(raw.role, RawRole::Chat);
    check_owner(chats, "chat", &of_chat_models)
}

/// Fields with whether they are set, which none may be but in models of their owner.
fn check_owner(is_owner: bool, owner: &str, fields: &[(&str, bool)]) -> Result<(), String> {
    match fields.iter().find(|(_, is_set)| *is_set && !is_owner) {
        Some((field, _)) => Err(format!("`{field}` belongs to {owner} models alone")),
        None => Ok(()),
    }
}

fn role(raw: &RawModel, variant: &RawVariant) -> Result<ModelRole, String> {
    check_owners(raw, variant)?;
    match raw.role {
        RawRole::Embedder => Ok(ModelRole::Embedder(EmbedderFacts {
            dimensions: raw.dimensions.ok_or("an embedder needs `dimensions`")?,
            pooling: pooling(raw, variant)?,
            similarity: raw.similarity.unwrap_or_default(),
            query_prefix: raw.query_prefix.clone().unwrap_or_default(),
            passage_prefix: raw.passage_prefix.clone().unwrap_or_default(),
        })),
        RawRole::Reranker => Ok(ModelRole::Reranker(RerankerFacts {
            kind: rerank_kind(raw.kind, variant.format)?,
            head: head(raw, variant)?,
            colbert: Colbert::checked(raw.colbert.as_ref(), raw.kind, variant)?,
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
            writes_answers: raw.writes_answers.unwrap_or(true),
        }),
        RawRole::Ocr => Ok(ModelRole::Ocr {
            detector: detector(raw, variant)?,
        }),
    }
}

fn max_tokens(raw: &RawModel) -> Result<usize, String> {
    match (raw.role, raw.max_tokens) {
        // It reads pictures.
        (RawRole::Ocr, _) => Ok(0),
        (_, Some(max_tokens)) => Ok(max_tokens),
        (_, None) => Err("`max_tokens` is missing".to_owned()),
    }
}

fn detector(raw: &RawModel, variant: &RawVariant) -> Result<String, String> {
    let detector = raw.detector.as_ref();
    let detector = detector.ok_or("a model of the role ocr needs `detector`")?;
    match variant.has(detector) && variant.format == WeightsFormat::Onnx {
        true => Ok(detector.clone()),
        false => Err(
            "`weights` and `detector` of the role ocr are ONNX graphs among its files".to_owned(),
        ),
    }
}

fn pooling(raw: &RawModel, variant: &RawVariant) -> Result<Pooling, String> {
    if let Some(layer) = raw.dense.iter().find(|layer| !variant.has(&layer.weights)) {
        return Err(format!(
            "`dense` names `{}`, which is not among its files",
            layer.weights
        ));
    }
    let pooling = raw.pooling.as_ref().ok_or("an embedder needs `pooling`")?;
    Ok(Pooling {
        kinds: pooling.kinds()?,
        skips_prefix: raw.pooling_skips_prefix,
        dense: raw.dense.clone(),
    })
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

/// The file of the token vectors' layer. A graph may have it inside.
fn head(raw: &RawModel, variant: &RawVariant) -> Result<Option<String>, String> {
    let late = raw.kind == Some(RerankKind::LateInteraction);
    let inside = variant.format == WeightsFormat::Onnx;
    match &variant.head {
        None if late && !inside && raw.colbert.is_none() => Err(
            "a reranker of the kind late_interaction needs `head` or `colbert`, unless it is an ONNX graph that has it inside"
                .to_owned(),
        ),
        Some(_) if !late => {
            Err("`head` belongs to rerankers of the kind late_interaction".to_owned())
        }
        Some(head) if !variant.has(head) => {
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
    let weight = raw.unwrap_or(SAFE_WEIGHT);
    if (0.0..=1.0).contains(&weight) {
        Ok(weight)
    } else {
        Err("`default_weight` lies between 0 and 1".to_owned())
    }
}

fn languages(raw: &[String]) -> Result<LanguageCoverage, String> {
    if raw.is_empty() {
        return Err("`languages` is empty; write [\"multilingual\"] or ISO 639-1 codes".to_owned());
    }
    if raw == ["multilingual"] {
        return Ok(LanguageCoverage::Multilingual);
    }
    match raw.iter().find(|code| code.len() != 2) {
        Some(code) => Err(format!("`{code}` is no ISO 639-1 code of two letters")),
        None => Ok(LanguageCoverage::Only(raw.to_vec())),
    }
}
