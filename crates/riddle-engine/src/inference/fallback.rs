//! The fallback if there is no cross-encoder: late interaction over the embedder.

use std::sync::Arc;

use riddle_core::{PairScore, ScoreOptions, Tokenizer, TruncationSide};

use crate::blocking::run_blocking;
use crate::error::EngineError;
use crate::models::{EmbedderHandle, PairScores, SPECIAL_TOKENS};
use crate::reranking::late_scores;

/// Scores passages, cut as the options say. There are no windows, because the embedder makes token vectors of what fits
/// into it alone.
pub(super) async fn score(
    embedder: &EmbedderHandle,
    query: String,
    passages: Vec<String>,
    options: ScoreOptions,
) -> Result<PairScores, EngineError> {
    let plain =
        options.passage_tokens.is_none() && options.truncation_side == TruncationSide::Right;
    if plain {
        return late_scores(embedder, query, passages, options.deadline).await;
    }
    let tokenizer = Arc::clone(&embedder.tokenizer);
    let room = embedder.info.max_tokens.saturating_sub(SPECIAL_TOKENS);
    let most = options.passage_tokens.map_or(room, |limit| limit.min(room));
    let side = options.truncation_side;
    let (passages, cut) = run_blocking("counting tokens", move || {
        let cut = |passage: String| cut(tokenizer.as_ref(), passage, most, side);
        passages
            .into_iter()
            .map(cut)
            .unzip::<_, _, Vec<_>, Vec<_>>()
    })
    .await?;
    let mut scored = late_scores(embedder, query, passages, options.deadline).await?;
    for (score, cut) in scored.scores.iter_mut().zip(cut) {
        *score = score.map(|score| PairScore {
            truncated: score.truncated || cut,
            ..score
        });
    }
    Ok(scored)
}

/// Whether query and passage of each pair fit the embedder.
pub(super) async fn read_whole(
    embedder: &EmbedderHandle,
    query: String,
    passages: Vec<String>,
) -> Result<Vec<bool>, EngineError> {
    let tokenizer = Arc::clone(&embedder.tokenizer);
    let limit = embedder.info.max_tokens;
    run_blocking("counting tokens", move || {
        let fits = |text: &String| tokenizer.token_starts(text).len() + SPECIAL_TOKENS <= limit;
        let query_fits = fits(&query);
        passages
            .iter()
            .map(|passage| query_fits && fits(passage))
            .collect()
    })
    .await
}

/// At most `most` tokens of a passage, and whether there were more.
fn cut(
    tokenizer: &dyn Tokenizer,
    passage: String,
    most: usize,
    side: TruncationSide,
) -> (String, bool) {
    let starts = tokenizer.token_starts(&passage);
    if starts.len() <= most {
        return (passage, false);
    }
    let kept = match side {
        TruncationSide::Right => &passage[..starts[most]],
        TruncationSide::Left => match starts.get(starts.len() - most) {
            Some(&start) => &passage[start..],
            None => "",
        },
    };
    (kept.to_owned(), true)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Words;

    impl Tokenizer for Words {
        fn token_starts(&self, text: &str) -> Vec<usize> {
            let first = (!text.is_empty()).then_some(0);
            let others = text.match_indices(' ').map(|(at, _)| at + 1);
            first.into_iter().chain(others).collect()
        }
    }

    #[test]
    fn a_passage_is_cut_on_its_side() {
        let cut = |most, side| cut(&Words, "one two three".to_owned(), most, side);
        assert_eq!(
            cut(3, TruncationSide::Left),
            ("one two three".to_owned(), false)
        );
        assert_eq!(cut(2, TruncationSide::Right), ("one two ".to_owned(), true));
        assert_eq!(cut(2, TruncationSide::Left), ("two three".to_owned(), true));
        for side in [TruncationSide::Left, TruncationSide::Right] {
            assert_eq!(cut(0, side), (String::new(), true));
        }
    }
}
