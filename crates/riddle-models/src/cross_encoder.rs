//! Cross-encoders.

use std::path::PathBuf;
use std::time::Instant;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use riddle_core::{
    ModelError, Pair, PairScore, RerankKind, Reranker, RerankerInfo, ScoreOptions, ScoreScale,
};

use crate::convert::{Head, Precision, Source};
use crate::encoder::{EncodedText, Encoder, InputBuilder};
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
            folder: &spec.folder,
            weights: &spec.weights,
            cache: &spec.cache,
            head: Head::Classifier,
            precision: spec.precision,
            outputs: &OUTPUTS,
        };
        let opened = wanted.open(runtime)?;
        // A file of another tool says nothing about its limit, so the specification must be right there.
        let limit = opened
            .config
            .map_or(usize::MAX, |config| config.max_tokens());
        let max_tokens = spec.max_tokens.min(limit);
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

    fn encode(&self, pairs: &[Pair<'_>]) -> Result<Vec<EncodedText>, ModelError> {
        let encode = || -> Result<Vec<EncodedText>, tokenizers::Error> {
            let mut texts = Vec::with_capacity(pairs.len());
            for same in pairs.chunk_by(|a, b| a.query == b.query) {
                let query = self.inputs.query(same[0].query, self.info.max_tokens)?;
                let encoded: Result<Vec<EncodedText>, tokenizers::Error> = same
                    .par_iter()
                    .map(|pair| self.inputs.pair(&query, pair.passage))
                    .collect();
                texts.extend(encoded?);
            }
            Ok(texts)
        };
        encode().map_err(|error| ModelError::Failed {
            model: self.info.name.clone(),
            message: format!("its tokenizer: {error}"),
        })
    }

    fn run(
        &mut self,
        texts: &[EncodedText],
        go_on: impl Fn() -> bool + Sync,
    ) -> Result<Vec<Option<PairScore>>, ModelError> {
        let order: Vec<usize> = (0..texts.len()).collect();
        self.encoder
            .map(texts, &order, go_on, |text, output| PairScore {
                raw: match output.values {
                    [score] => *score,
                    _ => f32::NAN,
                },
                tokens: text.ids.len() as u32,
                truncated: text.truncated,
                window: None,
            })
    }

    /// A graph that gives no single score is told now, not with the first question.
    fn check(&mut self, source: &Source<'_>, file: &str) -> Result<(), ModelError> {
        let texts = self.encode(&[Pair {
            query: "riddle",
            passage: "sieve",
        }])?;
        let scores = self.run(&texts, || true)?;
        if matches!(&*scores, [Some(score)] if score.raw.is_finite()) {
            Ok(())
        } else {
            Err(source.bad(
                file,
                "does not give one finite score for a pair",
                "use a cross-encoder with one label",
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
        let texts = self.encode(pairs)?;
        self.run(&texts, in_time)
    }
}
