mod add;
mod cancel;
mod events;
mod list;
mod look;
mod pull;
mod verify;

use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list::list_library)
        .service(look::look_at_model)
        .service(add::add_model)
        .service(pull::pull_model)
        .service(cancel::cancel_pull)
        .service(events::follow_pull)
        .service(verify::verify_model);
}
