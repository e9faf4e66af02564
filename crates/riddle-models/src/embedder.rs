//! Embedders on ONNX Runtime.

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
use crate::convert::{
    BatchShape, Conversion, EncoderConfig, Head, Precision, Source, content_hash, ensure_converted,
};
use crate::encoder::{EncodedText, Encoder, GraphFile, InputBuilder};
use crate::runtime::OnnxRuntime;
use crate::tokenizer::HfTokenizer;

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
    /// Precision of a converted graph.
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

/// An embedder on ONNX Runtime.
pub struct OnnxEmbedder {
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

impl OnnxEmbedder {
    /// Loads an embedder, converting its weights if that was not done before, and runs it once.
    ///
    /// # Errors
    /// A file is missing, damaged or describes another model than the specification.
    pub fn open(runtime: &OnnxRuntime, spec: &EmbedderSpec) -> Result<LoadedEmbedder, ModelError> {
        let (embedder, tokenizer) = Self::load(runtime, spec)?;
        Ok(LoadedEmbedder {
            embedder: Box::new(embedder),
            tokenizer: Arc::new(tokenizer),
        })
    }

    /// As [`Self::open`], as concrete types.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn load(
        runtime: &OnnxRuntime,
        spec: &EmbedderSpec,
    ) -> Result<(Self, HfTokenizer), ModelError> {
        let source = Source::new(&spec.name, &spec.folder);
        let (graph, content, precision) = graph(&source, spec)?;
        let tokenizer = HfTokenizer::read(&source)?;
        let mut embedder = Self {
            info: EmbedderInfo {
                name: spec.name.clone(),
                fingerprint: format!("{}:{precision}:{content}", spec.name),
                dimensions: spec.dimensions,
                max_tokens: max_tokens(&source, spec)?,
                languages: spec.languages.clone(),
                device: "cpu".to_owned(),
            },
            encoder: Encoder::open(runtime, &source, &graph, &OUTPUTS)?,
            inputs: InputBuilder::new(&source, tokenizer.clone())?,
            pooling: spec.pooling,
            query_prefix: spec.query_prefix.clone(),
            passage_prefix: spec.passage_prefix.clone(),
        };
        embedder.check(&source, &spec.weights)?;
        Ok((embedder, tokenizer))
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
            self.inputs.single(&text, self.info.max_tokens)
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

impl Embedder for OnnxEmbedder {
    fn info(&self) -> &EmbedderInfo {
        &self.info
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

/// A file of another tool says nothing about its limit, so the specification must be right there.
fn max_tokens(source: &Source<'_>, spec: &EmbedderSpec) -> Result<usize, ModelError> {
    if spec.weights.ends_with(".onnx") {
        return Ok(spec.max_tokens);
    }
    let config = EncoderConfig::read(source)?;
    Ok(spec.max_tokens.min(config.max_tokens()))
}

/// The ONNX file, the hash of what it came from, and its precision in words.
fn graph(
    source: &Source<'_>,
    spec: &EmbedderSpec,
) -> Result<(GraphFile, String, &'static str), ModelError> {
    if spec.weights.ends_with(".onnx") {
        let content = content_hash(source, &spec.weights, &spec.cache)?;
        let graph = GraphFile {
            path: source.path(&spec.weights),
            converted: false,
        };
        return Ok((graph, content, "onnx"));
    }
    let config = EncoderConfig::read(source)?;
    if config.hidden != spec.dimensions {
        let problem = format!(
            "describes vectors of {} numbers where {} are expected",
            config.hidden, spec.dimensions
        );
        return Err(source.damaged("config.json", &problem));
    }
    let conversion = Conversion {
        model: spec.name.clone(),
        head: Head::HiddenStates,
        precision: spec.precision,
        batches: BatchShape::OneLength,
    };
    let converted = ensure_converted(&spec.folder, &spec.weights, &spec.cache, &conversion)?;
    let graph = GraphFile {
        path: converted.path,
        converted: true,
    };
    Ok((graph, converted.content, spec.precision.as_str()))
}
