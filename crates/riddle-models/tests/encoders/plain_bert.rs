//! The tiny BERT in plain loops, to compute what engines give by other means than theirs.

use std::collections::HashMap;
use std::path::Path;

use safetensors::SafeTensors;

use crate::setup::data;
use crate::tiny::{assert_close, recorded_texts};

const HEADS: usize = 4;
const LAYERS: usize = 2;
const EPSILON: f32 = 1e-12;

pub(crate) type Rows = Vec<Vec<f32>>;

/// Its tensors by name.
pub(crate) struct PlainBert(HashMap<String, Rows>);

impl PlainBert {
    pub(crate) fn open(folder: &Path) -> Self {
        let bytes = std::fs::read(folder.join("model.safetensors")).expect("committed");
        let tensors = SafeTensors::deserialize(&bytes).expect("tensors");
        let rows = tensors.iter().map(|(name, tensor)| {
            let floats = tensor.data().chunks_exact(4);
            let floats = floats.map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
            let floats: Vec<f32> = floats.collect();
            let width = *tensor.shape().last().expect("no scalar");
            let rows = floats.chunks_exact(width).map(<[f32]>::to_vec).collect();
            (name.to_owned(), rows)
        });
        Self(rows.collect())
    }

    /// The vector of each token, where all attend to the first so many.
    pub(crate) fn hidden(&self, ids: &[usize], attended: usize) -> Rows {
        let table = |name: &str| self.rows(&format!("embeddings.{name}_embeddings"));
        let (words, places, types) = (table("word"), table("position"), table("token_type"));
        let embedded = ids.iter().zip(places).map(|(id, place)| {
            let columns = 0..place.len();
            columns
                .map(|column| words[*id][column] + place[column] + types[0][column])
                .collect()
        });
        let mut rows = self.normed("embeddings.LayerNorm", embedded.collect());
        for layer in 0..LAYERS {
            let name = |part: &str| format!("encoder.layer.{layer}.{part}");
            let attention = self.attention(&name("attention.self"), &rows, attended);
            let output = self.linear(&name("attention.output.dense"), &attention);
            rows = self.normed(&name("attention.output.LayerNorm"), sums(&rows, &output));
            let mut wide = self.linear(&name("intermediate.dense"), &rows);
            wide.iter_mut().flatten().for_each(|x| *x = gelu_new(*x));
            let output = self.linear(&name("output.dense"), &wide);
            rows = self.normed(&name("output.LayerNorm"), sums(&rows, &output));
        }
        rows
    }

    fn attention(&self, name: &str, rows: &[Vec<f32>], attended: usize) -> Rows {
        let part = |part: &str| self.linear(&format!("{name}.{part}"), rows);
        let (queries, keys, values) = (part("query"), part("key"), part("value"));
        let width = rows[0].len();
        let size = width / HEADS;
        let mut mixed = vec![vec![0.0; width]; rows.len()];
        for (query, out) in queries.iter().zip(&mut mixed) {
            for first in (0..width).step_by(size) {
                let columns = first..first + size;
                let weights: Vec<f32> = keys[..attended]
                    .iter()
                    .map(|key| product(&query[columns.clone()], &key[columns.clone()]))
                    .map(|score| (score / (size as f32).sqrt()).exp())
                    .collect();
                let total: f32 = weights.iter().sum();
                for (weight, value) in weights.iter().zip(&values) {
                    for column in columns.clone() {
                        out[column] += weight / total * value[column];
                    }
                }
            }
        }
        mixed
    }

    fn linear(&self, name: &str, rows: &[Vec<f32>]) -> Rows {
        let (weight, bias) = (self.rows(name), &self.0[&format!("bert.{name}.bias")][0]);
        let outputs = |row: &Vec<f32>| {
            let outputs = weight.iter().zip(bias);
            outputs
                .map(|(weights, bias)| product(weights, row) + bias)
                .collect()
        };
        rows.iter().map(outputs).collect()
    }

    fn normed(&self, name: &str, rows: Rows) -> Rows {
        let (weight, bias) = (
            &self.rows(name)[0],
            &self.0[&format!("bert.{name}.bias")][0],
        );
        let normed = |row: Vec<f32>| {
            let count = row.len() as f32;
            let mean = row.iter().sum::<f32>() / count;
            let variance = row.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / count;
            let factor = 1.0 / (variance + EPSILON).sqrt();
            let columns = row.iter().zip(weight.iter().zip(bias));
            columns
                .map(|(x, (weight, bias))| (x - mean) * factor * weight + bias)
                .collect()
        };
        rows.into_iter().map(normed).collect()
    }

    fn rows(&self, name: &str) -> &Rows {
        &self.0[&format!("bert.{name}.weight")]
    }
}

pub(crate) fn product(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn sums(a: &[Vec<f32>], b: &[Vec<f32>]) -> Rows {
    let sum = |(a, b): (&Vec<f32>, &Vec<f32>)| a.iter().zip(b).map(|(a, b)| a + b).collect();
    a.iter().zip(b).map(sum).collect()
}

/// GELU as BERT's own code approximates it.
fn gelu_new(x: f32) -> f32 {
    let inner = (2.0 / std::f32::consts::PI).sqrt() * (x + 0.044_715 * x.powi(3));
    0.5 * x * (1.0 + inner.tanh())
}

#[test]
fn plain_loops_give_what_transformers_gives() {
    let folder = data().join("tiny/bert");
    let plain = PlainBert::open(&folder);
    for text in recorded_texts("bert") {
        let ids: Vec<usize> = text.ids.iter().map(|id| *id as usize).collect();
        let got = plain.hidden(&ids, ids.len());
        assert_close(&got.concat(), &text.hidden.concat());
    }
}
