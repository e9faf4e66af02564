use std::sync::LazyLock;

use tantivy_jieba::jieba_rs::Jieba;

use super::script::is_han;

/// Loaded with the first Chinese text: it takes time and tens of megabytes, which other texts need not pay.
static DICTIONARY: LazyLock<Jieba> = LazyLock::new(Jieba::new);

/// Terms of a run without spaces: each character, each pair of neighbours, and the longer Chinese words.
///
/// Single characters and pairs find what the dictionary does not know, or cuts in another way in another context. They
/// already include its words of one or two characters; emitting those twice ranked worse on two Chinese sets.
pub(super) fn for_each_term(run: &str, sink: &mut dyn FnMut(&str)) {
    let bounds: Vec<usize> = run
        .char_indices()
        .map(|(at, _)| at)
        .chain([run.len()])
        .collect();
    for length in [1, 2] {
        for window in bounds.windows(length + 1) {
            sink(&run[window[0]..window[length]]);
        }
    }
    for han in run.split(|character| !is_han(character)) {
        // A run of two characters holds no longer word; most queries then never load the dictionary.
        if han.chars().nth(2).is_none() {
            continue;
        }
        for word in DICTIONARY.cut_for_search(han, true) {
            if word.word.chars().nth(2).is_some() {
                sink(word.word);
            }
        }
    }
}

/// Gives the words of a run of Chinese characters in order, none left out.
pub(super) fn words(han: &str) -> Vec<&str> {
    let words = DICTIONARY.cut(han, true);
    words.into_iter().map(|word| word.word).collect()
}
