use std::io::Cursor;

use riddle_core::SAFE_WEIGHT;
use riddle_gguf::{Beginning, HeaderError, read_beginning, runs_as_language_model};
use toml::Table;

use super::draft::{Draft, Weights};
use super::{HALF_AND_HALF, Notes, Refusal, Snapshot, WishedRole, Wishes};
use crate::catalogue::WeightsFormat;

/// How much of a GGUF file is read to recognise it: what it is stands before its words.
pub(crate) const BEGINNING: u64 = 256 << 10;
const EXTENSION: &str = ".gguf";
/// What is taken where nothing is said, best first.
const USUAL: [&str; 3] = ["Q4_K_M", "Q8_0", "Q4_0"];
/// Tokens of a pair where a language model reranks: time and memory grow with it.
const PAIR_TOKENS: u64 = 1_024;

/// Tokens of context that memory is told for.
const USUAL_CONTEXT: u64 = 4_096;

/// A file that was chosen.
pub(crate) struct Chosen {
    file: String,
    /// Further files of it.
    parts: Vec<String>,
    quantization: Option<String>,
    others: Vec<String>,
}

impl Chosen {
    /// Its (first) file.
    pub(crate) fn file(&self) -> &str {
        &self.file
    }
}

/// Whether a text names a quantization of GGUF files, such as `Q4_K_M`.
pub fn is_quantization(text: &str) -> bool {
    let upper = text.to_uppercase();
    let rest = upper.strip_prefix("UD-").unwrap_or(&upper);
    let rest = rest.strip_prefix("IQ").or_else(|| rest.strip_prefix('Q'));
    let numbered = rest.is_some_and(|rest| {
        rest.starts_with(|c: char| c.is_ascii_digit())
            && rest.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    });
    numbered || ["F16", "BF16", "F32", "FP16", "MXFP4"].contains(&&*upper)
}

/// The GGUF file that is meant; `None` where the model has other weights and no quantization is asked for.
pub(crate) fn chosen(snapshot: &Snapshot, wishes: &Wishes) -> Result<Option<Chosen>, Refusal> {
    let files: Vec<&str> = snapshot
        .files
        .iter()
        .map(|file| file.path.as_str())
        .filter(|path| path.ends_with(EXTENSION) && !path.contains("mmproj"))
        .filter(|path| part(path).is_none_or(|(_, place)| place == "00001"))
        .collect();
    let Some(wanted) = &wishes.quantization else {
        if files.is_empty() || snapshot.has("config.json") && !only_gguf(snapshot) {
            return Ok(None);
        }
        let usual = USUAL.iter().find_map(|usual| {
            files
                .iter()
                .find(|file| quantization(file).as_deref() == Some(usual))
        });
        let only = files.first().filter(|_| files.len() == 1);
        return match only.or(usual) {
            Some(file) => Ok(Some(with_parts(snapshot, file, &files))),
            None => Err(Refusal::new(
                files[0],
                format!("is one of several: {}", listed(&files)),
                "say which, such as `owner/name:Q4_K_M`",
            )),
        };
    };
    let wanted = wanted.to_uppercase();
    let file = files
        .iter()
        .find(|file| quantization(file).is_some_and(|found| found == wanted));
    match file {
        Some(file) => Ok(Some(with_parts(snapshot, file, &files))),
        None if files.is_empty() => Err(Refusal::new(
            &snapshot.title,
            format!("has no GGUF files, of which {wanted} would be one"),
            "leave the quantization out, or name the repository of GGUF files",
        )),
        None => Err(Refusal::new(
            &snapshot.title,
            format!("has no {wanted}"),
            format!("it has {}", listed(&files)),
        )),
    }
}

/// Repositories of GGUF files may have the settings of what they were made of.
fn only_gguf(snapshot: &Snapshot) -> bool {
    let weights = [
        ".safetensors",
        ".safetensors.index.json",
        ".onnx",
        "pytorch_model.bin",
    ];
    !snapshot
        .files
        .iter()
        .any(|file| weights.iter().any(|end| file.path.ends_with(end)))
}

