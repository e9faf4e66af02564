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
    check("Müller", &["muller", "mueller"]);
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
        &["mrna", "rna", "dnas", "dna", "p53", "il", "6", "il6"],
    );
    check(
        "Base64Encoder Http2Server 7AB2C",
        &[
            "base64encoder",
            "base64",
            "encod",
            "http2server",
            "http2",
            "server",
            "7ab2c",
        ],
    );
    assert_eq!(analyse("getUserId")[0], analyse("GET_USER_ID")[0]);
    check("__init__", &["init"]);
    check("_ __", &[]);
}

#[test]
fn scripts_without_spaces_give_characters_and_pairs() {
    check(
        "東京タワー",
        &["东", "京", "タ", "ワ", "ー", "东京", "京タ", "タワ", "ワー"],
    );
    check("한국어", &["한", "국", "어", "한국", "국어"]);
    check("山", &["山"]);
    assert!(analyse("低头思故乡").contains(&"故乡".to_owned()));
    assert!(analyse("我在中华人民共和国工作").contains(&"中华人民共和国".to_owned()));
}

#[test]
fn mixed_scripts_are_cut_apart() {
    check("GPU加速", &["gpu", "加", "速", "加速"]);
    check("Ｑｄｒａｎｔ１０", &["qdrant10", "qdrant", "10"]);
    check(
        "iPhone15手机",
        &["iphone15", "iphon", "phone", "15", "手", "机", "手机"],
    );
}

#[test]
fn overlong_words_are_cut() {
    assert_eq!(analyse(&"x1".repeat(5_000))[0].len(), 96);
}

/// Each pair is one thing written in two ways. The term is what both give.
fn have_a_term_in_common(pairs: &[(&str, &str, &str)]) {
    for (one, other, term) in pairs {
        for text in [one, other] {
            let terms = analyse(text);
            assert!(
                terms.iter().any(|found| found == term),
                "{text}: {terms:?} lack {term}"
            );
        }
    }
}

#[test]
fn forms_of_one_word_have_a_term_in_common() {
    have_a_term_in_common(&[
        ("com\u{AD}pres\u{AD}sor", "compressor", "compressor"),
        (
            "ther\u{200B}mo\u{2060}stat\u{FEFF}",
            "THERMOSTAT",
            "thermostat",
        ),
        ("می\u{200C}خواهم", "میخواهم", "ميخواهم"),
        ("O´Hara", "O’Hara", "ohara"),
        ("l’école", "école", "ecol"),
        ("dell'acqua", "acqua", "acqua"),
        ("كِتَابٌ", "كتاب", "كتاب"),
        ("أحمـــد", "احمد", "احمد"),
        ("مدرسة", "مدرسه", "مدرسه"),
        ("שָׁלוֹם", "שלום", "שלום"),
        ("צה״ל", "צהל", "צהל"),
        ("צה\"ל", "מפקד צה”ל", "צהל"),
        ("Ankara'dan", "ANKARA", "ankara"),
        ("İzmir’den", "IZMIR", "izmir"),
        ("col·lecció", "colleccio", "colleccio"),
        ("PDFs", "pdf", "pdf"),
        ("gpus", "a GPU", "gpu"),
        ("many KPIs", "KPI", "kpi"),
        ("Đường", "duong", "duong"),
        ("Ёлка", "елка", "елка"),
        ("ΟΔΌΣ", "οδος", "οδοσ"),
        ("น้ำ", "น้\u{E4D}า", "\u{E4D}า"),
        ("हिन्दी क़लम", "कलम", "कलम"),
        ("हिन्दी", "हिंदी", "हिंदी"),
        ("सम्पर्क", "संपर्क", "संपर्क"),
        ("Mueller", "Müller", "mueller"),
        ("Århus", "Aarhus", "aarhus"),
        ("發票", "发票", "发票"),
    ]);
}

