//! The name of the model where nobody named one: servers with a single model are told of by their address alone.

use reqwest::StatusCode;
use riddle_core::ChatError;
use serde::Deserialize;

use super::failure::{self, remote};
use super::reading::Endpoint;

/// What servers of one model, such as llama-server, take for any name.
const ANY: &str = "default";
/// Bytes that a list of models may have.
const LIST_LIMIT: usize = 1 << 20;
/// Names that an error repeats.
const NAMED: usize = 10;

#[derive(Deserialize)]
struct List {
    data: Vec<Served>,
}

#[derive(Deserialize)]
struct Served {
    id: String,
}

/// The one model that the server lists. A server that has no list is asked for whatever it runs.
pub(super) async fn only_model(endpoint: &Endpoint) -> Result<String, ChatError> {
    let options = &endpoint.options;
    let answer = endpoint.client.get(endpoint.models.clone()).send().await;
    let mut answer = answer.map_err(|error| failure::transport(&error, options))?;
    match answer.status() {
        status if status.is_success() => {}
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => return Ok(ANY.to_owned()),
        _ => return Err(failure::status(answer, options, 0).await),
    }
    let mut body = Vec::new();
    while let Some(bytes) = answer
        .chunk()
        .await
        .map_err(|error| failure::transport(&error, options))?
    {
        body.extend_from_slice(&bytes);
        if body.len() > LIST_LIMIT {
            return Err(remote("lists too many models; name one as `chat.model`"));
        }
    }
    let Ok(list) = serde_json::from_slice::<List>(&body) else {
        return Ok(ANY.to_owned());
    };
    let mut names = list.data.into_iter().map(|model| model.id);
    match (names.next(), names.next()) {
        (None, _) => Err(remote(
            "has no model; load one there, or name it as `chat.model`",
        )),
        (Some(only), None) => Ok(only),
        (Some(first), Some(second)) => {
            let rest = names.take(NAMED - 2);
            let some: Vec<String> = [first, second].into_iter().chain(rest).collect();
            Err(remote(format!(
                "has several models ({}); name the one that answers as `chat.model`",
                some.join(", ")
            )))
        }
    }
}
