use std::time::Duration;

use actix_web::HttpResponseBuilder;

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

fn millis(duration: Duration) -> String {
    duration.as_millis().to_string()
}
