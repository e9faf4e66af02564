//! One batch through all layers.

use std::ops::Range;

use super::attention::{Attention, Head, Rows};
use super::linear::{Finish, Linear, Packed};
use super::load::{Layer, Model, Norm};
use super::rows::{Step, multiply_by, normalize, pack};
use super::simd::Kind;
use crate::encoder::EncodedText;

/// Rows that go through the wide layers at once, so that what is between them stays in the cache.
const WIDE_ROWS: usize = 96;

/// The buffers of one thread. They grow to the longest batch and are used again.
pub(super) struct Worker {
    hidden: Vec<f32>,
    context: Vec<f32>,
    wide: Vec<f32>,
    /// Queries, keys and values of the heads in work.
    heads: [Vec<f32>; 3],
    packed: PackedRows,
    packed_wide: PackedRows,
    attention: Attention,
}

/// Packed activations, with the buffers they are in.
struct PackedRows {
    units: Vec<u32>,
    steps: Vec<Step>,
    /// One row multiplied by its factors.
    balanced: Vec<f32>,
}

/// Where the tokens of a text are, and which of them the layer is computed for.
struct Span {
    tokens: Range<usize>,
    queries: Range<usize>,
}

impl Worker {
    pub(super) fn new(model: &Model) -> Self {
        let attention = match model.kind {
            Kind::Fp32 => Kind::Fp32,
            Kind::Int8 | Kind::Bf16 => Kind::Bf16,
        };
        Self {
            hidden: Vec::new(),
            context: Vec::new(),
            wide: Vec::new(),
            heads: [Vec::new(), Vec::new(), Vec::new()],
            packed: PackedRows::new(),
            packed_wide: PackedRows::new(),
            attention: Attention::new(attention),
        }
    }
}

impl PackedRows {
    fn new() -> Self {
        Self {
            units: Vec::new(),
            steps: Vec::new(),
            balanced: Vec::new(),
        }
    }

    fn all(&self) -> Packed<'_> {
        Packed {
            units: &self.units,
            steps: &self.steps,
        }
    }

    /// Packs rows as the inputs of a layer.
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
    fn fill(&mut self, layer: &Linear, rows: &[f32]) {
        let (kind, factors) = (layer.kind(), layer.factors());
        let (width, units) = (layer.inputs(), layer.units());
        self.units.resize(rows.len() / kind.per_unit(), 0);
        self.steps.clear();
        for (row, units) in rows
            .chunks_exact(width)
            .zip(self.units.chunks_exact_mut(units))
        {
            if factors.is_empty() {
                self.steps.push(pack(kind, row, units));
            } else {
                self.balanced.resize(width, 0.0);
                multiply_by(row, factors, &mut self.balanced);
                self.steps.push(pack(kind, &self.balanced, units));
            }
        }
    }
}

