mod get;
mod history;
mod restore;
mod update;

use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(get::get_chunk)
        .service(update::update_chunk)
        .service(history::list_revisions)
        .service(restore::restore_chunk);
}
