//! Which engine runs rerankers faster on this machine: measured once for each of two widths, then remembered.

mod random_reranker;
mod rounds;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use riddle_core::{EngineChoice, ModelError};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::compute::Compute;
use crate::encoder::{EncodedText, Encoder};
use crate::open::Wanted;
use crate::runtime::EncoderEngine;
use random_reranker::{LONGEST, Size, VOCABULARY, WEIGHTS};
use riddle_checkpoint::{Head, Precision, Source, stated_hidden};
use rounds::{Round, Rounds};

/// Lengths of the equal texts; the others are of 40 to 235 tokens, as real passages are.
const EQUAL: [usize; 2] = [64, 256];
/// Texts of each kind: at least so many, and several for each thread, as in a request.
const TEXTS: usize = 8;
const TEXTS_OF_A_THREAD: usize = 4;
/// What else the machine does at a start is over soon.
const PAUSE: Duration = Duration::from_secs(2);
/// Goes up when the speed of an engine or the test itself changes.
const VERSION: u32 = 3;
const MODEL: &str = "engine-test";

/// How long the vector of a token is, on which it depends which engine is faster.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Width {
    /// As in MiniLM, the smallest reranker in use.
    Narrow,
    /// As in rerankers that are called base, or larger.
    Wide,
}

impl Width {
    /// Between the two.
    const LIMIT: usize = 576;

    /// That of the model in a folder, which is narrow where its configuration does not say.
    ///
    /// # Errors
    /// The configuration cannot be read.
    pub fn of(model: &str, folder: &Path) -> Result<Self, ModelError> {
        Ok(match stated_hidden(&Source::new(model, folder))? {
            Some(Self::LIMIT..) => Self::Wide,
            _ => Self::Narrow,
        })
    }

    /// What it is measured with. Layers are alike, so a few of the wide ones are enough.
    fn size(self) -> Size {
        match self {
            Self::Narrow => Size {
                hidden: 384,
                layers: 6,
            },
            Self::Wide => Size {
                hidden: 768,
                layers: 2,
            },
        }
    }
}

/// What the engines took for the same texts.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct MeasuredEngines {
    /// Instructions that our own engine used.
    instructions: String,
    rounds: Rounds,
}

impl MeasuredEngines {
    /// The engine to use.
    pub fn fastest(&self) -> EncoderEngine {
        self.rounds.fastest()
    }

    /// What the health report says of it.
    pub fn report(&self) -> EngineChoice {
        EngineChoice {
            used: self.fastest().as_str().to_owned(),
            instructions: self.instructions.clone(),
            native_ms: self.rounds.native().as_secs_f64() * 1e3,
            onnxruntime_ms: self.rounds.onnxruntime().as_secs_f64() * 1e3,
            reason: self.rounds.reason(),
        }
    }

    /// What was measured before on this machine with these versions and is remembered in `file`, or measures and
    /// remembers. Takes some seconds, on a busy machine three times as long, half a minute on x86 without AVX2, and up
    /// to 120 MB on the disk, which are given back. Nothing is measured where there is no choice: on a GPU, for
    /// precisions of one engine, without ONNX Runtime, and for floats on x86 without AVX2, which run there.
    ///
    /// # Errors
    /// A temporary folder for the model of the test cannot be made, or an engine cannot run it. That the result cannot
    /// be remembered is no error.
    pub fn find(
        compute: &Compute,
        precision: Precision,
        width: Width,
        file: &Path,
    ) -> Result<Option<Self>, ModelError> {
        let both = matches!(precision, Precision::Fp32 | Precision::Int8);
        let Some(instructions) = compute.usable_instructions().filter(|_| both) else {
            return Ok(None);
        };
        let library = match compute.onnxruntime() {
            Ok(library) => library,
            Err(reason) => {
                tracing::info!(%reason, "rerankers run on our own engine, as there is no other");
                return Ok(None);
            }
        };
        if compute.leaves_to_onnxruntime(precision) {
            tracing::info!(
                "rerankers run on ONNX Runtime, as our own engine is slow in floats on this CPU"
            );
            return Ok(None);
        }
        // All that the times depend on.
        let on = format!(
            "{}, {}, {} threads, {}, {} wide, ONNX Runtime {}, test {VERSION}",
            cpu(),
            instructions.as_str(),
            compute.threads(),
            precision.as_str(),
            width.size().hidden,
            library.version(),
        );
        let mut known = remembered(file);
        if let Some(known) = known.remove(&on) {
            return Ok(Some(known));
        }
        let measured = Self {
            instructions: instructions.as_str().to_owned(),
            rounds: measure(compute, precision, width.size())?,
        };
        known.insert(on, measured.clone());
        if let Err(error) = remember(&known, file) {
            tracing::warn!(%error, "engines will be measured again at the next start");
        }
        Ok(Some(measured))
    }
}

/// What was measured where. A file that cannot be understood is measured anew.
fn remembered(file: &Path) -> BTreeMap<String, MeasuredEngines> {
    let json = std::fs::read(file).unwrap_or_default();
    serde_json::from_slice(&json).unwrap_or_default()
}

fn remember(known: &BTreeMap<String, MeasuredEngines>, file: &Path) -> std::io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new(""));
    let mut new = tempfile::NamedTempFile::new_in(folder)?;
    serde_json::to_writer_pretty(&mut new, known)?;
    new.persist(file)?;
    Ok(())
}

fn cpu() -> String {
    described(&std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default())
}

