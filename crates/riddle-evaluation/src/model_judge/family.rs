use std::collections::BTreeSet;

/// What names of models hold, and the family that it says. Names of few letters count where a word begins alone.
const MARKS: &[(&str, &str)] = &[
    ("qwen", "qwen"),
    ("qwq", "qwen"),
    ("llama", "llama"),
    ("smollm", "smollm"),
    ("gemma", "gemma"),
    ("gemini", "gemini"),
    ("mistral", "mistral"),
    ("mixtral", "mistral"),
    ("ministral", "mistral"),
    ("phi", "phi"),
    ("deepseek", "deepseek"),
    ("chatglm", "glm"),
    ("glm", "glm"),
    ("chatgpt", "gpt"),
    ("gpt", "gpt"),
    ("claude", "claude"),
    ("granite", "granite"),
    ("falcon", "falcon"),
    ("olmo", "olmo"),
    ("internlm", "internlm"),
    ("baichuan", "baichuan"),
    ("minicpm", "minicpm"),
    ("minilm", "minilm"),
    ("hunyuan", "hunyuan"),
    ("ernie", "ernie"),
    ("bge", "bge"),
    ("gte", "gte"),
    ("jina", "jina"),
    ("mxbai", "mxbai"),
];
/// From so many letters on, a mark counts wherever it stands in a word.
const LONG: usize = 4;

/// The family that two models share, by their names: one judges what the other makes too kindly.
pub fn shared_family(one: &str, other: &str) -> Option<String> {
    let others = families(other);
    families(one)
        .into_iter()
        .find(|family| others.contains(family))
}

/// The families that a name tells of; by its first letters where it tells of none that is known.
fn families(name: &str) -> BTreeSet<String> {
    let name = name.rsplit('/').next().unwrap_or(name).to_lowercase();
    let words = || name.split(|c: char| !c.is_alphanumeric());
    let tells = |mark: &str| {
        words().any(|word| word.starts_with(mark) || (mark.len() >= LONG && word.contains(mark)))
    };
    let known = MARKS.iter().filter(|(mark, _)| tells(mark));
    let known: BTreeSet<String> = known.map(|(_, family)| (*family).to_owned()).collect();
    if !known.is_empty() {
        return known;
    }
    let first = name.split(|c: char| !c.is_alphabetic());
    first
        .filter(|word| !word.is_empty())
        .take(1)
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_of_one_family_are_known_by_their_names() {
        for (one, other, family) in [
            (
                "qwen3-4b-instruct",
                "Qwen/Qwen3-Reranker-0.6B",
                Some("qwen"),
            ),
            ("meta-llama-3-8b", "TinyLlama-1.1B", Some("llama")),
            ("deepseek-r1-distill-qwen-7b", "qwen2.5-1.5b", Some("qwen")),
            ("bge-reranker-v2-gemma", "gemma-2-2b", Some("gemma")),
            ("gpt-4o-mini", "chatgpt-4o-latest", Some("gpt")),
            ("house-model-2", "house-1", Some("house")),
            ("smollm2-135m", "llama-3.2-1b", None),
            ("dolphin-2", "phi-4", None),
            ("qwen3-4b", "ms-marco-minilm-l12", None),
            ("mistral-7b", "bge-reranker-v2-m3", None),
            ("2024", "2025", None),
        ] {
            assert_eq!(
                shared_family(one, other).as_deref(),
                family,
                "{one} {other}"
            );
            assert_eq!(
                shared_family(other, one).as_deref(),
                family,
                "{other} {one}"
            );
        }
    }
}
