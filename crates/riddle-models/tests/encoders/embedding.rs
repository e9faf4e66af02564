use riddle_core::{Embedder, Purpose, dot, max_sim};
use riddle_models::{
    BatchShape, Compute, Conversion, EmbedderSpec, EncoderEngine, Head, Instructions, Precision,
    TextEmbedder, convert,
};

use crate::setup::{Way, data, minilm, minilm_spec, runtime, texts, ways};

const THREADS: usize = 2;
/// Every so many texts are enough where all would take long.
const FEW: usize = 13;

#[test]
fn vectors_equal_those_of_sentence_transformers() {
    check_against_reference(Precision::Fp32, 0.9999);
}

#[test]
fn quantized_vectors_are_close_to_those_of_sentence_transformers() {
    check_against_reference(Precision::Int8, 0.99);
}

#[test]
fn a_vector_depends_on_nothing_but_its_text() {
    for precision in [Precision::Fp32, Precision::Int8] {
        let Some((_cache, mut embedder)) = open(precision, THREADS) else {
            return;
        };
        let texts = texts();
        let mut texts: Vec<&str> = texts.iter().map(String::as_str).take(120).collect();
        let forward = embed(&mut embedder, &texts);
        texts.reverse();
        let mut backward = embed(&mut embedder, &texts);
        backward.reverse();
        assert_eq!(forward, backward, "the order of texts changed a vector");
        for (vector, text) in forward.iter().zip(texts.iter().rev()) {
            assert_eq!(*vector, embed(&mut embedder, &[text])[0]);
        }
    }
}

#[test]
fn engines_whose_vectors_differ_have_different_fingerprints() {
    let Some((folder, runtime)) = minilm().zip(runtime(1)) else {
        return;
    };
    let texts = texts();
    let texts: Vec<&str> = texts.iter().step_by(FEW).map(String::as_str).collect();
    for precision in [Precision::Fp32, Precision::Bf16, Precision::Int8] {
        let cache = tempfile::tempdir().expect("a temporary folder");
        let spec = minilm_spec(folder.clone(), cache.path(), precision);
        // Padded batches are for GPUs, where 8 bits are refused, and bf16 is for our own engine.
        let ways = quick_ways(precision).filter(|way| match precision {
            Precision::Int8 => *way != Way::PaddedBatches,
            Precision::Bf16 => way.is_native(),
            _ => true,
        });
        let made: Vec<_> = ways
            .map(|way| {
                let (mut embedder, _) =
                    TextEmbedder::load(&way.on(&runtime), &spec).expect("it loads");
                let vectors = embed(&mut embedder, &texts);
                (way, embedder.info().fingerprint.clone(), vectors)
            })
            .collect();
        assert!(
            precision == Precision::Bf16 || made.len() > 1,
            "{precision:?}"
        );
        for (place, (one, print, vectors)) in made.iter().enumerate() {
            for (other, other_print, other_vectors) in &made[place + 1..] {
                let cosines = vectors.iter().zip(other_vectors).map(|(a, b)| dot(a, b));
                let lowest = cosines.fold(f32::MAX, f32::min);
                eprintln!("{precision:?}, {one:?} and {other:?}: lowest cosine {lowest}");
                assert!(print != other_print || lowest > 0.9999, "{lowest}");
            }
        }
    }
}

#[test]
fn in_8_bits_every_set_of_instructions_gives_the_same_vectors_under_one_fingerprint() {
    let texts = texts();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    for name in ["bert", "distilbert", "roberta", "xlm-roberta"] {
        let cache = tempfile::tempdir().expect("a temporary folder");
        let spec = EmbedderSpec {
            name: name.to_owned(),
            dimensions: 32,
            max_tokens: 48,
            ..minilm_spec(
                data().join("tiny").join(name),
                cache.path(),
                Precision::Int8,
            )
        };
        let mut made = ways().filter(|way| way.is_native()).map(|way| {
            let compute = way.on(&Compute::new(2));
            let (mut embedder, _) = TextEmbedder::load(&compute, &spec).expect("it loads");
            let vectors = embed(&mut embedder, &texts);
            (embedder.info().fingerprint.clone(), vectors)
        });
        let first = made.next().expect("the portable set");
        for other in made {
            assert!(other == first, "{name}: {} and {}", other.0, first.0);
        }
    }
}

#[test]
fn no_text_gives_no_vector() {
    let Some((_cache, mut embedder)) = open(Precision::Int8, THREADS) else {
        return;
    };
    assert!(embed(&mut embedder, &[]).is_empty());
}

