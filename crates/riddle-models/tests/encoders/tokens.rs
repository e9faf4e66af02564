use riddle_core::Tokenizer;
use riddle_models::HfTokenizer;

use crate::setup::{data, minilm, texts};

#[test]
fn token_starts_are_those_of_the_whole_text() {
    for name in ["bert", "roberta", "xlm-roberta"] {
        let folder = data().join("tiny").join(name);
        let tokenizer = HfTokenizer::open(name, &folder).expect("it is committed");
        let long = texts().join("\n").repeat(3);
        assert!(long.len() > 64 << 10, "long enough to be cut into pieces");
        let library = tokenizers::Tokenizer::from_file(folder.join("tokenizer.json"))
            .expect("it is committed");
        let encoding = library.encode(&*long, false).expect("it encodes");
        let mut expected: Vec<usize> = encoding.get_offsets().iter().map(|(s, _)| *s).collect();
        expected.sort_unstable();
        let starts = tokenizer.token_starts(&long);
        // Some templates leave white space in front of a token out of it, but not in front of the first.
        for (start, expected) in starts.iter().zip(&expected) {
            let between = &long[*start.min(expected)..*start.max(expected)];
            assert!(between.trim().is_empty(), "{name}: {between:?} at {start}");
        }
        assert_eq!(starts.len(), expected.len(), "{name}");
    }
}

#[test]
fn truncation_and_padding_of_the_file_do_not_hide_tokens() {
    let Some(folder) = minilm() else {
        return;
    };
    let tokenizer = HfTokenizer::open("all-minilm-l6-v2", &folder).expect("it loads");
    // The file of this model asks for padding to, and truncation at, 128 tokens.
    assert_eq!(tokenizer.token_starts("two words"), [0, 4]);
    assert_eq!(tokenizer.token_starts(&"word ".repeat(1_000)).len(), 1_000);
    assert!(tokenizer.token_starts("").is_empty());
    assert_eq!(tokenizer.token_starts("重排 ok"), [0, 3, 7]);
}
