use super::*;

fn passage<'a>(text: &'a str, score: f32) -> ExtractivePassage<'a> {
    ExtractivePassage {
        text,
        heading_path: &[],
        score,
    }
}

fn answer(question: &str, passages: &[ExtractivePassage<'_>]) -> Vec<String> {
    let candidates = candidate_sentences(question, passages);
    select_sentences(&candidates, &[], passages)
        .into_iter()
        .map(|index| candidates[index].text.clone())
        .collect()
}

#[test]
fn the_sentence_with_the_answer_is_quoted() {
    let passages = [
        passage(
            "Riddle keeps documents in a folder. Uploads are limited to 64 MiB by default. It is written in Rust.",
            1.0,
        ),
        passage(
            "The server listens on port 8080. Nothing else is open.",
            0.4,
        ),
    ];
    assert_eq!(
        answer("How large may uploads be by default?", &passages),
        ["Uploads are limited to 64 MiB by default."]
    );
}

#[test]
fn chinese_questions_find_chinese_sentences() {
    let passages = [passage(
        "系统支持多种格式。上传文件的大小限制为64兆。重启只需要几秒。",
        1.0,
    )];
    assert_eq!(
        answer("上传文件的大小限制是多少？", &passages),
        ["上传文件的大小限制为64兆。"]
    );
}

#[test]
fn an_unrelated_question_is_not_answered() {
    let passages = [passage(
        "Uploads are limited to 64 MiB. The server listens on port 8080.",
        1.0,
    )];
    assert_eq!(
        answer("Who won the football championship of 1998?", &passages),
        [] as [&str; 0]
    );
    assert_eq!(answer("法国的首都在哪里？", &passages), [] as [&str; 0]);
}

#[test]
fn meaning_counts_where_words_differ() {
    let passages = [passage(
        "The maximum file size is 64 MiB. Rust is a language.",
        1.0,
    )];
    let question = "How big can attachments get?";
    let candidates = candidate_sentences(question, &passages);
    let evidence = [0.6, 0.05].map(|similarity| Evidence {
        cross_encoder: None,
        similarity: Some(similarity),
    });
    assert_eq!(select_sentences(&candidates, &evidence, &passages), [0]);
}

#[test]
fn the_row_that_is_asked_for_is_quoted_with_its_columns() {
    let table = "| Valve | Wing | Opening pressure | |\n|---|---|---|---|\n| V-116 | south | 448 kPa | |\n\
                 | V-117 | north | 451 kPa | x |\n| V-118 | north | 454 kPa | |\n";
    assert_eq!(
        answer(
            "What is the opening pressure of valve V-117?",
            &[passage(table, 1.0)]
        ),
        ["Valve: V-117 | Wing: north | Opening pressure: 451 kPa | x"]
    );
    let lines = "Name: Osk Brisk | Room: A10 | Phone: 2200\nName: Tam Brisk | Room: B11 | Phone: 2207\n\
                 Name: Tam Quint | Room: C12 | Phone: 2214\n";
    assert_eq!(
        answer(
            "What is the phone number of Tam Brisk?",
            &[passage(lines, 1.0)]
        ),
        ["Name: Tam Brisk | Room: B11 | Phone: 2207"]
    );
    let objects = "[0].name: Station Tove\n[0].state: idle\n[0].depth_m: 63\n[1].name: Station Kaj\n\
                   [1].state: running\n[1].depth_m: 60\n";
    assert_eq!(
        answer(
            "What is the depth of Station Kaj?",
            &[passage(objects, 1.0)]
        ),
        ["name: Station Kaj | state: running | depth_m: 60"]
    );
    let chinese = "| 部门 | 电话 |\n| --- | --- |\n| 财务部 | 2301 |\n| 仓储部 | 2302 |\n";
    assert_eq!(
        answer("仓储部的电话是多少？", &[passage(chinese, 1.0)]),
        ["部门: 仓储部 | 电话: 2302"]
    );
}

#[test]
fn a_wide_row_is_cut_down_to_what_is_asked_for() {
    let names: Vec<String> = (0..40).map(|n| format!("Column{n}")).collect();
    let values: Vec<String> = (0..40).map(|n| format!("value{n} of it")).collect();
    let rule = vec!["---"; 40].join("|");
    let table = format!("|{}|\n|{rule}|\n|{}|\n", names.join("|"), values.join("|"));
    let quoted = answer(
        "What is in column31 beside value0?",
        &[passage(&table, 1.0)],
    );
    assert_eq!(quoted.len(), 1);
    assert!(
        quoted[0].starts_with("Column0: value0 of it | "),
        "{quoted:?}"
    );
    assert!(quoted[0].contains("Column31: value31 of it"), "{quoted:?}");
    assert!(quoted[0].chars().count() < 300, "{quoted:?}");
}

#[test]
fn a_row_that_names_another_thing_is_no_answer() {
    let table =
        "| Pump | Pressure |\n|---|---|\n| P-11 | 12 bar |\n| P-12 | 14 bar |\n| P-140 | 9 bar |";
    let passages = [passage(table, 1.0)];
    assert_eq!(answer("What is the pressure of P-99?", &passages), [""; 0]);
    let found = answer("What is the pressure of p12?", &passages);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("14 bar"), "{found:?}");
}

