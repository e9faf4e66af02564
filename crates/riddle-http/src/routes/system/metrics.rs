use actix_web::{HttpResponse, get, web};

use crate::error::{ApiError, ErrorBody};
use crate::metrics::Gauges;
use crate::state::ServerState;

const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Counters and histograms for Prometheus
#[utoipa::path(
    tag = "system",
    responses(
        (status = 200, description = "OpenMetrics text", body = String, content_type = "application/openmetrics-text"),
        (status = "default", description = "Any error", body = ErrorBody),
    ),
)]
#[get("/metrics")]
pub(super) async fn metrics(state: web::Data<ServerState>) -> Result<HttpResponse, ApiError> {
    let gauges = Gauges {
        health: state.engine.health().await?,
        documents: state.engine.count_documents().await?,
    };
    let text = state.metrics.encode(&gauges).map_err(ApiError::internal)?;
    Ok(HttpResponse::Ok().content_type(OPENMETRICS).body(text))
}
