//! An encoder's graph over padded batches, for devices that compute many texts at once.

use std::time::{Duration, Instant};

use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};
use riddle_core::ModelError;

use super::graph::{Graph, Input};
use super::onnx::GraphFile;
use super::plan::{Batch, MOST_TOKENS, plan};
use super::{EncodedText, Output};
use crate::compute::Compute;
use crate::runtime::OnnxRuntime;
use riddle_checkpoint::Source;

/// Texts as most are: the memory for a full batch of them is taken at the start.
const USUAL: usize = 512;
/// Lengths of the texts of the first, small batch.
const TRIED: [usize; 2] = [8, 3];

/// One session and the buffers of its inputs.
pub(super) struct PaddedEncoder {
    graph: Graph,
    longest: usize,
    ids: Vec<i64>,
    types: Vec<i64>,
    mask: Vec<i64>,
}

impl PaddedEncoder {
    /// Opens an ONNX file and runs a small batch twice, and on a GPU a full one. What this finds out is told now, not
    /// with the first question: numbers that 16 bits do not hold, or too little memory.
    pub(super) fn open(
        compute: &Compute,
        source: &Source<'_>,
        file: &GraphFile,
        outputs: &[&str],
    ) -> Result<Self, ModelError> {
        let graph = file.graph(compute, source, outputs, compute.threads())?;
        if !graph.with_mask {
            return Err(source.bad(
                &file.name(),
                "takes no `attention_mask`, so that it cannot run in padded batches",
                "use its safetensors, or set `models.device` to cpu",
            ));
        }
        let mut encoder = Self {
            graph,
            longest: file.longest,
            ids: Vec::new(),
            types: Vec::new(),
            mask: Vec::new(),
        };
        let took = encoder
            .try_out(compute.device().is_gpu())
            .map_err(|problem| {
                source.bad(
                    &file.name(),
                    &problem,
                    "set `models.precision` to fp32, leave the GPU more memory, or set `models.device` to cpu",
                )
            })?;
        tracing::info!(
            model = source.model,
            device = %compute.device(),
            ms = took.as_secs_f64() * 1e3,
            "ran a small batch"
        );
        Ok(encoder)
    }

    /// Name of the output in use.
    pub(super) fn output(&self) -> &str {
        self.graph.output()
    }

    /// As [`super::Encoder::map`], but `go_on` is asked before each batch.
    pub(super) fn map<T: Send>(
        &mut self,
        texts: &[EncodedText],
        order: &[usize],
        go_on: impl Fn() -> bool + Sync,
        map: impl Fn(&EncodedText, Output<'_>) -> T + Sync,
    ) -> ort::Result<Vec<Option<T>>> {
        let lengths: Vec<usize> = order.iter().map(|text| texts[*text].ids.len()).collect();
        let mut mapped: Vec<Option<T>> = texts.iter().map(|_| None).collect();
        for batch in plan(&lengths, self.longest) {
            if !go_on() {
                break;
            }
            let members: Vec<usize> = batch.texts.iter().map(|place| order[*place]).collect();
            let inputs: Vec<&EncodedText> = members.iter().map(|text| &texts[*text]).collect();
            let results = self.run(&batch, &inputs, &map)?;
            for (text, result) in members.into_iter().zip(results) {
                mapped[text] = Some(result);
            }
        }
        Ok(mapped)
    }

    fn run<T: Send>(
        &mut self,
        batch: &Batch,
        texts: &[&EncodedText],
        map: impl Fn(&EncodedText, Output<'_>) -> T + Sync,
    ) -> ort::Result<Vec<T>> {
        self.fill(batch, texts);
        let input = Input {
            shape: [batch.rows, batch.tokens],
            ids: &self.ids,
            types: &self.types,
            mask: &self.mask,
        };
        self.graph.run(&input, |shape, values| {
            let [rows, shape @ ..] = shape else {
                return Err(ort::Error::new("the graph gives one number for all texts"));
            };
            if usize::try_from(*rows) != Ok(batch.rows) {
                return Err(ort::Error::new("the graph gives no row for each text"));
            }
            let each = values.len() / batch.rows;
            let one = |(row, text): (usize, &&EncodedText)| {
                let values = &values[row * each..][..each];
                row_of(shape, values, batch.tokens, text, &map)
            };
            Ok(texts.into_par_iter().enumerate().map(one).collect())
        })?
    }

    /// Texts row by row. An empty row has one token, because attention over none is NaN.
    fn fill(&mut self, batch: &Batch, texts: &[&EncodedText]) {
        let size = batch.rows * batch.tokens;
        for buffer in [&mut self.ids, &mut self.types, &mut self.mask] {
            buffer.clear();
            buffer.resize(size, 0);
        }
        for (row, text) in texts.iter().enumerate() {
            let places = row * batch.tokens..row * batch.tokens + text.ids.len();
            self.ids[places.clone()].copy_from_slice(&text.ids);
            self.types[places.clone()].copy_from_slice(&text.types);
            self.mask[places][..text.attended.min(text.ids.len())].fill(1);
        }
        for row in 0..batch.rows {
            self.mask[row * batch.tokens] = 1;
        }
    }

    /// The time of a small batch, the second time. What is wrong, if something is.
    fn try_out(&mut self, fully: bool) -> Result<Duration, String> {
        let text = |tokens: usize| EncodedText {
            // Every vocabulary has these.
            ids: (0..tokens).map(|place| 1 + (place % 7) as i64).collect(),
            types: vec![0; tokens],
            content: 0..tokens,
            attended: tokens,
            truncated: false,
        };
        let texts = TRIED.map(|tokens| text(tokens.min(self.longest)));
        self.finite(&texts)?;
        let started = Instant::now();
        self.finite(&texts)?;
        let took = started.elapsed();
        if fully {
            // Everything smaller finds its memory in what this takes.
            let tokens = USUAL.min(self.longest);
            self.finite(&vec![text(tokens); MOST_TOKENS / tokens])?;
        }
        Ok(took)
    }

    fn finite(&mut self, texts: &[EncodedText]) -> Result<(), String> {
        let order: Vec<usize> = (0..texts.len()).collect();
        let all = |_: &EncodedText, output: Output<'_>| output.values.iter().all(|v| v.is_finite());
        let results = self.map(texts, &order, || true, all);
        let results = results.map_err(|error| {
            let reason = OnnxRuntime::readable(&error);
            format!("cannot be run on this device: {reason}")
        })?;
        if results.iter().all(|finite| *finite == Some(true)) {
            return Ok(());
        }
        Err("gives numbers that are not finite on this device".to_owned())
    }
}

/// What one row gives: of a vector for each token, those of the text's own.
fn row_of<T>(
    shape: &[i64],
    values: &[f32],
    padded: usize,
    text: &EncodedText,
    map: impl Fn(&EncodedText, Output<'_>) -> T,
) -> T {
    let tokens = text.ids.len();
    match shape {
        [first, width] if usize::try_from(*first) == Ok(padded) => {
            let shape = [tokens as i64, *width];
            let values = &values[..values.len() / padded.max(1) * tokens];
            map(
                text,
                Output {
                    shape: &shape,
                    values,
                },
            )
        }
        _ => map(text, Output { shape, values }),
    }
}