/// Runs the texts and hands over, for each, the shape and the numbers that it gives.
#[expect(unsafe_code, reason = "enters the functions compiled for AVX-512")]
pub(super) fn run(
    model: &Model,
    worker: &mut Worker,
    texts: &[&EncodedText],
    give: impl FnMut(&EncodedText, &[i64], &[f32]),
) {
    // SAFETY: a model is only opened where `simd::available` has found all these instructions.
    unsafe { run_vectorized(model, worker, texts, give) }
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
fn run_vectorized(
    model: &Model,
    worker: &mut Worker,
    texts: &[&EncodedText],
    mut give: impl FnMut(&EncodedText, &[i64], &[f32]),
) {
    let width = model.config.hidden;
    let mut spans = worker.embed(model, texts);
    let last = model.layers.len().saturating_sub(1);
    for (index, layer) in model.layers.iter().enumerate() {
        let first_only = index == last && model.classifier.is_some();
        worker.layer(model, layer, &mut spans, first_only);
    }
    let Some(classifier) = &model.classifier else {
        for (text, span) in texts.iter().zip(&spans) {
            let values = &worker.hidden[span.tokens.start * width..span.tokens.end * width];
            give(text, &[span.tokens.len() as i64, width as i64], values);
        }
        return;
    };
    worker.packed.fill(&classifier.pooler, &worker.hidden);
    let pooled = &mut worker.context;
    pooled.resize(texts.len() * width, 0.0);
    let pooler = &classifier.pooler;
    pooler.apply(worker.packed.all(), pooled, Finish::Store);
    for (text, pooled) in texts.iter().zip(pooled.chunks_exact(width)) {
        let mut score = classifier.bias;
        for (value, weight) in pooled.iter().zip(&classifier.weight) {
            let value = if classifier.tanh {
                value.tanh()
            } else {
                value.max(0.0)
            };
            score += value * weight;
        }
        give(text, &[1], &[score]);
    }
}

impl Worker {
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
    fn embed(&mut self, model: &Model, texts: &[&EncodedText]) -> Vec<Span> {
        let width = model.config.hidden;
        let tokens = texts.iter().map(|text| text.ids.len()).sum::<usize>();
        self.hidden.resize(tokens * width, 0.0);
        let mut rows = self.hidden.chunks_exact_mut(width);
        let mut spans = Vec::with_capacity(texts.len());
        let mut start = 0;
        for text in texts {
            let ids = text.ids.iter().zip(&text.types).enumerate();
            for ((position, (id, kind)), row) in ids.zip(&mut rows) {
                model.embeddings.look_up(*id, position, *kind, row);
                norm(&model.norm, row, model.config.epsilon);
            }
            let tokens = start..start + text.ids.len();
            start = tokens.end;
            spans.push(Span {
                queries: tokens.clone(),
                tokens,
            });
        }
        spans
    }

    /// One layer. With `first_only`, only the first token of each text is left after it.
    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
    fn layer(&mut self, model: &Model, layer: &Layer, spans: &mut [Span], first_only: bool) {
        let config = &model.config;
        let width = config.hidden;
        self.packed.fill(&layer.key, &self.hidden);
        let all = self.hidden.len() / width;
        for part in &mut self.heads[1..] {
            part.resize(all * width, 0.0);
        }
        let [queries, keys, values] = &mut self.heads;
        layer.key.apply(self.packed.all(), keys, Finish::Store);
        layer.value.apply(self.packed.all(), values, Finish::Store);
        if first_only {
            for (place, span) in spans.iter_mut().enumerate() {
                let from = span.tokens.start * width;
                self.hidden.copy_within(from..from + width, place * width);
                span.queries = place..place + 1;
            }
            self.hidden.truncate(spans.len() * width);
            self.packed.fill(&layer.query, &self.hidden);
        }
        let rows = self.hidden.len() / width;
        queries.resize(rows * width, 0.0);
        layer.query.apply(self.packed.all(), queries, Finish::Store);
        self.context.resize(rows * width, 0.0);
        self.attend(config.heads, width, spans);
        let mixed = &layer.mixed;
        self.packed.fill(mixed, &self.context);
        mixed.apply(self.packed.all(), &mut self.hidden, Finish::Add);
        for row in self.hidden.chunks_exact_mut(width) {
            norm(&layer.attended, row, config.epsilon);
        }
        self.feed_forward(model, layer);
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
    fn attend(&mut self, heads: usize, width: usize, spans: &[Span]) {
        let size = width / heads;
        let [queries, keys, values] = &self.heads;
        for span in spans {
            for first in (0..width).step_by(size) {
                let rows = |matrix: &'_ [f32], rows: &Range<usize>| -> (usize, usize) {
                    (
                        rows.start * width + first,
                        matrix.len().min(rows.end * width),
                    )
                };
                let (from, to) = rows(queries, &span.queries);
                let query = Rows {
                    values: &queries[from..to],
                    stride: width,
                    count: span.queries.len(),
                };
                let (from, to) = rows(keys, &span.tokens);
                let of_tokens = |values| Rows {
                    values,
                    stride: width,
                    count: span.tokens.len(),
                };
                let head = Head {
                    query,
                    key: of_tokens(&keys[from..to]),
                    value: of_tokens(&values[from..to]),
                    size,
                };
                let out = span.queries.start * width + first..span.queries.end * width;
                self.attention.run(&head, &mut self.context[out], width);
            }
        }
    }

    #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
    fn feed_forward(&mut self, model: &Model, layer: &Layer) {
        let (width, wide) = (model.config.hidden, model.config.intermediate);
        let finish = Finish::Activate(model.activation());
        for rows in self.hidden.chunks_mut(WIDE_ROWS * width) {
            let count = rows.len() / width;
            self.packed.fill(&layer.widen, rows);
            self.wide.resize(count * wide, 0.0);
            let widened = &mut self.wide;
            layer.widen.apply(self.packed.all(), widened, finish);
            self.packed_wide.fill(&layer.narrow, widened);
            let input = self.packed_wide.all();
            let narrow: &Linear = &layer.narrow;
            narrow.apply(input, rows, Finish::Add);
            for row in rows.chunks_exact_mut(width) {
                norm(&layer.norm, row, model.config.epsilon);
            }
        }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512bf16")]
fn norm(norm: &Norm, row: &mut [f32], epsilon: f32) {
    normalize(row, &norm.weight, &norm.bias, epsilon);
}
