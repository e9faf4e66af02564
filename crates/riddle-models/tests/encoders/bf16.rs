//! 16 bits with the range of 32, which our own engine alone computes in.

use riddle_core::{Embedder, ModelError, Purpose, dot};
use riddle_models::{Compute, CrossEncoder, EncoderEngine, Precision, TextEmbedder};

use crate::order::largest_difference;
use crate::setup::{
    data, minilm, minilm_spec, range_of_exact, reranker_spec, runtime, texts, ways, worst_inversion,
};
use crate::tiny::scored_beside_reference;

/// What the engine runs.
const NATIVE: [&str; 5] = [
    "bert",
    "bert-two-labels",
    "distilbert",
    "roberta",
    "xlm-roberta",
];

/// With each set of instructions.
fn runtimes() -> Vec<Compute> {
    let native = ways().filter(|way| way.is_native());
    native.map(|way| way.on(&Compute::new(2))).collect()
}

#[test]
fn scores_are_near_those_of_transformers_and_keep_their_order() {
    let runtimes = runtimes();
    let every = NATIVE.iter();
    for (name, runtime) in every.flat_map(|name| runtimes.iter().map(move |on| (name, on))) {
        let scored = scored_beside_reference(runtime, name, Precision::Bf16);
        let differences = scored.iter().map(|(exact, got)| (exact - got).abs());
        let worst = differences.fold(0.0, f32::max);
        assert!(worst > 0.0, "{name} was computed in 32 bits");
        let range = range_of_exact(&scored);
        let inverted = worst_inversion(&scored);
        eprintln!("{name}: off by {worst} of {range}, inverted {inverted}");
        // bf16 has 8 bits for digits, so a number is off by up to 0.4 %, and a score is a sum of what two layers add to
        // that.
        assert!(worst < 0.04 * range, "{name}: off by {worst} of {range}");
        assert!(inverted < 0.02, "{name}: {inverted} of the range");
        let apart = largest_difference(runtime, name, Precision::Bf16);
        assert!(apart <= 0.0, "{name}: a batch differs by {apart}");
    }
}

#[test]
fn vectors_are_near_those_in_32_bits_and_have_a_fingerprint_of_their_own() {
    let Some((folder, runtime)) = minilm().zip(runtimes().into_iter().next()) else {
        return;
    };
    let texts = texts();
    let texts: Vec<&str> = texts.iter().map(String::as_str).take(60).collect();
    let cache = tempfile::tempdir().expect("a temporary folder");
    let [exact, rounded] = [Precision::Fp32, Precision::Bf16].map(|precision| {
        let spec = minilm_spec(folder.clone(), cache.path(), precision);
        let (mut embedder, _) = TextEmbedder::load(&runtime, &spec).expect("it loads");
        let vectors = embedder
            .embed(&texts, Purpose::Passage)
            .expect("the model runs");
        (embedder.info().fingerprint.clone(), vectors)
    });
    assert_ne!(exact.0, rounded.0);
    let cosines = exact.1.iter().zip(&rounded.1).map(|(a, b)| dot(a, b));
    let lowest = cosines.fold(f32::MAX, f32::min);
    assert!((0.999..0.999_999_9).contains(&lowest), "{lowest}");
}

#[test]
fn what_another_engine_runs_is_refused_with_what_to_set_instead() {
    let Some(runtime) = runtime(1) else {
        return;
    };
    let elsewhere = runtime.clone().with_engine(EncoderEngine::OnnxRuntime);
    for (name, runtime) in [("modernbert", runtime), ("bert", elsewhere)] {
        let cache = tempfile::tempdir().expect("a temporary folder");
        let folder = data().join("tiny").join(name);
        let spec = reranker_spec(folder, cache.path(), Precision::Bf16);
        let error = CrossEncoder::open(&runtime, &spec).err();
        let Some(ModelError::Unavailable { remedy, .. }) = error else {
            panic!("{name}: {error:?}");
        };
        assert!(remedy.contains("to int8 or fp32"), "{remedy}");
    }
}
