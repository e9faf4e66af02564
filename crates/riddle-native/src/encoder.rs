use riddle_checkpoint::{EncoderConfig, Head, Precision, Source, Weights};
use riddle_core::ModelError;

use crate::batches::batches;
use crate::first_tokens::FirstTokens;
use crate::forward::{self, Worker};
use crate::load::Model;
use crate::share::{share, teams};
use crate::simd::{LANES, Simd};
use crate::{Instructions, TokenIds};

/// An encoder with its weights and a worker for each thread.
pub struct NativeEncoder {
    model: Model,
    workers: Vec<Worker>,
}

/// What to open, and with what.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Options {
    /// What it computes.
    pub head: Head,
    /// How it computes. What is made for GPUs is computed in 32 bits.
    pub precision: Precision,
    /// The best instructions that it may use.
    pub instructions: Instructions,
    /// Texts that run at the same time.
    pub threads: usize,
}

/// The best instructions up to these that this CPU has.
pub fn usable(most: Instructions) -> Instructions {
    Simd::up_to(most).instructions()
}

/// Whether the engine computes models of these sizes.
pub fn fits(config: &EncoderConfig) -> bool {
    config.hidden.is_multiple_of(LANES)
        && config.intermediate.is_multiple_of(LANES)
        && (config.hidden / config.heads).is_multiple_of(2)
}

impl NativeEncoder {
    /// Reads and packs the weights, which are a safetensors file or a list of them; `None` where the model's sizes do
    /// not suit the engine.
    ///
    /// # Errors
    /// The weights are missing, damaged, or do not fit the configuration.
    pub fn open(
        source: &Source<'_>,
        weights: &str,
        config: EncoderConfig,
        options: &Options,
    ) -> Result<Option<Self>, ModelError> {
        let simd = Simd::up_to(options.instructions);
        let opened = fits(&config).then(|| Self::with(simd, source, weights, config, options));
        opened.transpose()
    }

    /// The same for weights that are open already.
    ///
    /// # Errors
    /// They are damaged, or do not fit the configuration.
    pub fn of_weights(
        mut weights: Weights<'_>,
        config: EncoderConfig,
        options: &Options,
    ) -> Result<Option<Self>, ModelError> {
        let simd = Simd::up_to(options.instructions);
        let opened = fits(&config).then(|| Self::packed(simd, &mut weights, config, options));
        opened.transpose()
    }

    /// The same with this set of instructions.
    pub(crate) fn with(
        simd: Simd,
        source: &Source<'_>,
        weights: &str,
        config: EncoderConfig,
        options: &Options,
    ) -> Result<Self, ModelError> {
        let mut weights = Weights::open(source.clone(), weights)?;
        Self::packed(simd, &mut weights, config, options)
    }

    fn packed(
        simd: Simd,
        weights: &mut Weights<'_>,
        config: EncoderConfig,
        options: &Options,
    ) -> Result<Self, ModelError> {
        let what = (options.head, options.precision);
        let model = Model::read(weights, (config, simd), what)?;
        let workers = (0..options.threads.max(1))
            .map(|_| Worker::new(&model))
            .collect();
        Ok(Self { model, workers })
    }

    /// The instructions it uses.
    pub fn instructions(&self) -> Instructions {
        self.model.simd.instructions()
    }

    /// Texts that run at the same time.
    pub fn parallel(&self) -> usize {
        self.workers.len()
    }

    /// Runs the texts, as far as threads are evenly busy in the given order of their indices, while `go_on` says so,
    /// and maps what each gives: its index, then the shape (`tokens × width`, or 1 for a score) and the numbers, row by
    /// row. A text without tokens gives nothing.
    pub fn map<T: Send>(
        &mut self,
        texts: &[TokenIds<'_>],
        order: &[usize],
        go_on: impl Fn() -> bool + Sync,
        map: impl Fn(usize, &[i64], &[f32]) -> T + Sync,
    ) -> Vec<Option<T>> {
        let mut mapped: Vec<Option<T>> = texts.iter().map(|_| None).collect();
        if let Some(scores) = self.scores(texts, order, &go_on) {
            for (index, score) in scores {
                mapped[index] = Some(map(index, &[1], &[score]));
            }
            return mapped;
        }
        let batches = self.batches(texts, order);
        let model = &self.model;
        let work = |team: &mut &mut [Worker], batch: &Vec<usize>| {
            let mut mapped = Vec::with_capacity(batch.len());
            let of_batch = of(texts, batch);
            forward::hidden_states(model, team, &of_batch, |place, shape, values| {
                mapped.push(map(batch[place], shape, values));
            });
            mapped
        };
        let mut teams = teams(&mut self.workers, batches.len());
        for (batch, values) in share(&mut teams, &batches, go_on, work) {
            for (index, value) in batches[batch].iter().zip(values) {
                mapped[*index] = Some(value);
            }
        }
        mapped
    }

    fn batches(&self, texts: &[TokenIds<'_>], order: &[usize]) -> Vec<Vec<usize>> {
        let lengths: Vec<usize> = texts.iter().map(|text| text.ids.len()).collect();
        batches(
            &lengths,
            order,
            self.workers.len(),
            self.model.config.hidden,
        )
    }

    /// The scores of the texts that there was time for, each with its index, if it is a reranker.
    fn scores(
        &mut self,
        texts: &[TokenIds<'_>],
        order: &[usize],
        go_on: impl Fn() -> bool + Sync,
    ) -> Option<Vec<(usize, f32)>> {
        let model = (&self.model, self.model.classifier.as_ref()?);
        let batches = self.batches(texts, order);
        let work = |team: &mut &mut [Worker], batch: &Vec<usize>| {
            forward::first_tokens(model, team, &of(texts, batch))
        };
        let mut indices = Vec::with_capacity(order.len());
        let mut tokens = FirstTokens::default();
        let mut teams = teams(&mut self.workers, batches.len());
        for (batch, of_batch) in share(&mut teams, &batches, go_on, work) {
            indices.extend_from_slice(&batches[batch]);
            tokens.extend(&of_batch);
        }
        let per_worker = indices.len().div_ceil(self.workers.len()).max(1);
        let parts: Vec<FirstTokens> = (0..indices.len())
            .step_by(per_worker)
            .map(|start| tokens.part(start..indices.len().min(start + per_worker), indices.len()))
            .collect();
        let work = |worker: &mut Worker, part: &FirstTokens| forward::scores(model, worker, part);
        let mut scores = share(&mut self.workers, &parts, || true, work);
        scores.sort_unstable_by_key(|(part, _)| *part);
        let scores = scores.into_iter().flat_map(|(_, scores)| scores);
        Some(indices.into_iter().zip(scores).collect())
    }
}

fn of<'a>(texts: &[TokenIds<'a>], indices: &[usize]) -> Vec<TokenIds<'a>> {
    indices.iter().map(|index| texts[*index]).collect()
}
