//! Decoders with a head on each of their upper layers, so that scoring can stop early.

mod prompt;

use std::path::Path;
use std::time::{Duration, Instant};

use prompt::Prompter;
use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};
use riddle_core::{ModelError, Pair, PairScore, RerankKind, Reranker, RerankerInfo, ScoreOptions};

use crate::compute::Compute;
use crate::encoder::{Encoder, GraphFile, InputOfWindow};
use crate::open::check_precision;
use crate::reranker_spec::RerankerSpec;
use crate::scored_windows::{of_logits, score_windows};
use crate::tokenizer::{self, HfTokenizer};
use riddle_checkpoint::Source;
use riddle_convert::{MiniCpmConfig, ensure_layers};

const OUTPUTS: [&str; 1] = ["logits"];

/// A layerwise reranker, as bge-reranker-v2-minicpm-layerwise is: the score is what the head of one layer makes of the
/// prompt's last token, and nothing behind that layer is computed. The longest pair counts query and passage, without
/// the question behind them. Scores of different layers cannot be compared.
pub struct Layerwise {
    info: RerankerInfo,
    spec: RerankerSpec,
    config: MiniCpmConfig,
    compute: Compute,
    prompter: Prompter,
    /// The layer asked for last: a session holds the weights up to its layer, so that there is one at a time.
    open: Option<(usize, Encoder)>,
}

/// Lowest and highest layer with a head.
fn layers_of(config: &MiniCpmConfig) -> (u32, u32) {
    (config.first_head as u32, config.layers as u32)
}

impl Layerwise {
    /// Loads it, converting its weights if that was not done before, and scores a pair at the lowest layer.
    ///
    /// # Errors
    /// A file is missing, damaged, or describes another kind of model.
    pub fn open(compute: &Compute, spec: &RerankerSpec) -> Result<Self, ModelError> {
        let source = Source::new(&spec.name, &spec.folder);
        compute.onnxruntime_for(&spec.name, "it is a layerwise model")?;
        let config = MiniCpmConfig::read(&source)?;
        let tokenizer = HfTokenizer::read(&source)?;
        let sizes = (spec.max_tokens, config.positions);
        let prompter = Prompter::new(tokenizer, config.beginning, sizes);
        let prompter = prompter.map_err(|problem| {
            source.bad(
                "tokenizer.json",
                &problem,
                "allow longer pairs in the catalogue",
            )
        })?;
        let layers = layers_of(&config);
        let mut reranker = Self {
            info: RerankerInfo {
                name: spec.name.clone(),
                kind: RerankKind::Layerwise,
                max_tokens: prompter.max_tokens(),
                scale: spec.scale,
                default_weight: spec.default_weight,
                device: compute.device().to_string(),
                layers: Some(layers),
                fingerprint: None,
            },
            spec: spec.clone(),
            config,
            compute: compute.clone(),
            prompter,
            open: None,
        };
        reranker.check()?;
        Ok(reranker)
    }

    /// The layers that the model in a folder can stop at, lowest and highest; `None` where its files do not tell.
    pub fn layers(name: &str, folder: &Path) -> Option<(u32, u32)> {
        let config = MiniCpmConfig::read(&Source::new(name, folder)).ok()?;
        Some(layers_of(&config))
    }

    /// The session that ends at a layer.
    fn session(&mut self, layer: usize) -> Result<&mut Encoder, ModelError> {
        let open = match self.open.take() {
            Some(open) if open.0 == layer => open,
            other => {
                drop(other);
                (layer, self.load(layer)?)
            }
        };
        Ok(&mut self.open.insert(open).1)
    }

    fn load(&self, layer: usize) -> Result<Encoder, ModelError> {
        let spec = &self.spec;
        let source = Source::new(&spec.name, &spec.folder);
        check_precision(&self.compute, &source, spec.precision)?;
        let form = (spec.precision, self.compute.batches());
        let graphs = ensure_layers(&source, &self.config, &spec.weights, &spec.cache, form)?;
        let data = std::fs::metadata(graphs.data()).map_or(0, |data| data.len());
        let graph = GraphFile {
            path: graphs.graph(layer),
            converted: true,
            data_bytes: data,
            longest: self.config.positions,
        };
        Encoder::open(&self.compute, &source, &graph, &OUTPUTS)
    }

    /// Within what the model has; a request that asks for another layer is refused before it comes here.
    fn layer(&self, options: &ScoreOptions) -> usize {
        let asked = options
            .cutoff_layer
            .map_or(self.config.layers, |layer| layer as usize);
        asked.clamp(self.config.first_head, self.config.layers)
    }

    fn encode(
        &self,
        pairs: &[Pair<'_>],
        options: &ScoreOptions,
    ) -> Result<Vec<(usize, InputOfWindow)>, ModelError> {
        let encoded = |(place, pair): (usize, &Pair<'_>)| {
            let inputs = self.prompter.inputs(pair, options)?;
            Ok(inputs.into_iter().map(|input| (place, input)).collect())
        };
        let inputs: Result<Vec<Vec<_>>, tokenizers::Error> =
            pairs.par_iter().enumerate().map(encoded).collect();
        let inputs = inputs.map_err(|error| tokenizer::failed(&self.info.name, &error))?;
        Ok(inputs.into_iter().flatten().collect())
    }

    fn check(&mut self) -> Result<(), ModelError> {
        let pair = Pair {
            query: "riddle",
            passage: "sieve",
        };
        let patient = ScoreOptions {
            cutoff_layer: self.info.layers.map(|(lowest, _)| lowest),
            ..ScoreOptions::until(Instant::now() + Duration::from_secs(600))
        };
        let scores = self.score(&[pair], &patient)?;
        if matches!(&*scores, [Some(score)] if score.raw.is_finite()) {
            return Ok(());
        }
        let source = Source::new(&self.spec.name, &self.spec.folder);
        Err(source.damaged(
            &self.spec.weights,
            "does not give a finite score for a pair",
        ))
    }
}

impl Reranker for Layerwise {
    fn info(&self) -> &RerankerInfo {
        &self.info
    }

    fn parallel(&self) -> usize {
        let open = self.open.as_ref();
        open.map_or(1, |(_, encoder)| encoder.parallel())
    }

    /// The deadline is looked at before each passage, so it is passed by one passage at most, on a GPU by one batch,
    /// and by the time it takes to open a layer that was not in use.
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
        let layer = self.layer(options);
        score_windows(
            self.session(layer)?,
            inputs,
            pairs.len(),
            in_time,
            of_logits,
        )
    }

    fn read_whole(
        &mut self,
        pairs: &[Pair<'_>],
        options: &ScoreOptions,
    ) -> Result<Vec<bool>, ModelError> {
        let whole = |pair: &Pair<'_>| self.prompter.reads_whole(pair, options);
        let whole: Result<Vec<bool>, tokenizers::Error> = pairs.par_iter().map(whole).collect();
        whole.map_err(|error| tokenizer::failed(&self.info.name, &error))
    }
}
