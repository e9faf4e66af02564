//! Embedders.

mod dense;
mod pooling;

use std::borrow::Cow;
use std::path::PathBuf;
use std::sync::Arc;

use dense::Dense;
use pooling::{SentenceHead, unit_rows};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use riddle_core::{
    Embedder, EmbedderInfo, LanguageCoverage, LoadedEmbedder, ModelError, Purpose, Similarity,
    TokenVectors,
};

use crate::catalogue::Pooling;
use crate::compute::Compute;
use crate::encoder::{Cut, EncodedText, Encoder, InputBuilder};
use crate::open::{Wanted, form_mark};
use crate::tokenizer::{self, HfTokenizer};
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
    pub pooling: Pooling,
    /// How its vectors are compared, which decides whether they are made of length 1.
    pub similarity: Similarity,
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

pub struct TextEmbedder {
    info: EmbedderInfo,
    encoder: Encoder,
    inputs: InputBuilder,
    head: SentenceHead,
    query_prefix: Prefix,
    passage_prefix: Prefix,
}

/// What is put before a text.
struct Prefix {
    text: String,
    /// The first tokens of every such text, which are left out of its vector.
    skipped: usize,
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
        let head = head(&source, spec)?;
        let wanted = Wanted {
            source: source.clone(),
            weights: &spec.weights,
            cache: &spec.cache,
            head: Head::HiddenStates,
            precision: spec.precision,
            max_tokens: spec.max_tokens,
            outputs: outputs(&spec.pooling),
            same_everywhere,
            needs_mask: false,
        };
        let opened = wanted.open(compute)?;
        let behind = behind_the_network(&source, &spec.pooling)?;
        let fingerprint = |arithmetic: &str| {
            let plain = format!("{}:{arithmetic}:{}{behind}", spec.name, opened.content);
            spec.similarity.mark(plain)
        };
        let tokenizer = HfTokenizer::read_beside_weights(&source, opened.vocabulary)?;
        let inputs = InputBuilder::new(&source, tokenizer.clone())?;
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
            query_prefix: Prefix::new(&source, &inputs, &spec.query_prefix, &spec.pooling)?,
            passage_prefix: Prefix::new(&source, &inputs, &spec.passage_prefix, &spec.pooling)?,
            inputs,
            head,
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
        let prefix = &self.prefix(purpose).text;
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
        encoded.map_err(|error| tokenizer::failed(&self.info.name, &error))
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

    fn prefix(&self, purpose: Purpose) -> &Prefix {
        match purpose {
            Purpose::Query => &self.query_prefix,
            Purpose::Passage => &self.passage_prefix,
        }
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
        let skipped = self.prefix(purpose).skipped;
        let results = self.encoder.map(
            &prepared.texts,
            &prepared.order,
            || true,
            |_, output| self.head.vector(&output, skipped),
        )?;
        Ok(results.into_iter().flatten().collect())
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

impl Prefix {
    fn new(
        source: &Source<'_>,
        inputs: &InputBuilder,
        text: &str,
        pooling: &Pooling,
    ) -> Result<Self, ModelError> {
        let skipped = match text {
            "" => 0,
            _ if !pooling.skips_prefix => 0,
            _ => inputs.prefix_tokens(text).map_err(|error| {
                let problem = format!("cannot be used: {error}");
                source.damaged("tokenizer.json", &problem)
            })?,
        };
        Ok(Self {
            text: text.to_owned(),
            skipped,
        })
    }
}

/// A sentence vector leaves nothing to pool.
fn outputs(pooling: &Pooling) -> &'static [&'static str] {
    if pooling.is_plain() {
        &OUTPUTS
    } else {
        &OUTPUTS[..2]
    }
}

/// Says no before anything is converted where the model has vectors of another length.
fn head(source: &Source<'_>, spec: &EmbedderSpec) -> Result<SentenceHead, ModelError> {
    let (kinds, similarity) = (spec.pooling.kinds.clone(), spec.similarity);
    let foreign = spec.weights.ends_with(".onnx");
    let hidden = if foreign && spec.pooling.dense.is_empty() {
        // The graph itself decides.
        None
    } else if foreign {
        riddle_checkpoint::stated_hidden(source)?
    } else {
        Some(Architecture::read(source)?.hidden())
    };
    let Some(hidden) = hidden else {
        return Ok(SentenceHead {
            kinds,
            dense: Vec::new(),
            similarity,
        });
    };
    let mut length = hidden * kinds.len();
    let mut dense = Vec::with_capacity(spec.pooling.dense.len());
    for layer in &spec.pooling.dense {
        let layer = Dense::read(source, layer, length)?;
        length = layer.outputs();
        dense.push(layer);
    }
    if length != spec.dimensions {
        let problem = format!(
            "describes vectors of {length} numbers where {} are expected",
            spec.dimensions
        );
        return Err(source.damaged("config.json", &problem));
    }
    Ok(SentenceHead {
        kinds,
        dense,
        similarity,
    })
}

/// What else decides about a vector, as a part of its fingerprint; empty for a plain mean or first token.
fn behind_the_network(source: &Source<'_>, pooling: &Pooling) -> Result<String, ModelError> {
    if pooling.is_plain() {
        return Ok(String::new());
    }
    let files = pooling.dense.iter().map(|layer| &*layer.weights);
    form_mark(source, pooling, files)
}

#[cfg(test)]
mod tests;