#[test]
fn rows_do_not_answer_for_a_thing_that_no_passage_knows() {
    let chinese = "| 部门 | 电话 |\n| --- | --- |\n| 财务部 | 2301 |\n| 仓储部 | 2302 |\n";
    for unknown in ["火星的电话", "火星的电话号码是多少？", "Mars 的电话"] {
        assert_eq!(
            answer(unknown, &[passage(chinese, 1.0)]),
            [""; 0],
            "{unknown}"
        );
    }
    for known in ["各部门的电话", "电话号码", "财务部的电话"] {
        assert_ne!(answer(known, &[passage(chinese, 1.0)]), [""; 0], "{known}");
    }
    let english = "Name: Tam Brisk | Phone: 2207\nName: Orla Quint | Phone: 2214\n";
    let question = "What is the phone of Mars?";
    assert_eq!(answer(question, &[passage(english, 1.0)]), [""; 0]);
    let question = "Which phone does Orla have?";
    assert_eq!(
        answer(question, &[passage(english, 1.0)]),
        ["Name: Orla Quint | Phone: 2214"]
    );
}

#[test]
fn a_quantity_is_found_by_its_adjective() {
    let objects =
        "[0].name: Station Tove\n[0].depth_m: 63\n[1].name: Station Finn\n[1].depth_m: 60\n";
    for question in ["How deep is Finn?", "Finn 有多深？"] {
        let objects = objects.replace(
            "depth_m",
            if question.is_ascii() {
                "depth_m"
            } else {
                "深度"
            },
        );
        let quoted = answer(question, &[passage(&objects, 1.0)]);
        assert_eq!(quoted.len(), 1, "{question}: {quoted:?}");
        assert!(quoted[0].contains("Finn"), "{question}: {quoted:?}");
    }
}

#[test]
fn a_japanese_question_is_read_without_its_grammar() {
    let table = "| Name | Team | Phone |\n|---|---|---|\n| 鈴木花 | Sales | 3100 |\n| 佐藤健 | Sales | 3101 |\n";
    for question in [
        "鈴木花の電話番号は？",
        "鈴木花さんの部署はどこですか？",
        "铃木花的电话",
    ] {
        let quoted = answer(question, &[passage(table, 1.0)]);
        assert_eq!(
            quoted,
            ["Name: 鈴木花 | Team: Sales | Phone: 3100"],
            "{question}"
        );
    }
    let prose = "鈴木花 works in Osaka. The weather is fine.";
    let quoted = answer("鈴木花はどこで働いていますか？", &[passage(prose, 1.0)]);
    assert_eq!(quoted, ["鈴木花 works in Osaka."]);
}

#[test]
fn without_a_model_an_answer_is_bounded() {
    let sentence = |n: usize| {
        format!(
            "北湖的水位在第{n}年升高，{}。",
            "测量的人写下了很多数字".repeat(8)
        )
    };
    let text: String = (1..=6).map(sentence).collect();
    let quoted = answer("北湖的水位怎样升高？", &[passage(&text, 1.0)]);
    assert_eq!(quoted.len(), 2, "{quoted:?}");
}

#[test]
fn front_matter_is_not_quoted() {
    let text = "---\ntitle: Travel policy\nauthor: Quill Dane\n---\n\nThe policy on travel allows 140 euros.\n";
    let passages = [passage(text, 1.0)];
    assert_eq!(
        answer("What does the travel policy allow?", &passages),
        ["The policy on travel allows 140 euros."]
    );
    assert_eq!(answer("Is Quill Dane the author?", &passages), [""; 0]);
}

#[test]
fn headings_lend_their_words() {
    let headings = ["Refund period".to_owned()];
    let passages = [ExtractivePassage {
        text: "It is thirty days.",
        heading_path: &headings,
        score: 1.0,
    }];
    assert_eq!(
        answer("What is the refund period?", &passages),
        ["It is thirty days."]
    );
}

#[test]
fn a_sentence_is_read_with_the_one_before_it() {
    let passages = [passage(
        "蓝藻后来被宿主细胞同化。它的大部分基因转移到了细胞核。有些海藻生活在海里。",
        1.0,
    )];
    let quoted = answer("蓝藻被同化后，它的基因怎样了？", &passages);
    assert!(
        quoted.contains(&"它的大部分基因转移到了细胞核。".to_owned()),
        "{quoted:?}"
    );
}

#[test]
fn equal_sentences_are_quoted_once() {
    let passages = [
        passage("Uploads are limited to 64 MiB.", 1.0),
        passage("Uploads are limited to 64 MiB!", 0.5),
    ];
    assert_eq!(answer("What are uploads limited to?", &passages).len(), 1);
}
