use std::path::Path;

use riddle_client::ApiKey;
use riddle_core::ModelError;

/// The key of the server behind a model, from the file that the configuration names, if it names one.
pub(super) fn api_key(model: &str, file: Option<&Path>) -> Result<Option<ApiKey>, ModelError> {
    let Some(file) = file else {
        return Ok(None);
    };
    let key = std::fs::read_to_string(file).map_err(|error| ModelError::Unavailable {
        model: model.to_owned(),
        remedy: format!("its `api_key_file` cannot be read: {error}"),
    })?;
    Ok(Some(ApiKey::new(&key)))
}
