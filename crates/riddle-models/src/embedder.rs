//! Embedders.

mod pooling;

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;

use pooling::{pool, unit_rows};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use riddle_core::{
    Embedder, EmbedderInfo, LanguageCoverage, LoadedEmbedder, ModelError, Purpose, TokenVectors,
};

use crate::catalogue::PoolingKind;
use crate::compute::Compute;
use crate::encoder::{Cut, EncodedText, Encoder, InputBuilder};
use crate::open::Wanted;
use crate::tokenizer::HfTokenizer;
use riddle_checkpoint::{Head, Precision, Source};
use riddle_convert::Architecture;

/// Outputs that can be used, best first: token vectors serve both purposes, sentence vectors only one.
const OUTPUTS: [&str; 3] = ["last_hidden_state", "token_embeddings", SENTENCE];
const SENTENCE: &str = "sentence_embedding";

/// An embedder and where its files lie.
#[derive(Clone, PartialEq, Debug)]
pub struct EmbedderSpec {
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
    /// How token vectors become one.
    pub pooling: PoolingKind,
    /// Length of a vector.
    pub dimensions: usize,
    /// Put before a question; may be empty.
    pub query_prefix: String,
    /// Put before a passage; may be empty.
    pub passage_prefix: String,
    /// Longest input in tokens, special tokens included. The model's own limit holds where it is lower.
    pub max_tokens: usize,
    /// Languages it knows.
    pub languages: LanguageCoverage,
}

/// An embedder.
pub struct TextEmbedder {
    info: EmbedderInfo,
    encoder: Encoder,
    inputs: InputBuilder,
    pooling: PoolingKind,
    query_prefix: String,
    passage_prefix: String,
}

/// Texts tokenized in advance, to measure the bare runtime.
pub struct PreparedTexts {
    texts: Vec<EncodedText>,
    order: Vec<usize>,
}

impl TextEmbedder {
    /// Loads an embedder, converting its weights if that was not done before, and runs it once.
    ///
    /// # Errors
    /// A file is missing, damaged or describes another model than the specification.
    pub fn open(compute: &Compute, spec: &EmbedderSpec) -> Result<LoadedEmbedder, ModelError> {
        let (embedder, tokenizer) = Self::load(compute, spec)?;
        Ok(LoadedEmbedder {
            embedder: Box::new(embedder),
            tokenizer: Arc::new(tokenizer),
        })
    }

