use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use riddle_core::{
    LanguageCoverage, Pair, PairScore, Reranker, ScoreOptions, ScoreScale, Similarity,
};
use riddle_models::{
    Compute, EmbedderSpec, EncoderEngine, Instructions, PoolingKind, Precision, RerankerSpec,
};
use riddle_test_support::{onnxruntime, shared_data};

/// What runs a model.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Way {
    /// Our own engine, with no better instructions than these.
    Native(Instructions),
    OnnxRuntime,
    PaddedBatches,
}

/// Every way that this CPU has; each must pass the same tests.
pub(crate) fn ways() -> impl Iterator<Item = Way> {
    let sets = Instructions::ALL.into_iter();
    let native = sets.filter(|set| set.is_available()).map(Way::Native);
    native.chain([Way::OnnxRuntime, Way::PaddedBatches])
}

impl Way {
    /// What is used where nothing is said.
    pub(crate) const USUAL: Self = Self::Native(Instructions::Avx512Bf16);

    pub(crate) fn is_native(self) -> bool {
        matches!(self, Self::Native(_))
    }

    pub(crate) fn on(self, runtime: &Compute) -> Compute {
        let runtime = runtime.clone();
        match self {
            Self::Native(instructions) => runtime.with_instructions(instructions),
            Self::OnnxRuntime => runtime.with_engine(EncoderEngine::OnnxRuntime),
            Self::PaddedBatches => runtime.with_engine(EncoderEngine::PaddedBatches),
        }
    }
}

/// Whether floats run on our own engine where ONNX Runtime is here too: on x86 without AVX2 they do not.
pub(crate) fn floats_are_ours() -> bool {
    Instructions::Avx2.is_available() || !cfg!(target_arch = "x86_64")
}

/// Files of this crate's tests.
pub(crate) fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

/// The texts that reference vectors were computed for.
pub(crate) fn texts() -> Vec<String> {
    let json = std::fs::read(data().join("texts.json")).expect("it is committed");
    serde_json::from_slice(&json).expect("it is a list of texts")
}

/// ONNX Runtime, where it is on this machine.
pub(crate) fn runtime(threads: usize) -> Option<Compute> {
    let path = onnxruntime()?;
    Some(Compute::with_library(&path, threads).expect("the library loads"))
}

/// all-MiniLM-L6-v2, where its weights are on this machine.
pub(crate) fn minilm() -> Option<PathBuf> {
    riddle_test_support::model("all-minilm-l6-v2")
}

/// The small cross-encoder, where the data outside the repository is on this machine.
pub(crate) fn starter() -> Option<PathBuf> {
    shared_data("models/ce-starter-minilm-l6")
}

/// The scores of one pair, many times over, by a deadline that falls among them however fast the machine is: there is
/// more to score until not all of it is in time, and more time until some of it is.
pub(crate) fn cut_by_a_deadline(
    reranker: &mut dyn Reranker,
    pair: Pair<'_>,
) -> Vec<Option<PairScore>> {
    let mut count = 500;
    loop {
        let (mut none, mut all) = (Duration::ZERO, None);
        let mut time = Duration::from_millis(200);
        // Between the time for nothing and that for everything; where others take the CPUs meanwhile, with more pairs.
        for _ in 0..12 {
            let options = ScoreOptions::until(Instant::now() + time);
            let scores = reranker.score(&vec![pair; count], &options);
            let scores = scores.expect("it is no failure");
            assert_eq!(scores.len(), count);
            match scores.iter().flatten().count() {
                0 => none = time,
                scored if scored == count => all = Some(time),
                _ => return scores,
            }
            time = all.map_or(time * 2, |all| (none + all) / 2);
        }
        count *= 2;
    }
}

/// A specification of all-MiniLM-L6-v2.
pub(crate) fn minilm_spec(folder: PathBuf, cache: &Path, precision: Precision) -> EmbedderSpec {
    EmbedderSpec {
        name: "all-minilm-l6-v2".to_owned(),
        folder,
        weights: "model.safetensors".to_owned(),
        cache: cache.to_owned(),
        precision,
        pooling: PoolingKind::Mean.into(),
        similarity: Similarity::Cosine,
        dimensions: 384,
        query_prefix: String::new(),
        passage_prefix: String::new(),
        max_tokens: 256,
        languages: LanguageCoverage::Only(vec!["en".to_owned()]),
    }
}

/// A specification of a cross-encoder with logits.
pub(crate) fn reranker_spec(folder: PathBuf, cache: &Path, precision: Precision) -> RerankerSpec {
    RerankerSpec {
        name: "a-cross-encoder".to_owned(),
        folder,
        weights: "model.safetensors".to_owned(),
        cache: cache.to_owned(),
        precision,
        max_tokens: 512,
        scale: ScoreScale::Logit,
        default_weight: 0.5,
    }
}

/// How far apart exact scores are at most whose quantized ones change places, as a share of their range. Each pair is
/// an exact score and a quantized one.
pub(crate) fn worst_inversion(scored: &[(f32, f32)]) -> f32 {
    let inverted = scored.iter().flat_map(|(exact, got)| {
        let others = scored.iter().filter(move |(_, other)| got <= other);
        others.map(move |(other, _)| exact - other)
    });
    inverted.fold(0.0, f32::max) / range_of_exact(scored)
}

/// How far the largest exact score is from the smallest.
pub(crate) fn range_of_exact(scored: &[(f32, f32)]) -> f32 {
    let exact = || scored.iter().map(|(exact, _)| *exact);
    exact().fold(f32::MIN, f32::max) - exact().fold(f32::MAX, f32::min)
}
