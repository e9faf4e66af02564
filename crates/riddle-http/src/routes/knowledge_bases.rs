mod create;
mod delete;
mod examples;
mod get;
mod list;
mod update;

use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn configure(config: &mut ServiceConfig<'_>) {
    config
        .service(create::create_knowledge_base)
        .service(list::list_knowledge_bases)
        .service(get::get_knowledge_base)
        .service(examples::example_questions)
        .service(update::update_knowledge_base)
        .service(delete::delete_knowledge_base);
}
