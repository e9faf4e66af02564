//! The vectors that tokens start with.

use half::bf16;
use riddle_checkpoint::{quantization_scale, quantize};

const RANGE: i8 = 127;

/// Word vectors. As bytes they take a quarter of the memory, which for a hundred languages is most of the model.
pub(super) enum Words {
    Floats(Vec<f32>),
    Halves(Vec<bf16>),
    /// Bytes, and the scale of each row.
    Bytes(Vec<i8>, Vec<f32>),
}

/// All tables, each row-major with rows of `hidden` numbers.
pub(super) struct Embeddings {
    pub(super) hidden: usize,
    pub(super) words: Words,
    pub(super) positions: Vec<f32>,
    pub(super) types: Vec<f32>,
}

impl Words {
    pub(super) fn quantized(table: &[f32], hidden: usize) -> Self {
        let mut bytes = Vec::with_capacity(table.len());
        let mut scales = Vec::with_capacity(table.len() / hidden);
        for row in table.chunks_exact(hidden) {
            let scale = quantization_scale(row, RANGE);
            bytes.extend(row.iter().map(|value| quantize(*value, scale, RANGE)));
            scales.push(scale);
        }
        Self::Bytes(bytes, scales)
    }
}

impl Embeddings {
    /// Writes the sum of a token's vectors. An id that no table knows counts as the first row; tokenizers that have
    /// one are refused where a model is opened.
    pub(super) fn look_up(&self, id: i64, position: usize, kind: i64, out: &mut [f32]) {
        let hidden = self.hidden;
        match &self.words {
            Words::Floats(table) => out.copy_from_slice(row(table, id, hidden)),
            Words::Halves(table) => {
                for (out, half) in out.iter_mut().zip(row(table, id, hidden)) {
                    *out = half.to_f32();
                }
            }
            Words::Bytes(table, scales) => {
                let scale = row(scales, id, 1)[0];
                for (out, byte) in out.iter_mut().zip(row(table, id, hidden)) {
                    *out = f32::from(*byte) * scale;
                }
            }
        }
        let position = row(&self.positions, position as i64, hidden);
        for (out, value) in out.iter_mut().zip(position) {
            *out += value;
        }
        if !self.types.is_empty() {
            for (out, value) in out.iter_mut().zip(row(&self.types, kind, hidden)) {
                *out += value;
            }
        }
    }
}

fn row<T>(table: &[T], index: i64, width: usize) -> &[T] {
    let rows = table.len() / width;
    let index = usize::try_from(index).ok().filter(|index| *index < rows);
    let start = index.unwrap_or(0) * width;
    &table[start..start + width]
}
