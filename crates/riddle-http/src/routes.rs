//! One handler per file, by resource.

mod chats;
mod chunks;
mod comparisons;
mod documents;
mod evaluations;
mod knowledge_bases;
mod models;
mod openai;
mod page;
mod paging;
mod query;
mod system;
mod tools;
mod unmatched;

use utoipa_actix_web::scope;
use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) use system::OpenApiJson;
pub(crate) use unmatched::{RouteTable, unmatched};

/// Registers every documented route, for the router and the OpenAPI document alike.
pub(crate) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(
            scope::scope("/api/v1")
                .configure(knowledge_bases::configure)
                .configure(documents::configure)
                .configure(chunks::configure)
                .configure(query::configure)
                .configure(comparisons::configure)
                .configure(evaluations::configure)
                .configure(chats::configure)
                .configure(models::configure)
                .configure(system::configure),
        )
        .service(
            scope::scope("/v1")
                .configure(openai::configure)
                .configure(tools::configure_v1),
        )
        .service(scope::scope("/v2").configure(tools::configure_v2));
    tools::configure_root(config);
    system::configure_root(config);
}

/// Registers the start page, which is not part of the API.
pub(crate) fn configure_page(config: &mut actix_web::web::ServiceConfig) {
    page::configure(config);
}
