mod answer_events;
mod ask;
mod compare;
mod search;

use actix_web::http::header::HeaderName;
use utoipa_actix_web::service_config::ServiceConfig;

pub(super) use answer_events::{answer_event, error_event, finished};

const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(search::search)
        .service(search::search_several)
        .service(ask::ask)
        .service(ask::ask_several)
        .service(compare::compare);
}