/// What Linux says of the CPU: its name, of which virtual machines leave a part out, and a hash of all instructions
/// that it has here, since ONNX Runtime uses some that we do not. ARM has numbers in place of names.
fn described(facts: &str) -> String {
    let facts = facts.lines().filter_map(|line| line.split_once(':'));
    let stated = |wanted: &str| facts.clone().find(|(name, _)| name.trim() == wanted);
    let named = |on_x86: &str, on_arm: &str| {
        let fact = stated(on_x86).or_else(|| stated(on_arm));
        fact.map_or("", |(_, value)| value.trim())
    };
    let name = named("model name", "CPU implementer");
    let family = named("cpu family", "CPU variant");
    let model = named("model", "CPU part");
    let flags = Sha256::digest(named("flags", "Features"));
    format!(
        "{name} {family}/{model} {:02x}{:02x}{:02x}{:02x}",
        flags[0], flags[1], flags[2], flags[3]
    )
}

/// Both engines in turn, over texts of equal and of mixed lengths.
fn measure(compute: &Compute, precision: Precision, size: Size) -> Result<Rounds, ModelError> {
    let unwritable = |error: &dyn std::fmt::Display| ModelError::Failed {
        model: MODEL.to_owned(),
        message: format!("the model that engines are measured with cannot be written: {error}"),
    };
    let folder = tempfile::tempdir().map_err(|error| unwritable(&error))?;
    random_reranker::write(folder.path(), size).map_err(|error| unwritable(&error))?;
    let wanted = Wanted {
        source: Source::new(MODEL, folder.path()),
        weights: WEIGHTS,
        cache: &folder.path().join("converted"),
        head: Head::Classifier,
        precision,
        max_tokens: LONGEST,
        outputs: &["logits"],
        same_everywhere: false,
        needs_mask: false,
    };
    let open = |engine| wanted.open(&compute.clone().with_engine(engine));
    let mut native = open(EncoderEngine::Native)?.encoder;
    let mut onnxruntime = open(EncoderEngine::OnnxRuntime)?.encoder;
    let sets = sets(compute.threads());
    // Their first run takes its working memory from the system.
    for encoder in [&mut native, &mut onnxruntime] {
        time(encoder, &sets)?;
    }
    let round = |round: usize| {
        // Each goes first in half of them.
        let ours_first = round.is_multiple_of(2);
        let first = ours_first.then(|| time(&mut native, &sets)).transpose()?;
        let theirs = time(&mut onnxruntime, &sets)?;
        let ours = first.map_or_else(|| time(&mut native, &sets), Ok)?;
        Ok(Round {
            native: ours,
            onnxruntime: theirs,
        })
    };
    Rounds::measure(round, || std::thread::sleep(PAUSE))
}

fn time(encoder: &mut Encoder, sets: &[Vec<EncodedText>]) -> Result<Duration, ModelError> {
    let started = Instant::now();
    for texts in sets {
        let order: Vec<usize> = (0..texts.len()).collect();
        encoder.map(texts, &order, || true, |_, _| ())?;
    }
    Ok(started.elapsed())
}

/// Texts as requests have them: of each equal length, and of mixed ones.
fn sets(threads: usize) -> Vec<Vec<EncodedText>> {
    let count = TEXTS.max(TEXTS_OF_A_THREAD * threads);
    let mixed = (0..count).map(|index| text(40 + 13 * (index * 7 % 16)));
    let equal = |tokens| (0..count).map(|_| text(tokens)).collect();
    let mut sets: Vec<Vec<EncodedText>> = EQUAL.into_iter().map(equal).collect();
    sets.push(mixed.collect());
    sets
}

fn text(tokens: usize) -> EncodedText {
    EncodedText {
        ids: (0..tokens)
            .map(|token| (token % VOCABULARY) as i64)
            .collect(),
        types: vec![0; tokens],
        content: 0..tokens,
        attended: tokens,
        truncated: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cpu_is_told_from_others_of_its_kind() {
        let x86 =
            described("cpu family\t: 25\nmodel\t\t: 17\nmodel name\t: EPYC\nflags\t\t: fpu avx2\n");
        assert!(x86.starts_with("EPYC 25/17 "), "{x86}");
        let arm = |part, features| {
            described(&format!(
                "CPU implementer\t: 0x41\nCPU variant\t: 0x1\nCPU part\t: {part}\nFeatures\t: {features}\n"
            ))
        };
        let graviton = arm("0xd0c", "fp asimd");
        assert!(graviton.starts_with("0x41 0x1/0xd0c "), "{graviton}");
        assert_ne!(graviton, arm("0xd40", "fp asimd"));
        assert_ne!(graviton, arm("0xd0c", "fp asimd asimddp"));
    }

    #[test]
    fn a_model_is_as_wide_as_its_configuration_says() {
        let folder = tempfile::tempdir().expect("a folder");
        let width = || Width::of("tiny", folder.path()).map_err(|error| error.to_string());
        assert_eq!(width(), Ok(Width::Narrow), "it does not say");
        for (config, expected) in [
            (r#"{"hidden_size": 384}"#, Width::Narrow),
            (r#"{"hidden_size": 768}"#, Width::Wide),
            (r#"{"dim": 768}"#, Width::Wide),
            (r#"{"hidden_size": 1024}"#, Width::Wide),
        ] {
            std::fs::write(folder.path().join("config.json"), config).expect("written");
            assert_eq!(width(), Ok(expected), "{config}");
        }
    }
}
