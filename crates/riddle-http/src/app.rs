use std::sync::Arc;

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::{App, Error, web};
use utoipa_actix_web::AppExt;

use crate::aliases::ModelAliases;
use crate::error::{ApiError, ErrorCode};
use crate::gate::Gate;
use crate::guard::{admit, hold, observe, promise};
use crate::metrics::Metrics;
use crate::openapi::{complete, frame};
use crate::options::HttpOptions;
use crate::routes::{self, OpenApiJson, RouteTable, unmatched};
use crate::state::ServerState;

/// The whole application.
pub(crate) fn app(
    state: ServerState,
    options: HttpOptions,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = Error,
        InitError = (),
    >,
> {
    let state = ServerState {
        aliases: ModelAliases::new(options.model_aliases.clone()),
        ..state
    };
    let gate = Gate {
        options,
        bodies: state.bodies.clone(),
        answers: state.answers.clone(),
        listen: state.listen,
    };
    shell(gate, Arc::clone(&state.metrics)).app_data(web::Data::new(state))
}

/// Routes and checks, without the engine behind them.
fn shell(
    gate: Gate,
    metrics: Arc<Metrics>,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = Error,
        InitError = (),
    >,
> {
    let (app, mut document) = App::new()
        .into_utoipa_app()
        .openapi(frame())
        .configure(routes::configure)
        .split_for_parts();
    complete(&mut document);
    let table = RouteTable::new(&document);
    let json = document.to_json().unwrap_or_default();
    app.configure(routes::configure_page)
        .default_service(web::to(unmatched))
        .app_data(web::Data::new(gate))
        .app_data(web::Data::from(metrics))
        .app_data(web::Data::new(table))
        .app_data(web::Data::new(OpenApiJson(json.into())))
        .app_data(
            web::PathConfig::default().error_handler(|_error, _request| {
                ApiError::new(ErrorCode::NOT_FOUND, "the id in the address is not a UUID").into()
            }),
        )
        .app_data(
            web::QueryConfig::default().error_handler(|error, _request| {
                ApiError::new(ErrorCode::INVALID_REQUEST, query_problem(&error)).into()
            }),
        )
        .wrap(from_fn(promise))
        .wrap(from_fn(admit))
        .wrap(from_fn(hold))
        .wrap(from_fn(observe))
}

fn query_problem(error: &actix_web::error::QueryPayloadError) -> String {
    let message = error.to_string();
    let problem = message.rsplit("error: ").next().unwrap_or(&message);
    let problem: String = problem.chars().take(200).collect();
    format!("the query of the address is not valid: {problem}")
}

#[cfg(test)]
mod tests;
