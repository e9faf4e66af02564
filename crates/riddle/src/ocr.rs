//! Text recognition in pictures: the program that does it, and how the server starts it.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use riddle_ingest::{PictureProgram, run_picture_reader};
use riddle_models::{OcrFiles, PreparedOcr};

use crate::arguments::ReadPicturesArguments;
use crate::config::OcrConfig;
use crate::provider::LocalModels;

/// The name of the command.
const COMMAND: &str = "read-pictures";

/// Reads pictures with the model that the configuration names, or that is here.
pub(crate) struct OcrProgram {
    config: OcrConfig,
    models: Arc<LocalModels>,
}

impl OcrProgram {
    pub(crate) fn new(config: &OcrConfig, models: Arc<LocalModels>) -> Self {
        Self {
            config: config.clone(),
            models,
        }
    }
}

impl std::fmt::Debug for OcrProgram {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OcrProgram({:?})", self.config)
    }
}

impl PictureProgram for OcrProgram {
    fn arguments(&self) -> Result<Vec<String>, String> {
        if !self.config.enabled {
            return Err(
                "set `ocr.enabled` in the configuration to have pictures read, and retry the document".to_owned(),
            );
        }
        let files = self.models.ocr_files(self.config.model.as_deref())?;
        let path = |path: &Path| {
            let text = path.to_str().map(str::to_owned);
            text.ok_or_else(|| "move the models to a folder whose path is UTF-8".to_owned())
        };
        Ok(vec![
            COMMAND.to_owned(),
            "--library".to_owned(),
            path(&files.library)?,
            "--detector".to_owned(),
            path(&files.detector)?,
            "--recogniser".to_owned(),
            path(&files.recogniser)?,
            "--threads".to_owned(),
            self.config.threads.to_string(),
        ])
    }
}

/// The program: reads the files, then gives up all that reading pictures does not need.
pub(crate) fn run(arguments: &ReadPicturesArguments) -> ExitCode {
    // Searches and answers go first where CPUs are short.
    let _ = rustix::process::nice(NICENESS);
    let prepared = PreparedOcr::read(&OcrFiles {
        library: arguments.library.clone(),
        detector: arguments.detector.clone(),
        recogniser: arguments.recogniser.clone(),
    });
    let threads = arguments.threads.max(1);
    run_picture_reader(move || prepared?.open(threads))
}

/// Behind the server, in front of what is idle.
const NICENESS: i32 = 10;
