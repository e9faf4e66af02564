mod adding;

use riddle_api::{
    DownloadDto, DownloadErrorDto, FileCheckDto, LayersDto, LibraryDto, ModelDto, ScoreCheckDto,
    VerificationDto,
};
use riddle_core::{LanguageCoverage, LibraryError, ScoreCheck, Verification};
use riddle_engine::{Download, LibraryListing, LibraryModel};

use super::convert::{Convert, ConvertFrom};

impl ConvertFrom<LibraryListing> for LibraryDto {
    fn convert_from(library: LibraryListing) -> Self {
        Self {
            models: library.models.into_iter().map(Convert::convert).collect(),
            offline: library.offline,
            folder: library.folder.display().to_string(),
            default_chat: library.default_chat,
        }
    }
}

impl ConvertFrom<LibraryModel> for ModelDto {
    fn convert_from(model: LibraryModel) -> Self {
        let entry = model.entry;
        Self {
            name: entry.name,
            role: entry.role.as_str().to_owned(),
            kind: entry.kind.map(|kind| kind.as_str().to_owned()),
            layers: entry
                .layers
                .map(|(lowest, highest)| LayersDto { lowest, highest }),
            state: model.state.as_str().to_owned(),
            bytes_on_disk: model.bytes_on_disk,
            max_tokens: entry.max_tokens,
            dimensions: entry.dimensions,
            languages: languages(entry.languages),
            license: entry.licence,
            source: entry.source,
            loaded: model.device.is_some(),
            device: model.device,
            memory_bytes: entry.memory_bytes,
            verifiable: entry.verifiable,
            download: model.download.map(Convert::convert),
        }
    }
}

fn languages(coverage: Option<LanguageCoverage>) -> Vec<String> {
    match coverage {
        Some(LanguageCoverage::Only(languages)) => languages,
        Some(LanguageCoverage::Multilingual) => vec!["multilingual".to_owned()],
        None => Vec::new(),
    }
}

impl ConvertFrom<Download> for DownloadDto {
    fn convert_from(download: Download) -> Self {
        Self {
            state: download.state.as_str().to_owned(),
            file: download.file,
            done_bytes: download.done_bytes,
            total_bytes: download.total_bytes,
            error: download.error.as_ref().map(Convert::convert),
        }
    }
}

impl ConvertFrom<&LibraryError> for DownloadErrorDto {
    fn convert_from(error: &LibraryError) -> Self {
        Self {
            code: error.code().to_owned(),
            message: error.to_string(),
        }
    }
}

impl ConvertFrom<Verification> for VerificationDto {
    fn convert_from(verification: Verification) -> Self {
        let files = verification.files.iter().map(|file| FileCheckDto {
            path: file.path.clone(),
            problem: file.problem.clone(),
        });
        Self {
            verdict: verification.verdict().as_str().to_owned(),
            files: files.collect(),
            checks: verification
                .scores
                .into_iter()
                .map(Convert::convert)
                .collect(),
            device: verification.device,
        }
    }
}

impl ConvertFrom<ScoreCheck> for ScoreCheckDto {
    fn convert_from(score: ScoreCheck) -> Self {
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