fn listed(files: &[&str]) -> String {
    let names = files
        .iter()
        .map(|file| quantization(file).unwrap_or_else(|| (*file).to_owned()));
    names.collect::<Vec<_>>().join(", ")
}

fn with_parts(snapshot: &Snapshot, file: &str, files: &[&str]) -> Chosen {
    let whole = part(file).map(|(whole, _)| whole);
    let same = |path: &&String| {
        path.as_str() != file && part(path).is_some_and(|(other, _)| Some(other) == whole)
    };
    let paths = snapshot.files.iter().map(|file| &file.path);
    Chosen {
        file: file.to_owned(),
        parts: paths.filter(same).cloned().collect(),
        quantization: quantization(file),
        others: files
            .iter()
            .filter(|other| **other != file)
            .filter_map(|file| quantization(file))
            .collect(),
    }
}

/// What `…-00001-of-00003.gguf` is a part of, and which.
fn part(path: &str) -> Option<(&str, &str)> {
    let stem = path.strip_suffix(EXTENSION)?;
    let (rest, total) = stem.rsplit_once("-of-")?;
    let (whole, place) = rest.rsplit_once('-')?;
    let number = |text: &str| text.len() == 5 && text.bytes().all(|byte| byte.is_ascii_digit());
    (number(total) && number(place)).then_some((whole, place))
}

/// The quantization that a file's name ends with, in upper case.
fn quantization(path: &str) -> Option<String> {
    let stem = part(path).map_or_else(
        || path.strip_suffix(EXTENSION).unwrap_or(path),
        |(whole, _)| whole,
    );
    let name = stem.rsplit('/').next().unwrap_or(stem).to_uppercase();
    let begins = name.match_indices(['-', '.', '_']).map(|(at, _)| at + 1);
    // The first that fits is the longest: `UD-` belongs to it, as do its own underscores.
    std::iter::once(0)
        .chain(begins)
        .find_map(|at| is_quantization(&name[at..]).then(|| name[at..].to_owned()))
}

/// The quantization that the name of a GGUF file ends with.
pub fn quantization_of_file(path: &str) -> Option<String> {
    path.ends_with(EXTENSION).then(|| quantization(path))?
}

/// A language model in a GGUF file: it writes answers, or reranks.
pub(crate) fn draft(
    snapshot: &Snapshot,
    wishes: &Wishes,
    chosen: &Chosen,
    notes: &mut Notes,
) -> Result<Draft, Refusal> {
    let file = &*chosen.file;
    let header = header(snapshot, file)?;
    let per_token = header.cache_bytes_per_token();
    let licence = header.licence.clone();
    let architecture = architecture(file, header.architecture, wishes)?;
    let quantization = chosen.quantization.clone();
    tell(&architecture, wishes, chosen, notes);
    let context = header.context_length.unwrap_or(4_096).clamp(1, 1 << 20);
    let (role, max_tokens) = role(snapshot, wishes, quantization.as_deref(), context, notes);
    let weights = Weights::new(WeightsFormat::Gguf, file, chosen.parts.clone());
    Ok(Draft {
        role,
        architecture,
        weights,
        max_tokens: usize::try_from(max_tokens).unwrap_or(usize::MAX),
        bits_per_number: bits(quantization.as_deref()),
        needed: Vec::new(),
        optional: Vec::new(),
        quantization,
        licence,
        cache_bytes: per_token.map(|bytes| bytes.saturating_mul(max_tokens.min(USUAL_CONTEXT))),
    })
}

/// The architecture of a language model that is to be used as one.
fn architecture(file: &str, said: Option<String>, wishes: &Wishes) -> Result<String, Refusal> {
    let Some(architecture) = said else {
        return Err(Refusal::new(
            file,
            "does not say its architecture (`general.architecture`)",
            "convert the model anew with a current llama.cpp",
        ));
    };
    if is_encoder(&architecture) {
        return Err(Refusal::new(
            file,
            format!(
                "holds an encoder (`general.architecture` {architecture}); GGUF files are run as language models alone"
            ),
            "add the model in its original form, with safetensors or as an .onnx file",
        ));
    }
    if !runs_as_language_model(&architecture) {
        return Err(Refusal::new(
            file,
            format!(
                "holds `{architecture}` (`general.architecture`), which llama.cpp does not run as a language model"
            ),
            "use a language model, such as Qwen3 as GGUF",
        ));
    }
    if wishes.role == Some(WishedRole::Embedder) {
        return Err(Refusal::new(
            file,
            format!(
                "holds a language model (`general.architecture` {architecture}), which gives no vectors here"
            ),
            "use an embedder with safetensors or as an .onnx file",
        ));
    }
    Ok(architecture)
}

