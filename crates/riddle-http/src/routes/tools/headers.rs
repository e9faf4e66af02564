use std::time::Duration;

use actix_web::HttpResponseBuilder;
use actix_web::http::header::HeaderValue;
use riddle_engine::RerankedPairs;

use super::ranking::tokens;

/// The headers of text-embeddings-inference about what an answer took, times in milliseconds.
pub(super) struct ComputeHeaders<'a> {
    pub(super) device: &'a str,
    pub(super) characters: usize,
    pub(super) tokens: u64,
    pub(super) waited: Duration,
    pub(super) elapsed: Duration,
}

impl ComputeHeaders<'_> {
    pub(super) fn add_to(&self, response: &mut HttpResponseBuilder) {
        let computed = self.elapsed.saturating_sub(self.waited);
        response
            .insert_header(("x-compute-type", self.device))
            .insert_header(("x-compute-time", millis(computed)))
            .insert_header(("x-compute-characters", self.characters.to_string()))
            .insert_header(("x-compute-tokens", self.tokens.to_string()))
            .insert_header(("x-total-time", millis(self.elapsed)))
            .insert_header(("x-queue-time", millis(self.waited)))
            .insert_header(("x-inference-time", millis(computed)));
    }
}

/// What a body that must be another server's says nothing of: the same headers, and which model scored, whether it
/// is the fallback for a cross-encoder, and how many texts were cut. Nothing where nothing was scored.
pub(super) fn add_rerank_headers(
    response: &mut HttpResponseBuilder,
    results: &[RerankedPairs],
    characters: usize,
) {
    let Some(first) = results.first() else {
        return;
    };
    let compute = ComputeHeaders {
        device: &first.device,
        characters,
        tokens: results.iter().map(tokens).sum(),
        waited: results.iter().map(|result| result.waited).sum(),
        elapsed: results.iter().map(|result| result.elapsed).sum(),
    };
    compute.add_to(response);
    let pairs = results.iter().flat_map(|result| &result.scores);
    let truncated = pairs.filter(|pair| pair.truncated).count();
    // A catalogue of one's own may have names that no header can hold.
    if let Ok(model) = HeaderValue::from_str(&first.model) {
        response.insert_header(("x-riddle-model", model));
    }
    response
        .insert_header(("x-riddle-stand-in", first.fallback.to_string()))
        .insert_header(("x-riddle-truncated", truncated.to_string()));
}

fn millis(duration: Duration) -> String {
    duration.as_millis().to_string()
}
