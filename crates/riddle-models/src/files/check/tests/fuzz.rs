//! Files of any content are told apart without harm.

use proptest::prelude::*;
use proptest::sample::Index;

use super::{committed, verdict};

/// A file of the catalogue, and one that is sound or begins like one.
fn files() -> impl Strategy<Value = (&'static str, &'static str, Vec<u8>)> {
    let tiny = |file: &str| {
        let path = committed("riddle-models/tests/data/tiny/bert").join(file);
        std::fs::read(path).expect("it is committed")
    };
    let mut gguf =
        std::fs::read(committed("riddle-llm/tests/data/tiny-qwen3.gguf")).expect("it is committed");
    gguf.truncate(20_000);
    prop::sample::select(vec![
        ("all-minilm-l6-v2", "config.json", tiny("config.json")),
        ("all-minilm-l6-v2", "tokenizer.json", tiny("tokenizer.json")),
        (
            "all-minilm-l6-v2",
            "model.safetensors",
            tiny("model.safetensors"),
        ),
        (
            "bge-m3",
            "onnx/model.onnx",
            vec![8, 9, 58, 4, 10, 2, 8, 1, 66, 2, 16, 20],
        ),
        ("qwen3-4b", "Qwen3-4B-Q4_K_M.gguf", gguf),
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn fuzz_damage_anywhere_is_told_or_harmless(
        (model, file, mut bytes) in files(),
        damage in prop::collection::vec((any::<Index>(), any::<u8>()), 0..6),
        at_the_start in prop::collection::vec((0_usize..64, any::<u8>()), 0..4),
        end in any::<Index>(),
    ) {
        for (place, value) in damage {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        for (place, value) in at_the_start {
            let last = bytes.len() - 1;
            bytes[place.min(last)] = value;
        }
        verdict(model, file, &bytes);
        bytes.truncate(end.index(bytes.len()));
        verdict(model, file, &bytes);
    }

    #[test]
    fn fuzz_bytes_of_any_kind_are_told(
        (model, file, _) in files(),
        bytes in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        verdict(model, file, &bytes);
    }
}