/// Architectures that make vectors and write nothing.
fn is_encoder(architecture: &str) -> bool {
    architecture.contains("bert")
        || ["t5encoder", "gemma-embedding", "llama-embed"].contains(&architecture)
}

/// Says which file was chosen, and of which others.
fn tell(architecture: &str, wishes: &Wishes, chosen: &Chosen, notes: &mut Notes) {
    let quantization = chosen.quantization.as_deref();
    let named = quantization.map(|name| format!(", {name}"));
    notes.found(format!(
        "a language model in a GGUF file: {}, architecture {architecture}{}",
        chosen.file,
        named.unwrap_or_default()
    ));
    if wishes.quantization.is_none() && !chosen.others.is_empty() {
        notes.assumed(format!(
            "no quantization was asked for: {} of {} others ({})",
            quantization.unwrap_or("this file"),
            chosen.others.len(),
            chosen.others.join(", ")
        ));
    }
}

/// Rerankers are known by their names, as their files are those of a language model.
fn role(
    snapshot: &Snapshot,
    wishes: &Wishes,
    quantization: Option<&str>,
    context: u64,
    notes: &mut Notes,
) -> (Table, u64) {
    let name = snapshot.title.to_lowercase();
    let named = name.contains("reranker");
    let mut role = Table::new();
    if wishes.role == Some(WishedRole::Chat) || (wishes.role.is_none() && !named) {
        role.insert("role".to_owned(), "chat".into());
        if let Some(quantization) = quantization {
            role.insert("quantization".to_owned(), quantization.into());
        }
        notes.found(format!("writes answers, within {context} tokens"));
        return (role, context);
    }
    let prompt = match () {
        () if name.contains("bge-reranker") => "flag_embedding",
        () if named => "qwen3",
        () => "chat",
    };
    notes.assumed(format!(
        "it is asked for a yes or no with the prompt {prompt}, in pairs of at most {PAIR_TOKENS} tokens"
    ));
    notes.assumed(HALF_AND_HALF);
    for (key, value) in [
        ("role", "reranker"),
        ("kind", "yes_no"),
        ("prompt", prompt),
        ("scale", "logit"),
    ] {
        role.insert(key.to_owned(), value.into());
    }
    role.insert("default_weight".to_owned(), SAFE_WEIGHT.into());
    (role, PAIR_TOKENS.min(context))
}

fn header(snapshot: &Snapshot, file: &str) -> Result<Beginning, Refusal> {
    let again = "fetch it again, or use another copy of it";
    let Some(bytes) = snapshot.content(file) else {
        return Err(Refusal::new(file, "cannot be looked into", again));
    };
    read_beginning(Cursor::new(bytes), bytes.len() as u64).map_err(|error| match error {
        HeaderError::UnknownVersion(version) => Refusal::new(
            file,
            format!("is GGUF of version {version}; versions 2 and 3 can be read"),
            "convert the model anew with a current llama.cpp",
        ),
        other => Refusal::new(file, format!("is no sound GGUF file: {other}"), again),
    })
}

/// What a number takes, roughly, in bits.
fn bits(quantization: Option<&str>) -> f64 {
    let name = quantization
        .unwrap_or("Q8_0")
        .trim_start_matches("UD-")
        .trim_start_matches('I');
    match name {
        "F32" => 32.0,
        "F16" | "FP16" | "BF16" => 16.0,
        _ => match name.chars().find_map(|c| c.to_digit(10)) {
            Some(digit) => f64::from(digit) + 0.7,
            None => 8.5,
        },
    }
}