    /// As [`Self::open`], as concrete types.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn load(compute: &Compute, spec: &EmbedderSpec) -> Result<(Self, HfTokenizer), ModelError> {
        Self::load_with(compute, spec, true)
    }

    /// With the same vectors on every CPU, or with those that are computed fastest.
    fn load_with(
        compute: &Compute,
        spec: &EmbedderSpec,
        same_everywhere: bool,
    ) -> Result<(Self, HfTokenizer), ModelError> {
        let source = Source::new(&spec.name, &spec.folder);
        check_dimensions(&source, spec)?;
        let wanted = Wanted {
            source: source.clone(),
            weights: &spec.weights,
            cache: &spec.cache,
            head: Head::HiddenStates,
            precision: spec.precision,
            max_tokens: spec.max_tokens,
            outputs: &OUTPUTS,
            same_everywhere,
        };
        let opened = wanted.open(compute)?;
        let fingerprint =
            |arithmetic: &str| format!("{}:{arithmetic}:{}", spec.name, opened.content);
        let tokenizer = HfTokenizer::read(&source)?;
        let mut embedder = Self {
            info: EmbedderInfo {
                name: spec.name.clone(),
                fingerprint: fingerprint(&opened.arithmetic),
                compatible: opened.compatible.iter().map(|a| fingerprint(a)).collect(),
                dimensions: spec.dimensions,
                max_tokens: spec.max_tokens.min(opened.max_tokens),
                languages: spec.languages.clone(),
                device: compute.device().to_string(),
            },
            encoder: opened.encoder,
            inputs: InputBuilder::new(&source, tokenizer.clone())?,
            pooling: spec.pooling,
            query_prefix: spec.query_prefix.clone(),
            passage_prefix: spec.passage_prefix.clone(),
        };
        embedder.check(&source, &spec.weights)?;
        Ok((embedder, tokenizer))
    }

    /// What runs it, such as `onnxruntime` or `native avx2`.
    pub fn engine(&self) -> String {
        self.encoder.engine()
    }

    /// Tokenizes texts, so that [`Self::run_prepared`] measures the runtime alone.
    ///
    /// # Errors
    /// The tokenizer failed.
    pub fn prepare(&self, texts: &[&str], purpose: Purpose) -> Result<PreparedTexts, ModelError> {
        let texts = self.encode(texts, purpose)?;
        let mut order: Vec<usize> = (0..texts.len()).collect();
        // The longest first: then no thread is left with a long text at the end.
        order.sort_by_key(|index| std::cmp::Reverse(texts[*index].ids.len()));
        Ok(PreparedTexts { texts, order })
    }

    /// Runs the graph over prepared texts and drops what it gives.
    ///
    /// # Errors
    /// The runtime failed.
    pub fn run_prepared(&mut self, texts: &PreparedTexts) -> Result<(), ModelError> {
        self.run(texts, |_, _| ()).map(drop)
    }

    fn run<T: Send>(
        &mut self,
        prepared: &PreparedTexts,
        map: impl Fn(&EncodedText, crate::encoder::Output<'_>) -> T + Sync,
    ) -> Result<Vec<T>, ModelError> {
        let results = self
            .encoder
            .map(&prepared.texts, &prepared.order, || true, map)?;
        Ok(results.into_iter().flatten().collect())
    }

    fn encode(&self, texts: &[&str], purpose: Purpose) -> Result<Vec<EncodedText>, ModelError> {
        let prefix = match purpose {
            Purpose::Query => &self.query_prefix,
            Purpose::Passage => &self.passage_prefix,
        };
        let encode = |text: &&str| {
            let text = if prefix.is_empty() {
                Cow::Borrowed(*text)
            } else {
                Cow::Owned(format!("{prefix}{text}"))
            };
            self.inputs.single(&text, self.info.max_tokens, Cut::END)
        };
        let encoded: Result<Vec<_>, _> = match texts {
            [text] => encode(text).map(|text| vec![text]),
            _ => texts.par_iter().map(encode).collect(),
        };
        encoded.map_err(|error| self.failed(&format!("its tokenizer: {error}")))
    }

    /// A graph that does not fit its description is told now, not with the first document.
    fn check(&mut self, source: &Source<'_>, file: &str) -> Result<(), ModelError> {
        let vectors = self.embed(&["riddle"], Purpose::Passage)?;
        let [vector] = &*vectors else {
            return Err(source.damaged(file, "gives no vector"));
        };
        if vector.len() != self.info.dimensions {
            let problem = format!("gives vectors of {} numbers", vector.len());
            return Err(source.damaged(file, &problem));
        }
        if !vector.iter().all(|value| value.is_finite()) {
            return Err(source.damaged(file, "gives numbers that are not finite"));
        }
        Ok(())
    }

    fn failed(&self, message: &str) -> ModelError {
        ModelError::Failed {
            model: self.info.name.clone(),
            message: message.to_owned(),
        }
    }
}

impl Embedder for TextEmbedder {
    fn info(&self) -> &EmbedderInfo {
        &self.info
    }

    fn parallel(&self) -> usize {
        self.encoder.parallel()
    }

    fn embed(&mut self, texts: &[&str], purpose: Purpose) -> Result<Vec<Vec<f32>>, ModelError> {
        let prepared = self.prepare(texts, purpose)?;
        let pooling = self.pooling;
        self.run(&prepared, |_, output| pool(&output, pooling))
    }

    fn token_vectors(
        &mut self,
        texts: &[&str],
        purpose: Purpose,
    ) -> Result<Vec<TokenVectors>, ModelError> {
        if self.encoder.output() == SENTENCE {
            return Err(self.failed(
                "its graph gives no token vectors; use its safetensors, or a graph with the output `last_hidden_state`",
            ));
        }
        let prepared = self.prepare(texts, purpose)?;
        self.run(&prepared, |text, output| unit_rows(&output, &text.content))
    }
}

/// Says no before anything is converted where the model has vectors of another length.
fn check_dimensions(source: &Source<'_>, spec: &EmbedderSpec) -> Result<(), ModelError> {
    if spec.weights.ends_with(".onnx") {
        return Ok(());
    }
    let hidden = Architecture::read(source)?.hidden();
    if hidden == spec.dimensions {
        return Ok(());
    }
    let problem = format!(
        "describes vectors of {} numbers where {} are expected",
        hidden, spec.dimensions
    );
    Err(source.damaged("config.json", &problem))
}

#[cfg(test)]
mod tests;
