mod delete;
mod get;
mod list;
mod preference;

use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(list::list_comparisons)
        .service(get::get_comparison)
        .service(delete::delete_comparison)
        .service(preference::set_preference)
        .service(preference::delete_preference);
}
