//! Cross-encoders.

use std::path::PathBuf;
use std::time::Instant;

use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};
use riddle_core::{
    LongPassages, ModelError, Pair, PairScore, RerankKind, Reranker, RerankerInfo, ScoreOptions,
    ScoreScale, Window,
};

use crate::convert::{Head, Precision, Source};
use crate::encoder::{EncodedQuery, EncodedText, Encoder, InputBuilder};
use crate::open::Wanted;
use crate::runtime::OnnxRuntime;
use crate::tokenizer::HfTokenizer;

const OUTPUTS: [&str; 1] = ["logits"];

/// A cross-encoder and where its files lie.
#[derive(Clone, PartialEq, Debug)]
pub struct CrossEncoderSpec {
    /// Catalogue name.
    pub name: String,
    /// Folder with `config.json`, `tokenizer.json` and the weights.
    pub folder: PathBuf,
    /// Path of the weights within the folder: a `.safetensors` file, or an `.onnx` file that is used as it is.
    pub weights: String,
    /// Folder for converted graphs.
    pub cache: PathBuf,
    /// Precision of weights that are safetensors.
    pub precision: Precision,
    /// Longest pair in tokens, special tokens included. The model's own limit holds where it is lower.
    pub max_tokens: usize,
    /// What raw scores mean.
    pub scale: ScoreScale,
    /// Weight against the fused score, 0 to 1.
    pub default_weight: f32,
}

/// A cross-encoder.
pub struct OnnxCrossEncoder {
    info: RerankerInfo,
    encoder: Encoder,
    inputs: InputBuilder,
}

impl OnnxCrossEncoder {
    /// Loads a cross-encoder, converting its weights if that was not done before, and runs it once.
    ///
    /// # Errors
    /// A file is missing, damaged, or describes a model that gives no single score.
    pub fn open(runtime: &OnnxRuntime, spec: &CrossEncoderSpec) -> Result<Self, ModelError> {
        let source = Source::new(&spec.name, &spec.folder);
        let wanted = Wanted {
            source: source.clone(),
            weights: &spec.weights,
            cache: &spec.cache,
            head: Head::Classifier,
            precision: spec.precision,
            outputs: &OUTPUTS,
        };
        let opened = wanted.open(runtime)?;
        let max_tokens = spec.max_tokens.min(opened.max_tokens);
        let tokenizer = HfTokenizer::read(&source)?;
        let mut reranker = Self {
            info: RerankerInfo {
                name: spec.name.clone(),
                kind: RerankKind::CrossEncoder,
                max_tokens,
                scale: spec.scale,
                default_weight: spec.default_weight,
                device: "cpu".to_owned(),
                layers: None,
            },
            encoder: opened.encoder,
            inputs: InputBuilder::new(&source, tokenizer)?,
        };
        reranker.check(&source, &spec.weights)?;
        Ok(reranker)
    }

    /// Keeps the token ids of passages, in at most so many bytes: tokenizing takes a fifteenth of the time of a small
    /// model, and passages that one question finds are found by others too.
    #[must_use]
    pub fn keep_passages(mut self, bytes: usize) -> Self {
        self.inputs.keep_passages(bytes);
        self
    }

    /// The inputs of the pairs: one for each, or one for each window of a long passage.
    fn encode(&self, pairs: &[Pair<'_>], options: &ScoreOptions) -> Result<Vec<Slice>, ModelError> {
        let encode = || -> Result<Vec<Slice>, tokenizers::Error> {
            let mut slices = Vec::with_capacity(pairs.len());
            let mut first = 0;
            for same in pairs.chunk_by(|a, b| a.query == b.query) {
                let query = self.inputs.query(same[0].query, self.info.max_tokens)?;
                let encoded: Result<Vec<Vec<Slice>>, tokenizers::Error> = same
                    .par_iter()
                    .enumerate()
                    .map(|(place, pair)| self.slices(first + place, &query, pair.passage, options))
                    .collect();
                slices.extend(encoded?.into_iter().flatten());
                first += same.len();
            }
            Ok(slices)
        };
        encode().map_err(|error| ModelError::Failed {
            model: self.info.name.clone(),
            message: format!("its tokenizer: {error}"),
        })
    }

    fn slices(
        &self,
        pair: usize,
        query: &EncodedQuery,
        passage: &str,
        options: &ScoreOptions,
    ) -> Result<Vec<Slice>, tokenizers::Error> {
        let slice = |(text, window)| Slice { pair, text, window };
        let texts = match options.long_passages {
            LongPassages::MaxSlice => self.inputs.slices(query, passage)?,
            LongPassages::Truncate => {
                let side = options.truncation_side;
                vec![(self.inputs.pair(query, passage, side)?, None)]
            }
        };
        Ok(texts.into_iter().map(slice).collect())
    }

    fn run(
        &mut self,
        slices: Vec<Slice>,
        pairs: usize,
        go_on: impl Fn() -> bool + Sync,
    ) -> Result<Vec<Option<PairScore>>, ModelError> {
        let order: Vec<usize> = (0..slices.len()).collect();
        let (texts, owners): (Vec<EncodedText>, Vec<(usize, Option<Window>)>) = slices
            .into_iter()
            .map(|slice| (slice.text, (slice.pair, slice.window)))
            .unzip();
        let scores = self
            .encoder
            .map(&texts, &order, go_on, |text, output| PairScore {
                raw: match output.values {
                    [score] => *score,
                    _ => f32::NAN,
                },
                tokens: text.ids.len() as u32,
                truncated: text.truncated,
                window: None,
            })?;
        let windows = owners.into_iter().zip(scores);
        Ok(best_windows(pairs, windows))
    }

    /// A graph that gives no single score is told now, not with the first question.
    fn check(&mut self, source: &Source<'_>, file: &str) -> Result<(), ModelError> {
        let pair = Pair {
            query: "riddle",
            passage: "sieve",
        };
        let slices = self.encode(&[pair], &ScoreOptions::until(Instant::now()))?;
        let scores = self.run(slices, 1, || true)?;
        if matches!(&*scores, [Some(score)] if score.raw.is_finite()) {
            Ok(())
        } else {
            Err(source.bad(
                file,
                "does not give one finite score for a pair",
                "use a cross-encoder with one label or two",
            ))
        }
    }
}

impl Reranker for OnnxCrossEncoder {
    fn info(&self) -> &RerankerInfo {
        &self.info
    }

    /// The deadline is looked at before each passage, so it is passed by one passage at most.
    fn score(
        &mut self,
        pairs: &[Pair<'_>],
        options: &ScoreOptions,
    ) -> Result<Vec<Option<PairScore>>, ModelError> {
        let in_time = || Instant::now() < options.deadline;
        if !in_time() {
            return Ok(vec![None; pairs.len()]);
        }
        let slices = self.encode(pairs, options)?;
        self.run(slices, pairs.len(), in_time)
    }
}

/// One input of a pair.
struct Slice {
    /// Index of the pair.
    pair: usize,
    text: EncodedText,
    /// Which window of the passage it holds, where there are several.
    window: Option<Window>,
}

/// The best window's score for each pair, with the tokens of all of them. A pair of which a window was not scored is
/// not scored, since that window may be the one with the answer.
fn best_windows(
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
    use riddle_core::Span;

    use super::*;

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
