use riddle_core::PairScore;
use riddle_engine::RerankedPairs;

/// A passage in the order that the scores give.
pub(super) struct Ranked<'a> {
    /// Its place in the request, from 0.
    pub(super) index: usize,
    /// As it is shown.
    pub(super) score: f32,
    pub(super) pair: &'a PairScore,
}

/// The passages, best first; equal ones in the order given.
pub(super) fn ranked(result: &RerankedPairs, raw: bool) -> Vec<Ranked<'_>> {
    let score = |pair: &PairScore| match raw {
        true => pair.raw,
        false => result.scale.normalize(pair.raw),
    };
    let places = result.scores.iter().enumerate();
    let mut ranked: Vec<Ranked<'_>> = places
        .map(|(index, pair)| Ranked {
            index,
            score: score(pair),
            pair,
        })
        .collect();
    ranked.sort_by(|a, b| b.pair.raw.total_cmp(&a.pair.raw));
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
