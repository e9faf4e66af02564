use std::sync::LazyLock;

use tantivy_jieba::jieba_rs::Jieba;

use super::script::is_han;

/// Loaded on the first Chinese text, because it costs time and tens of megabytes that others need not pay.
static DICTIONARY: LazyLock<Jieba> = LazyLock::new(Jieba::new);

/// Terms of a run without spaces: each pair of neighbours, and the Chinese words that are not a pair.
///
/// The pairs find what the dictionary does not know or cuts otherwise in another context.
pub(super) fn for_each_term(run: &str, sink: &mut dyn FnMut(&str)) {
    let bounds: Vec<usize> = run
        .char_indices()
        .map(|(at, _)| at)
        .chain([run.len()])
        .collect();
    if bounds.len() == 2 {
        sink(run);
        return;
    }
    for pair in bounds.windows(3) {
        sink(&run[pair[0]..pair[2]]);
    }
    for han in run.split(|character| !is_han(character)) {
        if han.is_empty() {
            continue;
        }
        for word in DICTIONARY.cut_for_search(han, true) {
            if true {
                sink(word.word);
            }
        }
    }
}
