use riddle_core::{LanguageCoverage, LibraryError, ScoreCheck, Verification};
use riddle_engine::{Download, Library, LibraryModel};
use serde::Serialize;
use utoipa::ToSchema;

/// The models that can be used.
#[derive(Serialize, ToSchema)]
pub(crate) struct LibraryDto {
    models: Vec<ModelDto>,
    /// Whether the server refuses to fetch from the network.
    offline: bool,
    /// Folder of their files on the server.
    folder: String,
}

/// A model, its files and whether it runs.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "name": "bge-reranker-base", "role": "reranker", "kind": "cross_encoder", "state": "installed",
    "bytes_on_disk": 1_400_000_000_u64, "max_tokens": 512, "dimensions": null, "languages": ["en", "zh"],
    "license": "MIT", "source": "hub repository BAAI/bge-reranker-base@main", "loaded": true,
    "device": "onnxruntime cpu", "memory_bytes": 700_000_000_u64, "verifiable": true, "download": null
}))]
pub(crate) struct ModelDto {
    name: String,
    /// `embedder`, `reranker` or `chat`.
    role: &'static str,
    /// How a reranker scores: `cross_encoder`, `late_interaction`, `yes_no` or `layerwise`; null for others.
    kind: Option<&'static str>,
    /// `absent`, `downloading`, `installed` or `incomplete`; the last is completed by a download.
    state: &'static str,
    /// Bytes of its folder, with what was made of its files.
    bytes_on_disk: u64,
    /// Longest input in tokens.
    max_tokens: Option<usize>,
    /// Length of a vector, of an embedder.
    dimensions: Option<usize>,
    /// ISO 639-1 codes, or `multilingual` for about a hundred; empty where not known.
    languages: Vec<String>,
    /// SPDX identifier of the licence of its weights.
    license: Option<String>,
    /// Where it is fetched from first.
    source: Option<String>,
    /// Whether it is in memory.
    loaded: bool,
    /// The engine and device it runs on, if it is loaded.
    device: Option<String>,
    /// Estimate of the memory it takes when loaded.
    memory_bytes: Option<u64>,
    /// Whether there are published scores to compare its own with.
    verifiable: bool,
    /// Its latest download since the server was started.
    download: Option<DownloadDto>,
}

/// How far a download is, or how it ended.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "state": "running", "file": "model.safetensors", "done_bytes": 104_857_600, "total_bytes": 1_112_201_288,
    "error": null
}))]
pub(crate) struct DownloadDto {
    /// `running`, `done`, `failed` or `cancelled`.
    state: &'static str,
    /// The file on its way, or the last one; null before the first. Files come one after the other.
    file: Option<String>,
    /// Bytes of the file that are here, those of an earlier download included.
    done_bytes: u64,
    /// Length of the file, where the source says it.
    total_bytes: Option<u64>,
    /// Why it failed.
    error: Option<DownloadErrorDto>,
}

/// Why a download failed.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"code": "download_failed", "message": "model `bge-m3`, hub repository BAAI/bge-m3@main, file `config.json`: hub.example answered 503; try again later"}))]
pub(crate) struct DownloadErrorDto {
    /// `download_failed`, `bad_file`, `disk_failed`, `model_busy` or `offline`.
    code: &'static str,
    /// What is wrong and what to do, for people.
    message: String,
}

/// What came of looking into a model.
#[derive(Serialize, ToSchema)]
pub(crate) struct VerificationDto {
    /// `ok`: sound files, and the scores agree. `different`: a file is not what it should be, or a score differs.
    /// `no_golden_pairs`: sound files, and the model works; its publishers print no scores.
    verdict: &'static str,
    /// The published scores; empty where none are known or a file is not sound.
    checks: Vec<ScoreCheckDto>,
    /// Its files.
    files: Vec<FileCheckDto>,
    /// Where it ran; null where a file is not sound.
    device: Option<String>,
}

/// A published score and the one that the model gives here.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"query": "what is panda?", "passage": "hi", "layer": null, "expected": -8.15, "got": -8.14, "ok": true}))]
pub(crate) struct ScoreCheckDto {
    query: String,
    passage: String,
    /// The layer whose score it is, of a layerwise reranker; null for the last layer and for others.
    layer: Option<u32>,
    /// The published raw score.
    expected: f32,
    /// The raw score here.
    got: f32,
    /// Whether they are as close as the precision lets them be.
    ok: bool,
}

/// A file of a model.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({"path": "config.json", "problem": null}))]
pub(crate) struct FileCheckDto {
    /// Path within the model's folder.
    path: String,
    /// What is wrong with it and what to do, if anything.
    problem: Option<String>,
}

impl From<Library> for LibraryDto {
    fn from(library: Library) -> Self {
        Self {
            models: library.models.into_iter().map(Into::into).collect(),
            offline: library.offline,
            folder: library.folder.display().to_string(),
        }
    }
}

impl From<LibraryModel> for ModelDto {
    fn from(model: LibraryModel) -> Self {
        let entry = model.entry;
        Self {
            name: entry.name,
            role: entry.role.as_str(),
            kind: entry.kind.map(riddle_core::RerankKind::as_str),
            state: model.state.as_str(),
            bytes_on_disk: model.bytes_on_disk,
            max_tokens: entry.max_tokens,
            dimensions: entry.dimensions,
            languages: match entry.languages {
                Some(LanguageCoverage::Only(languages)) => languages,
                Some(LanguageCoverage::Multilingual) => vec!["multilingual".to_owned()],
                None => Vec::new(),
            },
            license: entry.licence,
            source: entry.source,
            loaded: model.device.is_some(),
            device: model.device,
            memory_bytes: entry.memory_bytes,
            verifiable: entry.verifiable,
            download: model.download.map(Into::into),
        }
    }
}

impl From<Download> for DownloadDto {
    fn from(download: Download) -> Self {
        Self {
            state: download.state.as_str(),
            file: download.file,
            done_bytes: download.done_bytes,
            total_bytes: download.total_bytes,
            error: download.error.as_ref().map(Into::into),
        }
    }
}

impl From<&LibraryError> for DownloadErrorDto {
    fn from(error: &LibraryError) -> Self {
        Self {
            code: error.code(),
            message: error.to_string(),
        }
    }
}

impl From<Verification> for VerificationDto {
    fn from(verification: Verification) -> Self {
        let files = verification.files.iter().map(|file| FileCheckDto {
            path: file.path.clone(),
            problem: file.problem.clone(),
        });
        Self {
            verdict: verification.verdict().as_str(),
            files: files.collect(),
            checks: verification.scores.into_iter().map(Into::into).collect(),
            device: verification.device,
        }
    }
}

impl From<ScoreCheck> for ScoreCheckDto {
    fn from(score: ScoreCheck) -> Self {
        Self {
            query: score.query,
            passage: score.passage,
            layer: score.layer,
            expected: score.expected,
            got: score.got,
            ok: score.agrees,
        }
    }
}
