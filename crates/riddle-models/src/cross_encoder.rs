//! Cross-encoders.

use std::time::Instant;

use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};
use riddle_core::{
    LongPassages, ModelError, Pair, PairScore, RerankKind, Reranker, RerankerInfo, ScoreOptions,
};

use crate::compute::Compute;
use crate::encoder::{Cut, EncodedQuery, Encoder, InputBuilder, InputOfWindow};
use crate::open::Wanted;
use crate::reranker_spec::RerankerSpec;
use crate::scored_windows::{of_logits, score_windows};
use crate::tokenizer::{self, HfTokenizer};
use riddle_checkpoint::{Head, Source};

const OUTPUTS: [&str; 1] = ["logits"];

pub struct CrossEncoder {
    info: RerankerInfo,
    encoder: Encoder,
    inputs: InputBuilder,
}

impl CrossEncoder {
    /// Loads a cross-encoder, converting its weights if that was not done before, and runs it once.
    ///
    /// # Errors
    /// A file is missing, damaged, or describes a model that gives no single score.
    pub fn open(compute: &Compute, spec: &RerankerSpec) -> Result<Self, ModelError> {
        let source = Source::new(&spec.name, &spec.folder);
        let wanted = Wanted {
            source: source.clone(),
            weights: &spec.weights,
            cache: &spec.cache,
            head: Head::Classifier,
            precision: spec.precision,
            max_tokens: spec.max_tokens,
            outputs: &OUTPUTS,
            same_everywhere: false,
            needs_mask: false,
        };
        let opened = wanted.open(compute)?;
        let max_tokens = spec.max_tokens.min(opened.max_tokens);
        let tokenizer = HfTokenizer::read_beside_weights(&source, opened.vocabulary)?;
        let mut reranker = Self {
            info: RerankerInfo {
                name: spec.name.clone(),
                kind: RerankKind::CrossEncoder,
                max_tokens,
                scale: spec.scale,
                default_weight: spec.default_weight,
                device: compute.device().to_string(),
                layers: None,
                fingerprint: Some(opened.fingerprint(&spec.name)),
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

    /// What runs it, such as `onnxruntime` or `native avx2`.
    pub fn engine(&self) -> String {
        self.encoder.engine()
    }

    /// The inputs of the pairs: one for each, or one for each window of a long passage.
    fn encode(
        &self,
        pairs: &[Pair<'_>],
        options: &ScoreOptions,
    ) -> Result<Vec<(usize, InputOfWindow)>, ModelError> {
        let encode = || -> Result<Vec<(usize, InputOfWindow)>, tokenizers::Error> {
            let mut inputs = Vec::with_capacity(pairs.len());
            let mut first = 0;
            for same in pairs.chunk_by(|a, b| a.query == b.query) {
                let query = self.inputs.query(same[0].query, self.info.max_tokens)?;
                let encoded: Result<Vec<Vec<(usize, InputOfWindow)>>, tokenizers::Error> = same
                    .par_iter()
                    .enumerate()
                    .map(|(place, pair)| self.windows(first + place, &query, pair.passage, options))
                    .collect();
                inputs.extend(encoded?.into_iter().flatten());
                first += same.len();
            }
            Ok(inputs)
        };
        encode().map_err(|error| tokenizer::failed(&self.info.name, &error))
    }

    fn windows(
        &self,
        pair: usize,
        query: &EncodedQuery,
        passage: &str,
        options: &ScoreOptions,
    ) -> Result<Vec<(usize, InputOfWindow)>, tokenizers::Error> {
        let texts = match options.long_passages {
            LongPassages::MaxSlice => self.inputs.windows(query, passage)?,
            LongPassages::Truncate => {
                vec![(self.inputs.pair(query, passage, Cut::of(options))?, None)]
            }
        };
        Ok(texts.into_iter().map(|text| (pair, text)).collect())
    }

    /// A graph that gives no single score is told now, not with the first question.
    fn check(&mut self, source: &Source<'_>, file: &str) -> Result<(), ModelError> {
        let pair = Pair {
            query: "riddle",
            passage: "sieve",
        };
        let inputs = self.encode(&[pair], &ScoreOptions::until(Instant::now()))?;
        let scores = score_windows(&mut self.encoder, inputs, 1, || true, of_logits)?;
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

impl Reranker for CrossEncoder {
    fn info(&self) -> &RerankerInfo {
        &self.info
    }

    fn parallel(&self) -> usize {
        self.encoder.parallel()
    }

    /// The deadline is looked at before each passage or batch of short ones, so it is passed by one of them at most.
    fn score(
        &mut self,
        pairs: &[Pair<'_>],
        options: &ScoreOptions,
    ) -> Result<Vec<Option<PairScore>>, ModelError> {
        let in_time = || Instant::now() < options.deadline;
        if !in_time() {
            return Ok(vec![None; pairs.len()]);
        }
        let inputs = self.encode(pairs, options)?;
        score_windows(&mut self.encoder, inputs, pairs.len(), in_time, of_logits)
    }

    fn read_whole(
        &mut self,
        pairs: &[Pair<'_>],
        options: &ScoreOptions,
    ) -> Result<Vec<bool>, ModelError> {
        let whole = |pair: &Pair<'_>| {
            let query = self.inputs.query(pair.query, self.info.max_tokens)?;
            let text = self.inputs.pair(&query, pair.passage, Cut::of(options))?;
            Ok(!query.truncated && !text.truncated)
        };
        let whole: Result<Vec<bool>, tokenizers::Error> = pairs.par_iter().map(whole).collect();
        whole.map_err(|error| tokenizer::failed(&self.info.name, &error))
    }
}
