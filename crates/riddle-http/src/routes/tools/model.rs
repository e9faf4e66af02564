use riddle_core::ModelError;
use riddle_engine::EngineError;

use crate::error::{ApiError, ErrorCode};
use crate::state::ServerState;

/// Names of models that an error lists.
const MAX_LISTED: usize = 20;

/// A model as a request names it.
pub(in crate::routes) struct NamedModel {
    /// What the request says.
    asked: Option<String>,
    /// The catalogue name; `None` for the server's default.
    pub(in crate::routes) name: Option<String>,
}

impl NamedModel {
    /// The model behind a name or an alias; tools that must send something may send `default`.
    pub(in crate::routes) fn new(state: &ServerState, asked: Option<String>) -> Self {
        let asked = asked.filter(|name| !name.is_empty());
        let name = asked.clone().map(|name| state.aliases.resolve(name));
        Self {
            name: name.filter(|name| name != "default"),
            asked,
        }
    }

    /// A model that the request named and that is not here is the request's fault, not the server's.
    pub(in crate::routes) async fn error(
        self,
        state: &ServerState,
        error: EngineError,
    ) -> ApiError {
        let (Some(name), Some(asked)) = (self.name, self.asked) else {
            return error.into();
        };
        if !matches!(error, EngineError::Model(ModelError::Unavailable { .. })) {
            return error.into();
        }
        let alias = if asked == name {
            String::new()
        } else {
            let asked: String = asked.chars().take(200).collect();
            format!(" (`{asked}` stands for it in the configuration)")
        };
        let here = names_here(state).await;
        let message = format!("{error}{alias}; here are {here}; {OTHER_NAMES}");
        ApiError::new(ErrorCode::MODEL_NOT_FOUND, message).about("model")
    }
}

/// What is said to clients that insist on a name of their own.
pub(in crate::routes) const OTHER_NAMES: &str =
    "`[models.aliases]` of the configuration gives them other names";

/// The models for reranking and embedding that a request can name, in words.
async fn names_here(state: &ServerState) -> String {
    let mut names = state.engine.inference_model_names().await;
    names.extend(state.aliases.iter().map(|(alias, _)| alias.to_owned()));
    listed(names, "no models")
}

/// Names in words, not too many of them.
pub(in crate::routes) fn listed(names: Vec<String>, none: &str) -> String {
    if names.is_empty() {
        return none.to_owned();
    }
    let more = names.len().saturating_sub(MAX_LISTED);
    let shown: Vec<String> = names
        .into_iter()
        .take(MAX_LISTED)
        .map(|name| format!("`{name}`"))
        .collect();
    let rest = match more {
        0 => String::new(),
        more => format!(" and {more} more (`GET /v1/models`)"),
    };
    format!("{}{rest}", shown.join(", "))
}
