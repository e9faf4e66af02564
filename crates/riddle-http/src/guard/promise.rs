use std::sync::Arc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse, web};

use crate::answers::Answers;
use crate::connections::{Connection, Peer};
use crate::error::{ApiError, ErrorCode};
use crate::gate::Gate;
use crate::large_json::PART;
use crate::memory_budget::Portion;

/// What keeps something and may answer with so much that it holds memory.
static KEEPS: [(Method, &str); 15] = [
    (Method::POST, "/api/v1/audit"),
    (Method::PATCH, "/api/v1/chunks/{id}"),
    (Method::POST, "/api/v1/chunks/{id}/restore"),
    (Method::PUT, "/api/v1/comparisons/{id}/preference"),
    (Method::POST, "/api/v1/documents/{id}/retry"),
    (Method::POST, "/api/v1/evaluations/runs"),
    (Method::PATCH, "/api/v1/evaluations/runs/{run}"),
    (Method::POST, "/api/v1/evaluations/runs/{run}/control"),
    (Method::POST, "/api/v1/evaluations/runs/{run}/recount"),
    (Method::POST, "/api/v1/evaluations/sets"),
    (Method::POST, "/api/v1/evaluations/sets/{set}/questions"),
    (
        Method::PATCH,
        "/api/v1/evaluations/sets/{set}/questions/{question}",
    ),
    (
        Method::POST,
        "/api/v1/evaluations/sets/{set}/questions/{question}/judgments",
    ),
    (Method::POST, "/api/v1/knowledge-bases/{kb}/compare"),
    (Method::POST, "/api/v1/knowledge-bases/{kb}/documents"),
];

/// Memory that an answer is promised, whatever becomes of it.
pub(super) struct Promised(pub(super) Portion);

/// Asks for the memory of an answer before anything is kept: an answer that is refused afterwards would tell its client
/// that nothing was done.
pub(crate) async fn promise(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    if let Some((answers, peer)) = asked(&request) {
        let Some(room) = answers.room(peer, PART).await else {
            let (request, _payload) = request.into_parts();
            let refused = HttpResponse::from_error(no_room());
            return Ok(ServiceResponse::new(request, refused));
        };
        request.extensions_mut().insert(Promised(room));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

/// Who is to be asked, and for whom; `None` where nothing is kept, or no socket is bound.
fn asked(request: &ServiceRequest) -> Option<(Arc<Answers>, Peer)> {
    let of_method = KEEPS.iter().filter(|(kept, _)| kept == request.method());
    let mut paths = of_method.map(|(_, path)| *path).peekable();
    // Most requests only read, and are not to look for their route once more.
    paths.peek()?;
    let pattern = request.match_pattern()?;
    if !paths.any(|path| path == pattern) {
        return None;
    }
    let gate = request.app_data::<web::Data<Gate>>()?;
    let connection = request.conn_data::<Arc<Connection>>()?;
    Some((gate.answers.clone()?, connection.peer))
}

pub(super) fn no_room() -> ApiError {
    ApiError::new(
        ErrorCode::OVERLOADED,
        "answers that their clients have not taken yet leave no memory for this one; ask again a little later",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// What changes nothing, or answers with so little that it holds no memory.
    const OTHERS: [&str; 30] = [
        "post /api/v1/ask",
        "post /api/v1/chats",
        "patch /api/v1/chats/{id}",
        "post /api/v1/chats/{id}/messages",
        "put /api/v1/chats/{id}/messages/{message}/feedback",
        "post /api/v1/evaluations/runs/{run}/apply",
        "post /api/v1/evaluations/runs/{run}/curves",
        "post /api/v1/evaluations/runs/{run}/judge",
        "post /api/v1/evaluations/runs/{run}/trial",
        "post /api/v1/evaluations/runs/{run}/undo",
        "post /api/v1/evaluations/sets/{set}/questions/collect",
        "post /api/v1/evaluations/sets/{set}/questions/make",
        "post /api/v1/knowledge-bases",
        "patch /api/v1/knowledge-bases/{kb}",
        "post /api/v1/knowledge-bases/{kb}/ask",
        "post /api/v1/knowledge-bases/{kb}/search",
        "post /api/v1/models",
        "post /api/v1/models/look",
        "post /api/v1/models/{name}/pull",
        "post /api/v1/models/{name}/verify",
        "post /api/v1/search",
        "post /embed",
        "post /endpoints/{name}/invocations",
        "post /invocations",
        "post /rerank",
        "post /tokenize",
        "post /v1/chat/completions",
        "post /v1/embeddings",
        "post /v1/rerank",
        "post /v2/rerank",
    ];

    /// Of every operation that may change something it is known what its answer may hold. Deletions answer nothing.
    #[test]
    fn what_keeps_something_and_answers_large_is_listed() {
        let document = serde_json::to_value(crate::openapi()).expect("JSON");
        let paths = document["paths"].as_object().expect("paths").iter();
        let operations = paths.flat_map(|(path, item)| {
            let methods = item.as_object().expect("operations").keys();
            methods.map(move |method| format!("{method} {path}"))
        });
        let changing = |name: &String| !name.starts_with("get ") && !name.starts_with("delete ");
        let described: BTreeSet<String> = operations.filter(changing).collect();
        let keeps = KEEPS.iter();
        let keeps =
            keeps.map(|(method, path)| format!("{} {path}", method.as_str().to_lowercase()));
        let listed: BTreeSet<String> = keeps.chain(OTHERS.map(str::to_owned)).collect();
        assert_eq!(described, listed);
    }
}
