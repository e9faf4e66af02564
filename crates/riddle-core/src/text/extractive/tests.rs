use super::*;

fn passage<'a>(text: &'a str, score: f32) -> ExtractivePassage<'a> {
    ExtractivePassage {
        text,
        heading_path: &[],
        document: "",
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
fn a_thing_is_the_same_however_it_is_written() {
    let passages = [passage(
        "PDF files are converted at night. The V.P.N. needs a token. URLs are listed below. The Straße is closed.",
        1.0,
    )];
    for (question, quoted) in [
        (
            "When are PDFs converted?",
            "PDF files are converted at night.",
        ),
        ("What does the VPN need?", "The V.P.N. needs a token."),
        ("Where are the URLs listed?", "URLs are listed below."),
        ("Where is each URL listed?", "URLs are listed below."),
        ("When is the Strasse closed?", "The Straße is closed."),
    ] {
        let answer = answer(question, &passages);
        assert!(
            answer.contains(&quoted.to_owned()),
            "{question}: {answer:?}"
        );
        assert!(!names_unknown(question, &passages), "{question}");
    }
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

/// The sentences that are quoted where a model says how similar each is.
fn answer_by_similarity(
    question: &str,
    similarities: &[f32],
    passages: &[ExtractivePassage<'_>],
) -> Vec<String> {
    let candidates = candidate_sentences(question, passages);
    let evidence = similarities.iter().map(|similarity| Evidence {
        cross_encoder: None,
        similarity: Some(*similarity),
    });
    let evidence: Vec<Evidence> = evidence.collect();
    assert_eq!(candidates.len(), evidence.len());
    select_sentences(&candidates, &evidence, passages)
        .into_iter()
        .map(|index| candidates[index].text.clone())
        .collect()
}

#[test]
fn a_sentence_beside_a_relevant_one_may_be_quoted() {
    let text = "The Terns rowed in the harbour race. They won the race by a length. Fog came up.";
    let question = "Who won the harbour race?";
    let quoted = answer_by_similarity(question, &[0.7, 0.15, 0.0], &[passage(text, 1.0)]);
    assert_eq!(
        quoted,
        [
            "The Terns rowed in the harbour race.",
            "They won the race by a length."
        ]
    );
    let apart = [
        passage("The Terns rowed in the harbour race.", 1.0),
        passage("They won the race by a length. Fog came up.", 1.0),
    ];
    let quoted = answer_by_similarity(question, &[0.7, 0.15, 0.0], &apart);
    assert_eq!(quoted, ["The Terns rowed in the harbour race."]);
    let nowhere = answer_by_similarity(
        question,
        &[0.1, 0.1, 0.0],
        &[passage("Fog. Rain fell. Snow fell.", 1.0)],
    );
    assert_eq!(nowhere, [""; 0]);
}

#[test]
fn words_of_the_question_tell_more_than_similarity() {
    let passages = [
        passage(
            "The winners of the harbour race are the crew from Lindholm.",
            1.0,
        ),
        passage("The harbour race was won by the Terns.", 1.0),
        passage("Fog came up.", 1.0),
    ];
    let question = "When was the harbour race won?";
    let quoted = answer_by_similarity(question, &[0.8, 0.35, 0.1], &passages);
    assert_eq!(quoted[0], "The harbour race was won by the Terns.");
}

#[test]
fn the_passage_that_fits_best_is_quoted_first() {
    let passages = [
        passage("The mill burnt in spring.", 1.0),
        passage("The old mill was rebuilt.", 0.0),
    ];
    let quoted = answer("Which old mill burnt and was rebuilt?", &passages);
    assert_eq!(quoted[0], "The mill burnt in spring.");
}

#[test]
fn a_passage_that_stands_out_needs_fewer_words_of_a_chinese_question() {
    let texts = [
        "老磨坊在北湖边上，最初叫做水车屋。",
        "城里的集市每周开两次。",
        "学校在山的另一边。",
    ];
    let among = |behind: f32| {
        let passages = [
            passage(texts[0], 1.0),
            passage(texts[1], behind),
            passage(texts[2], behind),
        ];
        answer("北湖磨坊从前的称呼叫什么名字？", &passages)
    };
    assert_eq!(among(0.1), [texts[0]]);
    assert_eq!(among(0.9), [""; 0]);
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
    let piped = "jobs[0].name: Station Tove\njobs[0].state: idle | ready\njobs[0].depth_m: 63\n\n\
                 jobs[1].name: Station Kaj\njobs[1].state: running | warm\njobs[1].depth_m: 60\n";
    assert_eq!(
        answer("What is the depth of Station Kaj?", &[passage(piped, 1.0)]),
        ["name: Station Kaj | state: running | warm | depth_m: 60"]
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
        document: "",
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

/// As [`answer`], where a model finds all sentences alike.
fn answer_by_model(
    question: &str,
    similarity: f32,
    passages: &[ExtractivePassage<'_>],
) -> Vec<String> {
    let candidates = candidate_sentences(question, passages);
    let evidence = Evidence {
        cross_encoder: None,
        similarity: Some(similarity),
    };
    let evidence = vec![evidence; candidates.len()];
    select_sentences(&candidates, &evidence, passages)
        .into_iter()
        .map(|index| candidates[index].text.clone())
        .collect()
}

#[test]
fn a_chinese_question_about_an_unknown_name_is_not_answered_by_its_neighbours() {
    let people = "## 赵敏\n赵敏的电话是 5501，在三楼办公。\n\n## 孙立\n孙立的电话是 5502，在四楼办公。\n\n\
                  ## 孙晓梅\n孙晓梅的电话是 5503，负责采购。\n";
    let offices = "采购部的负责人是孙立。行政部的负责人是赵敏。杭州分公司的地址是西湖路 8 号。";
    for (question, text) in [
        ("吴凡的电话是多少？", people),
        ("请问吴凡在哪里办公？", people),
        ("孙晓云的电话是多少？", people),
        ("吴凡的办公电话是多少？", people),
        ("法务部的负责人是谁？", offices),
        ("成都分公司的地址是什么？", offices),
        ("Quinn 的电话是多少？", people),
    ] {
        assert_eq!(
            answer(question, &[passage(text, 1.0)]),
            [""; 0],
            "{question}"
        );
    }
    for (question, text, quote) in [
        ("孙立的电话是多少？", people, "5502"),
        ("孙晓梅的电话是多少？", people, "5503"),
        ("采购部的负责人是谁？", offices, "孙立"),
        ("公司采购部的负责人是谁？", offices, "孙立"),
        ("杭州分公司的地址是什么？", offices, "西湖路"),
    ] {
        let quoted = answer(question, &[passage(text, 1.0)]).concat();
        assert!(quoted.contains(quote), "{question}: {quoted}");
    }
}

/// `年假` is `年休假`.
#[test]
fn a_chinese_question_about_a_thing_that_is_spelt_out_is_answered() {
    let text = "员工每年享有五天带薪年休假。";
    let quoted = answer_by_model("年假有几天？", 0.9, &[passage(text, 1.0)]);
    assert_eq!(quoted, [text]);
}

#[test]
fn a_row_that_is_no_answer_does_not_make_its_neighbours_one() {
    let text = "## 电话\n\n| 部门 | 电话 |\n| --- | --- |\n| 财务部 | 2301 |\n| 仓储部 | 2302 |\n\n\
                ## 值班\n\n值班的人每周一更换。\n";
    let passages = [passage(text, 1.0)];
    for question in ["哪个部门有火星电话？", "部门的外星电话是多少？"] {
        assert_eq!(answer(question, &passages), [""; 0], "{question}");
    }
    let quoted = answer("值班的人什么时候更换？", &passages);
    assert_eq!(quoted, ["值班的人每周一更换。"]);
}

#[test]
fn prose_about_another_name_is_no_answer() {
    let text = "The travel policy was written by Tam Brisk. The Lindholm plant makes pumps and costs 12 million euros.";
    for question in [
        "Who wrote the Osk Dane policy?",
        "How much does the Ravenna plant cost?",
        "What does Quill Marrow think of the travel policy?",
        "Does the plant make pumps for the Zephyr?",
    ] {
        let quoted = answer_by_model(question, 0.9, &[passage(text, 1.0)]);
        assert_eq!(quoted, [""; 0], "{question}");
    }
    for question in [
        "How much does the Lindholm plant cost?",
        "How much does the Lindholms plant cost?",
        "How much do the plants of Lindholm and Ravena cost?",
        "Which Minister wrote the policy?",
        "The travel policy is unclear to me. Please tell me who wrote it.",
        "Who wrote the policy that holds since Monday or March?",
        "HOW MUCH DOES THE PLANT COST?",
        "What Does The Best Plant Really Cost?",
        "Wie viel kostet die Fabrik und was macht das Werk?",
    ] {
        let quoted = answer_by_model(question, 0.9, &[passage(text, 1.0)]);
        assert_ne!(quoted, [""; 0], "{question}");
    }
    for (question, text) in [
        (
            "Mikä on Turun toimiston osoite?",
            "Turku toimii osoitteessa Kauppiaskatu.",
        ),
        (
            "What is the phone number of Dr. Meier?",
            "The phone number of Anna Meier is 2301.",
        ),
        ("Mikä on Annan puhelinnumero?", "Anna vastaa puhelimeen."),
        ("Какой телефон у Анны?", "Анна отвечает по телефону."),
        (
            "Какой телефон у Анны?",
            "| Имя | Номер |\n|---|---|\n| Анна | 2301 |",
        ),
    ] {
        let quoted = answer_by_model(question, 0.9, &[passage(text, 1.0)]);
        assert_eq!(
            quoted.len(),
            1,
            "{question}: names have other endings there"
        );
    }
    let named = ExtractivePassage {
        document: "zephyr-handbook.pdf",
        ..passage(text, 1.0)
    };
    let question = "Does the plant make pumps for the Zephyr?";
    assert_ne!(answer_by_model(question, 0.9, &[named]), [""; 0]);
    let chinese = [passage("差旅制度由李娜编写。", 1.0)];
    let question = "Who wrote the policy of Li Na?";
    assert_ne!(
        answer_by_model(question, 0.9, &chinese),
        [""; 0],
        "names differ between scripts"
    );
}

#[test]
fn a_row_without_what_is_asked_for_is_no_answer() {
    let english = "| Name | Phone | Office |\n|---|---|---|\n| Tam Brisk | 2207 | B11 |\n| Orla Quint | 2214 | C12 |\n";
    let chinese =
        "| 姓名 | 电话 | 办公室 |\n|---|---|---|\n| 赵敏 | 5501 | 三楼 |\n| 孙立 | 5502 | 四楼 |\n";
    for (question, text) in [
        ("What is the age of Orla Quint?", english),
        ("How old is Tam Brisk?", english),
        ("What is Orla Quint's salary?", english),
        ("Which car does Tam Brisk have?", english),
        ("孙立的年龄是多少？", chinese),
        ("孙立今年几岁？", chinese),
        ("赵敏的工资是多少？", chinese),
    ] {
        let quoted = answer_by_model(question, 0.9, &[passage(text, 1.0)]);
        assert_eq!(quoted, [""; 0], "{question}");
    }
    for (question, text, quote) in [
        ("What is the phone number of Orla Quint?", english, "2214"),
        ("What is Tam Brisk's telephone?", english, "2207"),
        ("Which room does Tam Brisk have?", english, "B11"),
        ("Who is Orla Quint?", english, "2214"),
        ("孙立的手机号码是多少？", chinese, "5502"),
        ("赵敏的办公地点在哪里？", chinese, "三楼"),
        ("孙立的信息", chinese, "5502"),
        ("What is the phone number of 孙立?", chinese, "5502"),
    ] {
        let quoted = answer_by_model(question, 0.9, &[passage(text, 1.0)]).concat();
        assert!(quoted.contains(quote), "{question}: {quoted}");
    }
}

#[test]
fn a_row_may_say_what_is_asked_for_in_other_words() {
    let rows = "| Place | Manager | Opens | EUR |\n|---|---|---|---|\n| Berlin | Tam Brisk | 9:00 | 40 |\n\
                | Acme | Orla Quint | 8:00 | 35 |\n| Windows | Finn Holt | 7:00 | 30 |\n";
    for (question, quote) in [
        ("Who is responsible for Berlin?", "Tam Brisk"),
        ("Who works for Acme?", "Orla Quint"),
        ("What do I need for Windows?", "Finn Holt"),
        ("What time does the Berlin office open?", "9:00"),
        ("How expensive is Acme?", "35"),
    ] {
        let quoted = answer_by_model(question, 0.9, &[passage(rows, 1.0)]).concat();
        assert!(quoted.contains(quote), "{question}: {quoted}");
    }
}

#[test]
fn what_belongs_to_a_name_answers_who_and_where() {
    let rows = "| Name | Team | Room |\n|---|---|---|\n| Tam Brisk | Procurement | B11 |\n| Orla Quint | Design | C12 |\n";
    for (question, quote) in [
        ("Who works in Procurement?", "Tam Brisk"),
        ("Who is employed in Design?", "Orla Quint"),
        ("Where does Orla Quint sit?", "C12"),
    ] {
        let quoted = answer_by_model(question, 0.1, &[passage(rows, 1.0)]);
        assert_eq!(quoted.len(), 1, "{question}: {quoted:?}");
        assert!(quoted[0].contains(quote), "{question}: {quoted:?}");
    }
    let sections = "## Procurement\n\n- Tam Brisk, buyer\n- Finn Holt, buyer\n\n## Design\n\n- Orla Quint, architect\n";
    let quoted = answer_by_model("Who works in Procurement?", 0.1, &[passage(sections, 1.0)]);
    assert_eq!(quoted, ["Tam Brisk, buyer", "Finn Holt, buyer"]);
    let prose = "## Acme\n\nThe pumps are made in two halls. Visits are on Fridays.\n";
    let quoted = answer_by_model("Who founded Acme?", 0.1, &[passage(prose, 1.0)]);
    assert_eq!(quoted, [""; 0]);
}

#[test]
fn the_form_of_a_sentence_decides_between_those_that_fit() {
    let text = "A server can take snapshots by itself. Old snapshots are kept for a month. \
                Run `tool snapshot DIR` and snapshots are written to the folder.";
    let quoted = answer("How do I take a snapshot?", &[passage(text, 1.0)]);
    assert!(
        quoted.iter().any(|one| one.starts_with("Run")),
        "{quoted:?}"
    );
    let text = "Searches ask a sorter for the best shelf. A sorter reads each label and puts the parcel on its shelf. \
                The sorter is quick.";
    let quoted = answer("What is a sorter?", &[passage(text, 1.0)]);
    let labels = "A sorter reads each label and puts the parcel on its shelf.";
    assert!(quoted.contains(&labels.to_owned()), "{quoted:?}");
}

#[test]
fn figures_and_names_have_the_form_of_answers_to_questions_for_them() {
    for (question, text, fits) in [
        (
            "When was the mill built?",
            "The mill was built in 1870. The mill was built by hand.",
            [true, false],
        ),
        (
            "In which year was the mill built?",
            "The mill was built in 1870. The mill was built by hand.",
            [true, false],
        ),
        (
            "How many boats are there?",
            "There are 42 boats. The boats are old.",
            [true, false],
        ),
        (
            "What happens when the mill stops?",
            "The mill stops at 10. The mill is old.",
            [false, false],
        ),
        (
            "Who built the mill?",
            "The mill was built by Orla Quint. The mill was built by hand.",
            [true, false],
        ),
        (
            "Who was Orla Quint?",
            "The mill was that of Orla Quint. The mill was built for Tam Brisk.",
            [false, true],
        ),
        (
            "水车建于哪一年？",
            "水车建于1870年。水车是手工建造的。",
            [true, false],
        ),
        (
            "湖里有几条船？",
            "湖里有四十条船。湖里的船都很旧。",
            [true, false],
        ),
    ] {
        let candidates = candidate_sentences(question, &[passage(text, 1.0)]);
        let found: Vec<bool> = candidates.iter().map(|one| one.has_form).collect();
        assert_eq!(found, fits, "{question}");
    }
}
