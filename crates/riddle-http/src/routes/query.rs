mod answer_events;
mod ask;
mod compare;
mod search;

use actix_web::http::header::HeaderName;
use utoipa_actix_web::service_config::ServiceConfig;

pub(super) use answer_events::finished;

const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(search::search)
        .service(ask::ask)
        .service(compare::compare);
}