#[test]
fn token_vectors_leave_special_tokens_out_and_have_length_one() {
    let Some((_cache, mut embedder)) = open(Precision::Fp32, THREADS) else {
        return;
    };
    let texts = [
        "a sieve for questions",
        "",
        "how does a sieve work?",
        "the tax office opens at nine",
    ];
    let vectors = embedder
        .token_vectors(&texts, Purpose::Passage)
        .expect("the model runs");
    let tokens: Vec<usize> = vectors
        .iter()
        .map(|v| v.values.len() / v.dimensions)
        .collect();
    // "a", "si", "##eve", "for", "questions" and so on: the counts of the reference tokenizer.
    assert_eq!(tokens, [5, 0, 7, 6]);
    for row in vectors[0].values.chunks_exact(384) {
        assert!((dot(row, row) - 1.0).abs() < 1e-4);
    }
    let near = max_sim(&vectors[2], &vectors[0]).expect("both have tokens");
    let far = max_sim(&vectors[2], &vectors[3]).expect("both have tokens");
    assert!(near > far, "{near} against {far}");
}

#[test]
fn prefixes_and_limits_of_the_specification_hold() {
    let Some((folder, runtime)) = minilm().zip(runtime(1)) else {
        return;
    };
    let cache = tempfile::tempdir().expect("a temporary folder");
    let plain = minilm_spec(folder, cache.path(), Precision::Int8);
    let spec = EmbedderSpec {
        query_prefix: "query: ".to_owned(),
        max_tokens: 8,
        ..plain.clone()
    };
    let (mut plain, _) = TextEmbedder::load(&runtime, &plain).expect("it loads");
    let (mut prefixed, _) = TextEmbedder::load(&runtime, &spec).expect("it loads");
    let expected = embed(&mut plain, &["query: sieve"]);
    let query = prefixed
        .embed(&["sieve"], Purpose::Query)
        .expect("the model runs");
    assert_eq!(query, expected);
    // Eight tokens are six words between the two special ones.
    let cut = embed(
        &mut prefixed,
        &["one two three four five six seven eight nine"],
    );
    assert_eq!(cut, embed(&mut plain, &["one two three four five six"]));
}

#[test]
fn another_dimension_is_told_when_loading() {
    let Some((folder, runtime)) = minilm().zip(runtime(1)) else {
        return;
    };
    let cache = tempfile::tempdir().expect("a temporary folder");
    let spec = EmbedderSpec {
        dimensions: 768,
        ..minilm_spec(folder, cache.path(), Precision::Int8)
    };
    let error = TextEmbedder::open(&runtime, &spec)
        .err()
        .expect("768 is wrong");
    assert_eq!(
        error.to_string(),
        "model `all-minilm-l6-v2`, file `config.json`: describes vectors of 384 numbers where 768 are expected; pull the model again with `riddle models pull all-minilm-l6-v2`"
    );
}

#[test]
fn a_graph_for_padded_batches_is_an_onnx_model_like_any_other() {
    let Some((folder, runtime)) = minilm().zip(runtime(1)) else {
        return;
    };
    let work = tempfile::tempdir().expect("a temporary folder");
    let tokenizer = "tokenizer.json";
    std::fs::copy(folder.join(tokenizer), work.path().join(tokenizer)).expect("copied");
    let conversion = Conversion {
        model: "all-minilm-l6-v2".to_owned(),
        head: Head::HiddenStates,
        precision: Precision::Fp32,
        batches: BatchShape::Padded,
    };
    let output = work.path().join("model.onnx");
    convert(&folder, "model.safetensors", &conversion, &output).expect("it converts");
    let spec = EmbedderSpec {
        weights: "model.onnx".to_owned(),
        ..minilm_spec(work.path().to_owned(), work.path(), Precision::Fp32)
    };
    let (mut padded, _) = TextEmbedder::load(&runtime, &spec).expect("it loads");
    let Some((_cache, mut plain)) = open(Precision::Fp32, 1) else {
        return;
    };
    let texts = [
        "a sieve",
        "Rerankers read the question and the passage together.",
    ];
    let (padded, plain) = (embed(&mut padded, &texts), embed(&mut plain, &texts));
    for (a, b) in padded.iter().zip(&plain) {
        assert!(dot(a, b) > 0.99999, "{}", dot(a, b));
    }
}

