mod audit;
mod health;
mod metrics;
mod openapi;
mod overview;

use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) use openapi::OpenApiJson;

/// Routes under `/api/v1`.
pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(health::health)
        .service(overview::get_system)
        .service(audit::audit);
}

/// Routes at the root, where their readers expect them.
pub(super) fn configure_root(config: &mut ServiceConfig<'_>) {
    config
        .service(metrics::metrics)
        .service(openapi::openapi_json);
}
