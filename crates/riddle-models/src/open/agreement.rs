//! Whether our own engine gives for an ONNX file what ONNX Runtime gives, asked once for each file.

use std::path::PathBuf;

use riddle_checkpoint::Head;
use riddle_core::{ModelError, cosine};
use serde::{Deserialize, Serialize};

use super::Wanted;
use crate::compute::Compute;
use crate::encoder::{Cut, EncodedText, Encoder, InputBuilder};
use crate::tokenizer::{self, HfTokenizer};

/// Goes up when graphs are read or compared otherwise.
const VERSION: u32 = 1;
/// Questions with a passage that answers each, so that scores of all pairs lie far apart.
const TEXTS: [(&str, &str); 4] = [
    (
        "How many people live in Berlin?",
        "Berlin had a population of 3,520,031 registered inhabitants in an area of 891.82 square kilometres.",
    ),
    (
        "What keeps what is coarse?",
        "A sieve lets what is fine fall through its holes and keeps what is coarse.",
    ),
    (
        "When does water boil?",
        "At sea level water boils at 100 degrees Celsius, on high mountains at less.",
    ),
    (
        "Who wrote the theory of relativity?",
        "Albert Einstein published the special theory of relativity in 1905 and the general one ten years later.",
    ),
];

/// What is known of a file.
pub(super) struct Agreement {
    file: PathBuf,
    quantized: bool,
    known: Option<Outcome>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Outcome {
    version: u32,
    agrees: bool,
    /// For scores how far apart they are as a share of their range; for vectors 1 less the cosine.
    worst: f32,
}

impl Agreement {
    /// What `file` remembers.
    pub(super) fn new(file: PathBuf, quantized: bool) -> Self {
        let json = std::fs::read(&file).unwrap_or_default();
        let known: Option<Outcome> = serde_json::from_slice(&json).ok();
        Self {
            file,
            quantized,
            known: known.filter(|outcome| outcome.version == VERSION),
        }
    }

    pub(super) fn is_known(&self) -> Option<bool> {
        self.known.map(|outcome| outcome.agrees)
    }

    /// Asks both engines and remembers what came of it. `Err` says why our own engine is not to be used.
    pub(super) fn check(
        &self,
        wanted: &Wanted<'_>,
        compute: &Compute,
        ours: &mut Encoder,
        max_tokens: usize,
    ) -> Result<(), String> {
        let worst = compared(wanted, compute, ours, max_tokens).map_err(|e| e.to_string())?;
        let outcome = Outcome {
            version: VERSION,
            agrees: worst <= self.tolerance(wanted.head),
            worst,
        };
        self.remember(outcome);
        let model = wanted.source.model;
        if outcome.agrees {
            tracing::debug!(model, worst, "an ONNX file runs on our own engine");
            return Ok(());
        }
        tracing::warn!(
            model,
            worst,
            "our own engine does not give what ONNX Runtime gives for this ONNX file, which therefore runs there"
        );
        Err("it does not give what ONNX Runtime gives".to_owned())
    }

    /// In 8 bits both engines round, each in its own way; wrong weights or another order of operators are further off.
    fn tolerance(&self, head: Head) -> f32 {
        match (head, self.quantized) {
            (Head::Classifier, true) => 0.1,
            (Head::Classifier, false) => 0.01,
            (Head::HiddenStates, true) => 0.05,
            (Head::HiddenStates, false) => 0.001,
        }
    }

    fn remember(&self, outcome: Outcome) {
        let folder = self.file.parent().map_or(Ok(()), std::fs::create_dir_all);
        let stored =
            folder.and_then(|()| std::fs::write(&self.file, serde_json::to_vec(&outcome)?));
        if let Err(error) = stored {
            tracing::debug!(%error, "how an ONNX file compares will be asked again");
        }
    }
}

/// How far apart the engines are.
fn compared(
    wanted: &Wanted<'_>,
    compute: &Compute,
    ours: &mut Encoder,
    max_tokens: usize,
) -> Result<f32, ModelError> {
    let texts = texts(wanted, wanted.max_tokens.min(max_tokens))?;
    let mut theirs = wanted.on_onnxruntime(compute, max_tokens)?;
    let ours = numbers(ours, &texts)?;
    let theirs = numbers(&mut theirs, &texts)?;
    Ok(match wanted.head {
        Head::Classifier => apart(&ours, &theirs),
        Head::HiddenStates => {
            let pairs = ours.iter().zip(&theirs);
            pairs.map(|(a, b)| 1.0 - cosine(a, b)).fold(0.0, worse)
        }
    })
}

fn texts(wanted: &Wanted<'_>, longest: usize) -> Result<Vec<EncodedText>, ModelError> {
    let tokenizer = HfTokenizer::read(&wanted.source)?;
    let inputs = InputBuilder::new(&wanted.source, tokenizer)?;
    let encoded = || -> Result<Vec<EncodedText>, tokenizers::Error> {
        let mut encoded = Vec::new();
        for (query, _) in TEXTS {
            let query_ids = inputs.query(query, longest)?;
            for (_, passage) in TEXTS {
                encoded.push(match wanted.head {
                    Head::Classifier => inputs.pair(&query_ids, passage, Cut::END)?,
                    Head::HiddenStates => {
                        inputs.single(&format!("{query} {passage}"), longest, Cut::END)?
                    }
                });
            }
        }
        Ok(encoded)
    };
    encoded().map_err(|error| tokenizer::failed(wanted.source.model, &error))
}

fn numbers(encoder: &mut Encoder, texts: &[EncodedText]) -> Result<Vec<Vec<f32>>, ModelError> {
    let order: Vec<usize> = (0..texts.len()).collect();
    let all = encoder.map(texts, &order, || true, |_, output| output.values.to_vec())?;
    Ok(all.into_iter().map(Option::unwrap_or_default).collect())
}

/// The largest distance of two scores of one pair, as a share of the range of all.
fn apart(ours: &[Vec<f32>], theirs: &[Vec<f32>]) -> f32 {
    let score = |logits: &Vec<f32>| riddle_checkpoint::score(logits).unwrap_or(f32::NAN);
    let (ours, theirs): (Vec<f32>, Vec<f32>) = (
        ours.iter().map(score).collect(),
        theirs.iter().map(score).collect(),
    );
    let largest = theirs.iter().copied().fold(f32::MIN, f32::max);
    let range = largest - theirs.iter().copied().fold(f32::MAX, f32::min);
    let pairs = ours.iter().zip(&theirs);
    let distance = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, worse);
    distance / range
}

/// What is not a number is the worst.
fn worse(a: f32, b: f32) -> f32 {
    if a.is_nan() || b.is_nan() {
        f32::NAN
    } else {
        a.max(b)
    }
}
