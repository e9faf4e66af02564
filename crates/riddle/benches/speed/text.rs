use serde_json::json;

use crate::support::{Server, root};

/// Documents between two looks at how many chunks there are.
const DOCUMENTS_AT_ONCE: u32 = 5;

/// Sentences of the handbook in an order that a seed decides: English prose of any length that is not one text
/// repeated.
pub(crate) fn prose(seed: u64, bytes: usize) -> String {
    let sentences = sentences();
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut text = String::with_capacity(bytes + 256);
    while text.len() < bytes {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let place = usize::try_from(state % sentences.len() as u64).unwrap_or(0);
        text.push_str(&sentences[place]);
        // A number makes the sentence one of its kind, as names and figures do in real documents.
        text.push_str(&format!(" Case {}.", state % 100_000));
        text.push_str(if state.is_multiple_of(5) { "\n\n" } else { " " });
    }
    text
}

/// A knowledge base `kb` with at least `chunks` chunks of at most `max_tokens` tokens.
pub(crate) async fn fill(server: &Server, max_tokens: u32, chunks: u64) {
    let settings = json!({"max_tokens": max_tokens, "overlap_tokens": 0});
    server
        .post(
            "/api/v1/knowledge-bases",
            json!({"name": "kb", "chunking": settings}),
        )
        .await;
    let mut seed = 5_000;
    while server.get("/api/v1/knowledge-bases/kb").await["chunks"].as_u64() < Some(chunks) {
        for _ in 0..DOCUMENTS_AT_ONCE {
            seed += 1;
            server
                .add_text(
                    "kb",
                    &format!("{seed}.txt"),
                    &prose(seed, 250_000),
                    json!({}),
                )
                .await;
        }
        server.settle().await;
    }
}

fn sentences() -> Vec<String> {
    let mut sentences = Vec::new();
    for entry in std::fs::read_dir(root().join("handbook/en"))
        .expect("the handbook")
        .flatten()
    {
        if entry
            .path()
            .extension()
            .is_some_and(|extension| extension == "md")
        {
            let text = std::fs::read_to_string(entry.path()).expect("a readable chapter");
            let prose = text
                .lines()
                .filter(|line| line.len() > 60 && !line.starts_with(['#', '|']));
            sentences.extend(
                prose
                    .flat_map(|line| line.split_inclusive(". "))
                    .map(|one| one.trim().to_owned()),
            );
        }
    }
    sentences.sort();
    sentences
}

/// The value below which this share of the values lies.
pub(crate) fn percentile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let place = ((values.len() as f64 * share).ceil() as usize).clamp(1, values.len());
    values[place - 1]
}
