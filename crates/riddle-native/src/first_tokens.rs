//! The attention of a reranker's last layer, for the first token of each text: a score needs no other.
//!
//! With so few queries, keys and values of all tokens need not be made. The products of a query `q` with keys `K x + b`
//! are those of `Kᵀ q` with the tokens `x`; what the bias adds to all of them alike changes no weight. And the weighted
//! mean of values `V x + b` is `V` times the weighted mean of the tokens, plus `b`.

use std::ops::Range;

use super::attention::{Attention, Head};
use super::linear::{Epilogue, Linear};
use super::rows::PackedRows;
use super::simd::{Kind, LANES, Simd, Units};

/// The layers around this attention, in floats.
pub(super) struct FirstTokenAttention {
    width: usize,
    query: Linear,
    /// For each head, from its part of a query to what tokens are multiplied with.
    keys: Vec<Linear>,
    /// For each head, from a mean of tokens to its part of the result, followed by zeros up to a multiple of 16.
    values: Vec<Linear>,
}

/// What a score needs of some texts, one after the other.
#[derive(Default)]
pub(super) struct FirstTokens {
    /// The first token of each, as it goes into the last layer.
    pub(super) hidden: Vec<f32>,
    /// For each text and each head the mean of the tokens, weighted by attention.
    means: Vec<f32>,
}

/// Row-major weights, and the bias, of a layer.
pub(super) type Parameters = (Vec<f32>, Vec<f32>);

impl FirstTokenAttention {
    /// Queries are divided already, as [`super::attention::query_factor`] says.
    pub(super) fn new(simd: Simd, heads: usize, [query, key, value]: [Parameters; 3]) -> Self {
        let width = query.1.len();
        let size = width / heads;
        let linear = |weight: &[f32], bias| Linear::new(simd, Kind::Fp32, weight, bias);
        let keys = key.0.chunks_exact(size * width).map(|weight| {
            let mut transposed = Vec::with_capacity(weight.len());
            for column in 0..width {
                transposed.extend(weight.chunks_exact(width).map(|row| row[column]));
            }
            linear(&transposed, vec![0.0; width])
        });
        let parts = value
            .0
            .chunks_exact(size * width)
            .zip(value.1.chunks_exact(size));
        let values = parts.map(|(weight, bias)| {
            let (mut weight, mut bias) = (weight.to_vec(), bias.to_vec());
            bias.resize(size.next_multiple_of(LANES), 0.0);
            weight.resize(bias.len() * width, 0.0);
            linear(&weight, bias)
        });
        Self {
            width,
            keys: keys.collect(),
            values: values.collect(),
            query: linear(&query.0, query.1),
        }
    }

    fn heads(&self) -> usize {
        self.keys.len()
    }

    /// Attends from the first of each text's `tokens`, which are rows of `hidden`. `attention` is one of floats.
    pub(super) fn attend(
        &self,
        hidden: &[f32],
        tokens: &[Range<usize>],
        packed: &mut PackedRows,
        attention: &mut Attention,
    ) -> FirstTokens {
        let width = self.width;
        let first = |tokens: &Range<usize>| &hidden[tokens.start * width..][..width];
        let firsts: Vec<f32> = tokens.iter().flat_map(first).copied().collect();
        let products = self.products(&firsts, packed);
        let of_text = self.heads() * width;
        let mut means = vec![0.0; tokens.len() * of_text];
        packed.fill(&self.query, hidden);
        let parts = products
            .chunks_exact(of_text)
            .zip(means.chunks_exact_mut(of_text));
        for (tokens, (products, means)) in tokens.iter().zip(parts) {
            let rows = Units {
                values: &packed.units[tokens.start * width..tokens.end * width],
                stride: width,
                count: tokens.len(),
            };
            let head = Head {
                query: Units {
                    values: products,
                    stride: width,
                    count: self.heads(),
                },
                key: rows,
                value: rows,
                size: width,
            };
            attention.run(&head, means, width);
        }
        FirstTokens {
            hidden: firsts,
            means,
        }
    }

    /// For each text and each head what its tokens are to be multiplied with, as units of floats.
    fn products(&self, firsts: &[f32], packed: &mut PackedRows) -> Vec<u32> {
        let (width, heads) = (self.width, self.heads());
        let size = width / heads;
        let mut queries = vec![0.0; firsts.len()];
        packed.fill(&self.query, firsts);
        self.query.apply(packed, &mut queries, Epilogue::Store);
        let mut products = vec![0; heads * firsts.len()];
        let mut of_head = vec![0; firsts.len()];
        for (head, key) in self.keys.iter().enumerate() {
            let parts = queries
                .chunks_exact(width)
                .flat_map(|row| &row[head * size..][..size]);
            packed.fill(key, &parts.copied().collect::<Vec<f32>>());
            key.apply_packed(packed, &mut of_head, Kind::Fp32);
            let rows = products.chunks_exact_mut(width).skip(head).step_by(heads);
            for (row, product) in rows.zip(of_head.chunks_exact(width)) {
                row.copy_from_slice(product);
            }
        }
        products
    }

    /// What the attention gives, one row for each text.
    pub(super) fn context(&self, tokens: &FirstTokens, packed: &mut PackedRows) -> Vec<f32> {
        let (width, heads) = (self.width, self.heads());
        let size = width / heads;
        let texts = tokens.hidden.len() / width;
        let mut context = vec![0.0; texts * width];
        let padded = size.next_multiple_of(LANES);
        let mut of_head = vec![0.0; texts * padded];
        for (head, value) in self.values.iter().enumerate() {
            let means = tokens.means.chunks_exact(width).skip(head).step_by(heads);
            packed.fill(value, &means.flatten().copied().collect::<Vec<f32>>());
            value.apply(packed, &mut of_head, Epilogue::Store);
            let rows = context.chunks_exact_mut(width);
            for (row, part) in rows.zip(of_head.chunks_exact(padded)) {
                row[head * size..][..size].copy_from_slice(&part[..size]);
            }
        }
        context
    }
}

impl FirstTokens {
    /// Adds those of other texts.
    pub(super) fn extend(&mut self, others: &Self) {
        self.hidden.extend(&others.hidden);
        self.means.extend(&others.means);
    }

    /// Those of the texts in `range`, of `texts` in all.
    pub(super) fn part(&self, range: Range<usize>, texts: usize) -> Self {
        let cut = |all: &[f32]| {
            let of_text = all.len() / texts.max(1);
            all[range.start * of_text..range.end * of_text].to_vec()
        };
        Self {
            hidden: cut(&self.hidden),
            means: cut(&self.means),
        }
    }
}
