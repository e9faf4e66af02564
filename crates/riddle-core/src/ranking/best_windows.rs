use crate::ports::rerank::{PairScore, Window};

/// The best window's score for each pair, with the tokens of all of them. A pair of which a window was not scored is
/// not scored, since that window may be the one with the answer.
pub fn best_windows(
    pairs: usize,
    windows: impl Iterator<Item = ((usize, Option<Window>), Option<PairScore>)>,
) -> Vec<Option<PairScore>> {
    let mut best: Vec<Option<PairScore>> = vec![None; pairs];
    let mut missed = vec![false; pairs];
    for ((pair, window), score) in windows {
        let Some(score) = score else {
            missed[pair] = true;
            continue;
        };
        let score = PairScore { window, ..score };
        best[pair] = Some(match best[pair] {
            None => score,
            Some(known) => {
                let tokens = known.tokens.saturating_add(score.tokens);
                let better = score.raw > known.raw || known.raw.is_nan();
                PairScore {
                    tokens,
                    ..if better { score } else { known }
                }
            }
        });
    }
    for (best, missed) in best.iter_mut().zip(missed) {
        if missed {
            *best = None;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::chunk::Span;

    fn window(index: u32, count: u32) -> Option<Window> {
        let span = Span { start: 0, end: 9 };
        Some(Window { index, count, span })
    }

    fn score(raw: f32) -> Option<PairScore> {
        Some(PairScore {
            raw,
            tokens: 100,
            truncated: false,
            window: None,
        })
    }

    #[test]
    fn a_pair_has_the_score_of_its_best_window_if_all_were_scored() {
        let windows = [
            ((0, None), score(0.5)),
            ((1, window(0, 3)), score(1.0)),
            ((1, window(1, 3)), score(3.0)),
            ((1, window(2, 3)), score(2.0)),
            ((2, window(0, 2)), score(4.0)),
            ((2, window(1, 2)), None),
            ((3, None), None),
        ];
        let best = best_windows(4, windows.into_iter());
        assert_eq!(best[0], score(0.5));
        let winner = best[1].expect("scored");
        assert_eq!((winner.raw, winner.tokens), (3.0, 300));
        assert_eq!(winner.window, window(1, 3));
        assert_eq!(best[2..], [None, None]);
    }

    #[test]
    fn a_window_that_gave_no_number_is_beaten_by_any() {
        let windows = [
            ((0, window(0, 2)), score(f32::NAN)),
            ((0, window(1, 2)), score(-9.0)),
        ];
        let best = best_windows(1, windows.into_iter());
        assert_eq!(best[0].map(|score| score.raw), Some(-9.0));
    }
}
