//! What OpenAI's clients call, as they expect it.

mod chat_completions;
mod embeddings;
mod messages;
mod models;
mod request;
mod response;
mod stop;
mod streamed;

use utoipa_actix_web::service_config::ServiceConfig;

/// What comes before the knowledge base in a model's name.
const MODEL_PREFIX: &str = "riddle/";

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(chat_completions::create_chat_completion)
        .service(embeddings::create_embedding)
        .service(models::list_models)
        .service(models::get_model);
}
