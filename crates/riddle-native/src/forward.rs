//! One batch through all layers.

use std::ops::Range;

use super::attention::{Attention, Head};
use super::first_tokens::FirstTokens;
use super::linear::Epilogue;
use super::load::{AfterAttention, Classifier, Layer, Model};
use super::rows::{PackedRows, normalize};
use super::simd::{Kind, Units};
use crate::TokenIds;

/// Rows that go through the wide layers at once, so that what is between them stays in the cache.
const WIDE_ROWS: usize = 48;

/// The buffers of one thread. They grow to the longest batch and are used again.
pub(super) struct Worker {
    hidden: Vec<f32>,
    context: Vec<f32>,
    wide: Vec<f32>,
    /// Queries, keys and values of all heads, packed for attention.
    heads: [Vec<u32>; 3],
    packed: PackedRows,
    packed_wide: PackedRows,
    attention: Attention,
    last_attention: Attention,
}

impl Worker {
    pub(super) fn new(model: &Model) -> Self {
        let attention = match model.kind {
            Kind::Int8 | Kind::Bf16 if model.simd.prefers_bf16() => Kind::Bf16,
            _ => Kind::Fp32,
        };
        Self {
            hidden: Vec::new(),
            context: Vec::new(),
            wide: Vec::new(),
            heads: [Vec::new(), Vec::new(), Vec::new()],
            packed: PackedRows::default(),
            packed_wide: PackedRows::default(),
            attention: Attention::new(model.simd, attention),
            last_attention: Attention::new(model.simd, Kind::Fp32),
        }
    }
}

/// Runs the texts through all layers and hands over the place, the shape and the numbers of each, token by token.
pub(super) fn hidden_states(
    model: &Model,
    worker: &mut Worker,
    texts: &[TokenIds<'_>],
    mut give: impl FnMut(usize, &[i64], &[f32]),
) {
    let spans = worker.through_layers(model, texts);
    let width = model.config.hidden;
    for (place, span) in spans.iter().enumerate() {
        let values = &worker.hidden[span.start * width..span.end * width];
        give(place, &[span.len() as i64, width as i64], values);
    }
}

/// Runs the texts of a reranker up to the attention of its last layer.
pub(super) fn first_tokens(
    (model, classifier): (&Model, &Classifier),
    worker: &mut Worker,
    texts: &[TokenIds<'_>],
) -> FirstTokens {
    let spans = worker.through_layers(model, texts);
    let (packed, attention) = (&mut worker.packed, &mut worker.last_attention);
    classifier
        .attention
        .attend(&worker.hidden, &spans, packed, attention)
}

/// The scores of texts from their first tokens. They are computed for all texts of a request together, because the
/// weights of this part are floats, and reading them costs more than multiplying them.
pub(super) fn scores(
    (model, classifier): (&Model, &Classifier),
    worker: &mut Worker,
    tokens: &FirstTokens,
) -> Vec<f32> {
    worker.hidden.clone_from(&tokens.hidden);
    worker.context = classifier.attention.context(tokens, &mut worker.packed);
    worker.after_attention(model, &classifier.after);
    worker.packed.fill(&classifier.pooler, &worker.hidden);
    let pooled = &mut worker.context;
    classifier
        .pooler
        .apply(&worker.packed, pooled, Epilogue::Store);
    let pooled = pooled.chunks_exact(model.config.hidden);
    pooled.map(|pooled| classifier.score(pooled)).collect()
}

impl Classifier {
    fn score(&self, pooled: &[f32]) -> f32 {
        let mut score = self.bias;
        for (value, weight) in pooled.iter().zip(&self.weight) {
            let value = if self.tanh {
                value.tanh()
            } else {
                value.max(0.0)
            };
            score += value * weight;
        }
        score
    }
}

impl Worker {
    /// All layers that are computed for all tokens. Gives where the tokens of each text are.
    fn through_layers(&mut self, model: &Model, texts: &[TokenIds<'_>]) -> Vec<Range<usize>> {
        let spans = self.embed(model, texts);
        for layer in &model.layers {
            self.attend(model, layer, &spans);
            self.after_attention(model, &layer.after);
        }
        spans
    }

    fn embed(&mut self, model: &Model, texts: &[TokenIds<'_>]) -> Vec<Range<usize>> {
        let width = model.config.hidden;
        let tokens = texts.iter().map(|text| text.ids.len()).sum::<usize>();
        self.hidden.resize(tokens * width, 0.0);
        let mut rows = self.hidden.chunks_exact_mut(width);
        let mut spans = Vec::with_capacity(texts.len());
        let mut start = 0;
        for text in texts {
            let ids = text.ids.iter().zip(text.types).enumerate();
            for ((position, (id, kind)), row) in ids.zip(&mut rows) {
                model.embeddings.look_up(*id, position, *kind, row);
            }
            let tokens = start..start + text.ids.len();
            start = tokens.end;
            spans.push(tokens);
        }
        let (norm, epsilon) = (&model.norm, model.config.epsilon);
        normalize(model.simd, &mut self.hidden, norm, epsilon);
        spans
    }

    /// Queries, keys and values, and what queries mix of values.
    fn attend(&mut self, model: &Model, layer: &Layer, spans: &[Range<usize>]) {
        let (width, kind) = (model.config.hidden, self.attention.kind());
        let per_unit = model.simd.per_unit(kind);
        let stride = width / per_unit;
        self.packed.fill(&layer.key, &self.hidden);
        let linears = [&layer.query, &layer.key, &layer.value];
        for (linear, out) in linears.into_iter().zip(&mut self.heads) {
            out.resize(self.packed.quantization.len() * stride, 0);
            linear.apply_packed(&self.packed, out, kind);
        }
        self.context.resize(self.hidden.len(), 0.0);
        let size = width / model.config.heads;
        for span in spans {
            for first in (0..width).step_by(size) {
                let start = span.start * stride + first / per_unit;
                let [query, key, value] = self.heads.each_ref().map(|matrix| Units {
                    values: &matrix[start..span.end * stride],
                    stride,
                    count: span.len(),
                });
                let head = Head {
                    query,
                    key,
                    value,
                    size,
                };
                let out = span.start * width + first..span.end * width;
                self.attention.run(&head, &mut self.context[out], width);
            }
        }
    }

    /// What follows the attention of a layer: its output layer, and the wide layers.
    fn after_attention(&mut self, model: &Model, layer: &AfterAttention) {
        let attention_output = &layer.attention_output;
        self.packed.fill(attention_output, &self.context);
        attention_output.apply(&self.packed, &mut self.hidden, Epilogue::Add);
        let (norm, epsilon) = (&layer.attended, model.config.epsilon);
        normalize(model.simd, &mut self.hidden, norm, epsilon);
        self.feed_forward(model, layer);
    }

    fn feed_forward(&mut self, model: &Model, layer: &AfterAttention) {
        let (width, wide) = (model.config.hidden, model.config.intermediate);
        let epilogue = Epilogue::Activate(model.activation());
        for rows in self.hidden.chunks_mut(WIDE_ROWS * width) {
            let count = rows.len() / width;
            self.packed.fill(&layer.up, rows);
            self.wide.resize(count * wide, 0.0);
            let up_output = &mut self.wide;
            layer.up.apply(&self.packed, up_output, epilogue);
            self.packed_wide.fill(&layer.down, up_output);
            layer.down.apply(&self.packed_wide, rows, Epilogue::Add);
            normalize(model.simd, rows, &layer.norm, model.config.epsilon);
        }
    }
}
