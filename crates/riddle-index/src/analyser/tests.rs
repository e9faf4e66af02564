use proptest::prelude::*;

use super::*;

fn check(text: &str, expected: &[&str]) {
    assert_eq!(analyse(text), expected, "{text}");
}

#[test]
fn words_are_folded_and_stemmed() {
    check("The Cats were RUNNING", &["the", "cat", "were", "run"]);
    check("Café ﬁrst Ⅷ", &["cafe", "first", "viii"]);
    check("straße Łódź naïve", &["strass", "lodz", "naiv"]);
    check("Newton's laws, don’t", &["newton", "law", "dont"]);
    check("", &[]);
    check("— … !", &[]);
}

#[test]
fn identifiers_give_the_whole_and_the_parts() {
    check("get_user_id", &["getuserid", "get", "user", "id"]);
    check(
        "parseHTTPRequest",
        &["parsehttprequest", "pars", "http", "request"],
    );
    check(
        "mRNA DNAs p53 IL-6",
        &["mrna", "rna", "dnas", "p53", "il", "6"],
    );
    assert_eq!(analyse("getUserId")[0], analyse("GET_USER_ID")[0]);
    check("__init__", &["init"]);
    check("_ __", &[]);
}

#[test]
fn scripts_without_spaces_give_characters_and_pairs() {
    check(
        "東京タワー",
        &["東", "京", "タ", "ワ", "ー", "東京", "京タ", "タワ", "ワー"],
    );
    check("한국어", &["한", "국", "어", "한국", "국어"]);
    check("山", &["山"]);
    assert!(analyse("低头思故乡").contains(&"故乡".to_owned()));
    assert!(analyse("我在中华人民共和国工作").contains(&"中华人民共和国".to_owned()));
}

#[test]
fn mixed_scripts_are_cut_apart() {
    check("GPU加速", &["gpu", "加", "速", "加速"]);
    check("Ｑｄｒａｎｔ１０", &["qdrant10"]);
}

#[test]
fn overlong_words_are_cut() {
    assert_eq!(analyse(&"x1".repeat(5_000))[0].len(), 96);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn fuzz_any_text_gives_terms_that_the_index_gives_too(
        text in prop_oneof![any::<String>(), "[a-zA-Z0-9_.'’ßéİ北京ก한\u{300}\u{200d}🐼 -]{0,60}"],
    ) {
        let terms = analyse(&text);
        prop_assert!(terms.iter().all(|term| !term.is_empty()));
        let mut tokenizer = ChunkTokenizer;
        let mut stream = tokenizer.token_stream(&text);
        let mut indexed = Vec::new();
        while stream.advance() {
            indexed.push(stream.token().text.clone());
        }
        prop_assert_eq!(terms, indexed);
    }
}
