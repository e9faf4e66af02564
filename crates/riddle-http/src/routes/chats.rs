mod ask;
mod create;
mod delete;
mod export;
mod feedback;
mod get;
mod list;
mod update;

use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(create::create_chat)
        .service(list::list_chats)
        .service(get::get_chat)
        .service(update::update_chat)
        .service(delete::delete_chat)
        .service(export::export_chat)
        .service(ask::ask_in_chat)
        .service(feedback::set_feedback)
        .service(feedback::delete_feedback)
        .service(feedback::list_feedback);
}