#[test]
fn files_that_are_no_graph_are_told() {
    let Some((folder, runtime)) = minilm().zip(runtime(1)) else {
        return;
    };
    let runtime = runtime.with_engine(EncoderEngine::OnnxRuntime);
    let cache = tempfile::tempdir().expect("a temporary folder");
    let spec = minilm_spec(folder, cache.path(), Precision::Int8);
    let own = |spec: &EmbedderSpec| TextEmbedder::open(&runtime, spec).err();
    assert!(own(&spec).is_none(), "it loads");
    let converted = std::fs::read_dir(cache.path())
        .expect("it is a folder")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| path.extension().is_some_and(|e| e == "onnx"))
        .expect("it was converted");
    std::fs::write(&converted, "damaged").expect("written");
    let message = own(&spec).expect("it is damaged").to_string();
    assert!(message.contains("it was removed; try again"), "{message}");
    assert!(
        !message.contains(&*cache.path().to_string_lossy()),
        "{message}"
    );
    assert!(own(&spec).is_none(), "it was converted anew");

    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 90405214\n";
    let work = tempfile::tempdir().expect("a temporary folder");
    let tokenizer = "tokenizer.json";
    std::fs::copy(spec.folder.join(tokenizer), work.path().join(tokenizer)).expect("copied");
    std::fs::write(work.path().join("model.onnx"), pointer).expect("written");
    let spec = EmbedderSpec {
        folder: work.path().to_owned(),
        weights: "model.onnx".to_owned(),
        ..spec
    };
    let message = own(&spec).expect("it is a pointer").to_string();
    assert!(
        message.contains("file `model.onnx`: cannot be loaded"),
        "{message}"
    );
    assert!(message.contains("riddle models pull"), "{message}");
    assert!(
        !message.contains(&*work.path().to_string_lossy()),
        "{message}"
    );
}

/// Every way but floats by the portable set, which on x86 take minutes for so many texts.
fn quick_ways(precision: Precision) -> impl Iterator<Item = Way> {
    let portable = Way::Native(Instructions::Portable);
    ways().filter(move |way| precision == Precision::Int8 || *way != portable)
}

fn check_against_reference(precision: Precision, least: f32) {
    for way in quick_ways(precision) {
        check_engine_against_reference(way, precision, least);
    }
}

fn check_engine_against_reference(way: Way, precision: Precision, least: f32) {
    let Some((_cache, mut embedder)) = open_on(way, precision, THREADS) else {
        return;
    };
    let bytes = std::fs::read(data().join("all-minilm-l6-v2.f32")).expect("it is committed");
    let reference: Vec<f32> = bytes
        .as_chunks::<4>()
        .0
        .iter()
        .map(|bytes| f32::from_le_bytes(*bytes))
        .collect();
    let texts = texts();
    assert_eq!(texts.len() * 384, reference.len());
    // In 8 bits its numbers are those of the other sets, as another test has it.
    let each = match way {
        Way::Native(Instructions::Portable) if cfg!(target_arch = "x86_64") => FEW,
        _ => 1,
    };
    let texts: Vec<&str> = texts.iter().step_by(each).map(String::as_str).collect();
    let vectors = embed(&mut embedder, &texts);
    let mut cosines: Vec<(f32, &str)> = vectors
        .iter()
        .zip(reference.chunks_exact(384).step_by(each))
        .zip(&texts)
        .map(|((vector, expected), text)| (dot(vector, expected), *text))
        .collect();
    cosines.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mean = cosines.iter().map(|(cosine, _)| cosine).sum::<f32>() / cosines.len() as f32;
    eprintln!(
        "{way:?} {precision:?}: lowest cosine {}, mean {mean}",
        cosines[0].0
    );
    for (cosine, text) in &cosines {
        assert!(*cosine >= least, "cosine {cosine} for {text:?}");
    }
}

fn open(precision: Precision, threads: usize) -> Option<(tempfile::TempDir, TextEmbedder)> {
    open_on(Way::USUAL, precision, threads)
}

fn open_on(
    way: Way,
    precision: Precision,
    threads: usize,
) -> Option<(tempfile::TempDir, TextEmbedder)> {
    let (folder, runtime) = minilm().zip(runtime(threads))?;
    let runtime = way.on(&runtime);
    let cache = tempfile::tempdir().expect("a temporary folder");
    let spec = minilm_spec(folder, cache.path(), precision);
    let (embedder, _) = TextEmbedder::load(&runtime, &spec).expect("it loads");
    Some((cache, embedder))
}

fn embed(embedder: &mut TextEmbedder, texts: &[&str]) -> Vec<Vec<f32>> {
    embedder
        .embed(texts, Purpose::Passage)
        .expect("the model runs")
}
