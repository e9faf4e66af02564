use riddle_engine::RerankedPairs;

/// Place in the request and score of each passage, best first; equal ones in the order given.
pub(super) fn ranked(result: &RerankedPairs, raw: bool) -> Vec<(usize, f32)> {
    let mut ranked: Vec<(usize, f32)> = result
        .scores
        .iter()
        .map(|pair| pair.raw)
        .enumerate()
        .collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    if !raw {
        for (_, score) in &mut ranked {
            *score = result.scale.normalize(*score);
        }
    }
    ranked
}

/// Tokens scored.
pub(super) fn tokens(result: &RerankedPairs) -> u64 {
    result
        .scores
        .iter()
        .map(|pair| u64::from(pair.tokens))
        .sum()
}
