mod add;
mod batch;
mod chunks;
mod content;
mod delete;
mod events;
mod file_name;
mod flag;
mod get;
mod list;
mod multipart;
mod retry;

use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(add::add_documents)
        .service(list::list_documents)
        .service(get::get_document)
        .service(delete::delete_document)
        .service(chunks::list_chunks)
        .service(content::get_content)
        .service(events::follow_document)
        .service(retry::retry_document);
}
