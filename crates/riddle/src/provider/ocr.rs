use riddle_models::{CatalogueEntry, ModelRole, OcrFiles, OnnxRuntimeError};

use super::LocalModels;
use super::library;

/// The model that is recommended where none is here.
const FIRST: &str = "pp-ocrv6-small";

impl LocalModels {
    /// The files of the model for text recognition of this name, or of the first that is here.
    ///
    /// # Errors
    /// There is none, or it cannot be used. The text says what to do.
    pub(crate) fn ocr_files(&self, name: Option<&str>) -> Result<OcrFiles, String> {
        let recognises = |entry: &CatalogueEntry| matches!(entry.role, ModelRole::Ocr { .. });
        let first = || self.first(recognises).map(|entry| entry.name.as_str());
        let Some(name) = name.or_else(first) else {
            return Err(format!(
                "fetch a model for text recognition (OCR) with `riddle models pull {FIRST}`, and retry the document"
            ));
        };
        let (entry, located) = self.located(name).map_err(|error| error.to_string())?;
        let ModelRole::Ocr { detector } = &entry.role else {
            return Err(format!(
                "`ocr.model` names {}, which is of the role {}; name one of the role ocr, such as {FIRST}",
                entry.name,
                entry.role.as_str()
            ));
        };
        let library = library::find(self.models.onnxruntime.as_deref(), &self.data_dir);
        if !library.is_file() {
            return Err(OnnxRuntimeError::Missing.to_string());
        }
        Ok(OcrFiles {
            library,
            detector: located.folder.join(detector),
            recogniser: located.weights,
        })
    }
}
