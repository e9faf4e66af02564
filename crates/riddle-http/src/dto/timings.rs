use riddle_api::TimingsDto;
use riddle_core::Timings;

use super::convert::ConvertFrom;

impl ConvertFrom<Timings> for TimingsDto {
    fn convert_from(timings: Timings) -> Self {
        let rounded = |ms: f64| (ms * 1_000.0).round() / 1_000.0;
        Self {
            queue_ms: rounded(timings.queue_ms),
            rewrite_ms: timings.rewrite_ms.map(rounded),
            embed_ms: timings.embed_ms.map(rounded),
            bm25_ms: timings.bm25_ms.map(rounded),
            dense_ms: timings.dense_ms.map(rounded),
            fuse_ms: rounded(timings.fuse_ms),
            rerank_ms: timings.rerank_ms.map(rounded),
            extract_ms: timings.extract_ms.map(rounded),
            prefill_ms: timings.prefill_ms.map(rounded),
            decode_ms: timings.decode_ms.map(rounded),
            first_token_ms: timings.first_token_ms.map(rounded),
            total_ms: rounded(timings.total_ms),
        }
    }
}
