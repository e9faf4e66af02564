//! Our own engine for encoders like BERT, on processors with AVX2 or better.
//!
//! Texts are packed one after the other, so nothing is padded and what a text gives never depends on its neighbours.
//! Weights are packed once, for all threads. A score needs the last layer for the first token alone.

mod attention;
mod batches;
mod embeddings;
mod first_tokens;
mod forward;
mod linear;
mod load;
mod math;
mod rows;
mod simd;
#[cfg(test)]
mod tests;

use batches::batches;
use first_tokens::FirstTokens;
use forward::Worker;
use load::Model;
use riddle_core::ModelError;
use simd::Simd;

use crate::convert::{EncoderConfig, Head, Precision, Source};
use crate::encoder::{EncodedText, share};
use crate::runtime::{Instructions, OnnxRuntime};

/// An encoder with its weights and a worker for each thread.
pub(crate) struct NativeEncoder {
    model: Model,
    workers: Vec<Worker>,
}

/// The best instructions up to these that this processor has.
pub(crate) fn usable(most: Instructions) -> Option<Instructions> {
    Simd::up_to(most).map(Simd::instructions)
}

/// Whether the engine computes models of these sizes.
fn fits(config: &EncoderConfig) -> bool {
    config.hidden.is_multiple_of(simd::LANES)
        && config.intermediate.is_multiple_of(simd::LANES)
        && (config.hidden / config.heads).is_multiple_of(2)
}

impl NativeEncoder {
    /// Reads and packs the weights, where this processor and the model fit the engine.
    pub(crate) fn open(
        runtime: &OnnxRuntime,
        (source, weights): (&Source<'_>, &str),
        config: EncoderConfig,
        (head, precision): (Head, Precision),
    ) -> Result<Option<Self>, ModelError> {
        let Some(simd) = Simd::up_to(runtime.instructions()).filter(|_| fits(&config)) else {
            return Ok(None);
        };
        let model = Model::read(source, weights, (config, simd), (head, precision))?;
        let workers = (0..runtime.threads())
            .map(|_| Worker::new(&model))
            .collect();
        Ok(Some(Self { model, workers }))
    }

    /// The instructions it uses.
    pub(crate) fn instructions(&self) -> Instructions {
        self.model.simd.instructions()
    }

    /// Whether attention is computed in 32 bits, whatever the layers are.
    pub(crate) fn attends_in_floats(&self) -> bool {
        !self.model.simd.prefers_bf16()
    }

    /// Texts that run at the same time.
    pub(crate) fn parallel(&self) -> usize {
        self.workers.len()
    }

    /// Runs the texts, as far as threads are evenly busy in the given order of their indices, while `go_on` says so, and
    /// maps the numbers that each gives: token by token, or the score. A text without tokens gives nothing.
    pub(crate) fn map<T: Send>(
        &mut self,
        texts: &[EncodedText],
        order: &[usize],
        go_on: impl Fn() -> bool + Sync,
        map: impl Fn(&EncodedText, &[i64], &[f32]) -> T + Sync,
    ) -> Vec<Option<T>> {
        let mut mapped: Vec<Option<T>> = texts.iter().map(|_| None).collect();
        if let Some(scores) = self.scores(texts, order, &go_on) {
            for (index, score) in scores {
                mapped[index] = Some(map(&texts[index], &[1], &[score]));
            }
            return mapped;
        }
        let batches = self.batches(texts, order);
        let model = &self.model;
        let work = |worker: &mut Worker, batch: &Vec<usize>| {
            let mut mapped = Vec::with_capacity(batch.len());
            forward::hidden_states(model, worker, &of(texts, batch), |text, shape, values| {
                mapped.push(map(text, shape, values));
            });
            mapped
        };
        for (batch, values) in share(&mut self.workers, &batches, go_on, work) {
            for (index, value) in batches[batch].iter().zip(values) {
                mapped[*index] = Some(value);
            }
        }
        mapped
    }

    fn batches(&self, texts: &[EncodedText], order: &[usize]) -> Vec<Vec<usize>> {
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
        texts: &[EncodedText],
        order: &[usize],
        go_on: impl Fn() -> bool + Sync,
    ) -> Option<Vec<(usize, f32)>> {
        let model = (&self.model, self.model.classifier.as_ref()?);
        let batches = self.batches(texts, order);
        let work = |worker: &mut Worker, batch: &Vec<usize>| {
            forward::first_tokens(model, worker, &of(texts, batch))
        };
        let mut indices = Vec::with_capacity(order.len());
        let mut tokens = FirstTokens::default();
        for (batch, of_batch) in share(&mut self.workers, &batches, go_on, work) {
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

fn of<'a>(texts: &'a [EncodedText], indices: &[usize]) -> Vec<&'a EncodedText> {
    indices.iter().map(|index| &texts[*index]).collect()
}
