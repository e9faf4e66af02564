use riddle_api::RerankDto;
use riddle_core::RerankReport;

use super::convert::ConvertFrom;

impl ConvertFrom<RerankReport> for RerankDto {
    fn convert_from(report: RerankReport) -> Self {
        let rounded = |ms: f64| (ms * 1_000.0).round() / 1_000.0;
        let (reason, reason_code) = match report.reason {
            Some(reason) => (Some(reason.text), Some(reason.code.code().to_owned())),
            None => (None, None),
        };
        Self {
            status: report.status.as_str().to_owned(),
            reason,
            reason_code,
            model: report.model,
            kind: report.kind.map(|one| one.as_str().to_owned()),
            stand_in: report.stand_in,
            device: report.device,
            weight: report.weight,
            scale: report.scale.map(|one| one.as_str().to_owned()),
            long_passages: report.long_passages.map(|one| one.as_str().to_owned()),
            cutoff_layer: report.cutoff_layer,
            ms: rounded(report.ms),
            queue_ms: rounded(report.queue_ms),
            pairs: report.pairs,
            unscored_pairs: report.unscored_pairs,
            tokens: report.tokens,
            truncated_pairs: report.truncated_pairs,
            windows: report.windows,
        }
    }
}
