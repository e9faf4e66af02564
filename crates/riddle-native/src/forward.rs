//! One batch through all layers.

use std::mem;
use std::ops::Range;

use super::attention::{Attention, Head};
use super::first_tokens::FirstTokens;
use super::linear::Epilogue;
use super::load::{AfterAttention, Classifier, Layer, Model};
use super::rows::{PackedRows, normalize};
use super::share::together;
use super::simd::{Kind, TILE_ROWS, Units};
use crate::TokenIds;

/// Rows that go through the wide layers at once, so that what is between them stays in the cache.
const WIDE_ROWS: usize = 48;

/// Fewest rows of a batch for which another thread is worth its start, which costs some 20 µs in every layer.
const LEAST_ROWS: usize = 64;

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

/// Runs the texts through all layers and hands over the place, the shape and the numbers of each, token by token. The
/// workers of a team share every layer.
pub(super) fn hidden_states(
    model: &Model,
    team: &mut [Worker],
    texts: &[TokenIds<'_>],
    mut give: impl FnMut(usize, &[i64], &[f32]),
) {
    let (hidden, spans) = through_layers(model, team, texts);
    let width = model.config.hidden;
    for (place, span) in spans.iter().enumerate() {
        let values = &hidden[span.start * width..span.end * width];
        give(place, &[span.len() as i64, width as i64], values);
    }
    give_back(team, hidden);
}

/// Runs the texts of a reranker up to the attention of its last layer.
pub(super) fn first_tokens(
    (model, classifier): (&Model, &Classifier),
    team: &mut [Worker],
    texts: &[TokenIds<'_>],
) -> FirstTokens {
    let (hidden, spans) = through_layers(model, team, texts);
    let Some(worker) = team.first_mut() else {
        return FirstTokens::default();
    };
    let (packed, attention) = (&mut worker.packed, &mut worker.last_attention);
    let tokens = classifier
        .attention
        .attend(&hidden, &spans, packed, attention);
    give_back(team, hidden);
    tokens
}

/// The scores of texts from their first tokens. They are computed for all texts of a request together, because the
/// weights of this part are floats, and reading them costs more than multiplying them.
pub(super) fn scores(
    (model, classifier): (&Model, &Classifier),
    worker: &mut Worker,
    tokens: &FirstTokens,
) -> Vec<f32> {
    let mut hidden = tokens.hidden.clone();
    worker.context = classifier.attention.context(tokens, &mut worker.packed);
    worker.after_attention(model, &classifier.after, &mut hidden);
    worker.packed.fill(&classifier.pooler, &hidden);
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

/// All layers that are computed for all tokens. Gives the numbers of the tokens, in a buffer of the first worker, and
/// where those of each text are.
fn through_layers(
    model: &Model,
    team: &mut [Worker],
    texts: &[TokenIds<'_>],
) -> (Vec<f32>, Vec<Range<usize>>) {
    let Some(leader) = team.first_mut() else {
        return (Vec::new(), Vec::new());
    };
    let spans = leader.embed(model, texts);
    let of_text = spans.iter().zip(texts);
    let keys: Vec<Range<usize>> = of_text
        .map(|(span, text)| span.start..span.start + text.attended.min(span.len()))
        .collect();
    let kind = leader.attention.kind();
    let mut hidden = mem::take(&mut leader.hidden);
    let mut heads = mem::take(&mut leader.heads);
    let width = model.config.hidden;
    let stride = width / model.simd.per_unit(kind);
    let tokens = hidden.len() / width;
    for matrix in &mut heads {
        matrix.resize(tokens * stride, 0);
    }
    let rows = rows_of_each(tokens, team.len());
    for layer in &model.layers {
        let [query, key, value] = heads
            .each_mut()
            .map(|matrix| matrix.chunks_mut(rows * stride));
        let parts = hidden.chunks(rows * width).zip(query.zip(key.zip(value)));
        together(team, parts, |worker, (hidden, (query, (key, value)))| {
            worker.project(layer, hidden, [query, key, value]);
        });
        let parts = hidden.chunks_mut(rows * width).enumerate();
        together(team, parts, |worker, (part, hidden)| {
            let own = part * rows..part * rows + hidden.len() / width;
            worker.attend(model, &heads, (&spans, &keys), own);
            worker.after_attention(model, &layer.after, hidden);
        });
    }
    if let Some(leader) = team.first_mut() {
        leader.heads = heads;
    }
    (hidden, spans)
}

/// Keeps the buffer of the first worker for the next batch.
fn give_back(team: &mut [Worker], hidden: Vec<f32>) {
    if let Some(leader) = team.first_mut() {
        leader.hidden = hidden;
    }
}

/// Rows of a batch that each worker of a team takes: whole tiles, and as many as are worth a thread.
fn rows_of_each(tokens: usize, workers: usize) -> usize {
    let even = tokens.div_ceil(workers.max(1));
    even.max(LEAST_ROWS).next_multiple_of(TILE_ROWS)
}

impl Worker {
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

    /// Queries, keys and values of some rows.
    fn project(&mut self, layer: &Layer, rows: &[f32], heads: [&mut [u32]; 3]) {
        let kind = self.attention.kind();
        self.packed.fill(&layer.key, rows);
        let linears = [&layer.query, &layer.key, &layer.value];
        for (linear, out) in linears.into_iter().zip(heads) {
            linear.apply_packed(&self.packed, out, kind);
        }
    }

    /// What the queries of the rows `own` mix of the values of their texts, which lie at `spans`; at `keys` lie those
    /// tokens of each that are attended to.
    fn attend(
        &mut self,
        model: &Model,
        heads: &[Vec<u32>; 3],
        (spans, keys): (&[Range<usize>], &[Range<usize>]),
        own: Range<usize>,
    ) {
        let width = model.config.hidden;
        let per_unit = model.simd.per_unit(self.attention.kind());
        let stride = width / per_unit;
        self.context.resize(own.len() * width, 0.0);
        let size = width / model.config.heads;
        for (span, keys) in spans.iter().zip(keys) {
            let rows = span.start.max(own.start)..span.end.min(own.end);
            if rows.is_empty() {
                continue;
            }
            for first in (0..width).step_by(size) {
                let part = |matrix: usize, rows: &Range<usize>| Units {
                    values: &heads[matrix]
                        [rows.start * stride + first / per_unit..rows.end * stride],
                    stride,
                    count: rows.len(),
                };
                let head = Head {
                    query: part(0, &rows),
                    key: part(1, keys),
                    value: part(2, keys),
                    size,
                };
                let (start, end) = (rows.start - own.start, rows.end - own.start);
                let out = &mut self.context[start * width + first..end * width];
                self.attention.run(&head, out, width);
            }
        }
    }

    /// What follows the attention of a layer for the rows of the context: its output layer, and the wide layers.
    fn after_attention(&mut self, model: &Model, layer: &AfterAttention, hidden: &mut [f32]) {
        let attention_output = &layer.attention_output;
        self.packed.fill(attention_output, &self.context);
        attention_output.apply(&self.packed, hidden, Epilogue::Add);
        let (norm, epsilon) = (&layer.attended, model.config.epsilon);
        normalize(model.simd, hidden, norm, epsilon);
        self.feed_forward(model, layer, hidden);
    }

    fn feed_forward(&mut self, model: &Model, layer: &AfterAttention, hidden: &mut [f32]) {
        let (width, wide) = (model.config.hidden, model.config.intermediate);
        let epilogue = Epilogue::Activate(model.activation());
        for rows in hidden.chunks_mut(WIDE_ROWS * width) {
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