#[test]
fn forms_of_one_number_or_name_have_a_term_in_common() {
    have_a_term_in_common(&[
        ("1,250,000", "1.250.000", "1250000"),
        ("1\u{202F}250\u{202F}000", "1'250’000", "1250000"),
        ("12,50,000", "1250000", "1250000"),
        ("1_250_000", "1\u{A0}250\u{A0}000", "1250000"),
        ("١٢٥٠", "1.250", "1250"),
        ("١٬٢٥٠٬٠٠٠", "1,250,000", "1250000"),
        ("۱٬۲۵۰٫۵", "1250.5", "1250.5"),
        ("٣٫١٤", "3,14", "3.14"),
        ("1.234,56 €", "$1,234.56", "1234.56"),
        ("١٢،٧٠٠", "12,700", "12700"),
        ("702.611.50", "70261150", "70261150"),
        ("0815.4711", "08154711", "08154711"),
        (
            "6ES7 315-2AH14-0AB0",
            "6ES73152AH14-0AB0",
            "6es73152ah140ab0",
        ),
        ("6ES7 315-2AH14", "6es7315-2ah14", "6es73152ah14"),
        ("37,5", "37.5", "37.5"),
        ("37,5kg", "37.5 kg", "37.5"),
        ("+49 30 1234567", "(030) 123-4567", "301234567"),
        (
            "4111 1111 2222 3333",
            "4111111122223333",
            "4111111122223333",
        ),
        (
            "6222 0212 3456 7890 123",
            "6222021234567890123",
            "6222021234567890123",
        ),
        (
            "DE89 3704 0044 0532 0130 00",
            "DE89370400440532013000",
            "de89370400440532013000",
        ),
        ("+49301234567", "030/1234567", "301234567"),
        ("+47 22 55 01 90", "22550190", "22550190"),
        ("0049 (0)30 123 45 67", "1234567", "1234567"),
        ("v1.3.2", "1.3.2", "1.3.2"),
        ("1.3.2", "1.3", "1.3"),
        ("2026-03-05", "5.3.2026", "20260305"),
        ("2026年3月5日", "2026/03/05", "20260305"),
        ("AB-1234/5", "AB1234", "ab1234"),
        ("K‑7731", "K7731", "k7731"),
        ("IL-6", "IL6", "il6"),
        ("10kg", "10 kg", "kg"),
        ("V.P.N.", "vpn", "vpn"),
        ("U.S.A", "USA", "usa"),
        ("Wi-Fi", "wifi", "wifi"),
        ("00:1A:2B:3C:4D:5E", "001A2B3C4D5E", "001a2b3c4d5e"),
        ("00-1a-2b-3c-4d-5e", "001a.2b3c.4d5e", "001a2b3c4d5e"),
        ("a4:c1:38:ff:0e:07", "A4-C1-38-FF-0E-07", "a4c138ff0e07"),
    ]);
}

#[test]
fn what_only_looks_alike_stays_apart() {
    for (one, other, term) in [
        ("1.3.2", "2.1.3", "1.3.2"),
        ("12.75", "12.57", "12.75"),
        ("2026-03-05", "2026-05-03", "20260305"),
        ("1,250,000", "1,520,000", "1250000"),
        ("हिन्दी", "हन्द", "हिंदी"),
        ("18:30", "30:18", "18:30"),
        ("00:1A:2B:3C:4D:5E", "00:1A:2B:3C:4D:5F", "001a2b3c4d5e"),
    ] {
        assert!(analyse(one).iter().any(|found| found == term), "{one}");
        assert!(analyse(other).iter().all(|found| found != term), "{other}");
    }
    check("in 1995. 20 people", &["in", "1995", "20", "peopl"]);
    check("x, y. z", &["x", "y", "z"]);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn fuzz_any_text_gives_terms_that_the_index_gives_too(
        text in prop_oneof![any::<String>(), "[a-zA-Z0-9_.,:/()'’ßéüİ北發京年月ก้한\u{300}\u{200d}\u{ad}\u{a0}🐼 -]{0,60}"],
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
