use riddle_evaluation::formats::{
    ExportError, ExportedSet, Format, MAX_EXPORT_BYTES, MAX_GOLDS, NoteKind, export,
};

use crate::support::{again, fault, file, gold, notes, question, quoted, read};

fn table(text: &str) -> Vec<riddle_core::EvaluationQuestion> {
    read(Format::Csv, &[file("q.csv", text)]).questions
}

fn faulty(text: &str) -> String {
    fault(Format::Csv, &[file("q.csv", text)])
}

#[test]
fn rows_with_one_question_are_one_question() {
    let text = "Question,Answer,Document,Quote,Grade\nWhere?,here,a b.pdf,is here,2\nWho?,,c,,\nWhere?,there,c,,0\n";
    let mut first = question(
        "1",
        "Where?",
        &["here", "there"],
        vec![quoted("a b.pdf", "is here", None), gold("c", 0)],
    );
    first.golds[0].grade = 2;
    assert_eq!(
        table(text),
        [first, question("2", "Who?", &[], vec![gold("c", 1)])]
    );
}

#[test]
fn every_separator_is_taken_with_a_byte_order_mark_and_windows_line_ends() {
    let expected = [question("1", "a, b; c", &["d"], vec![gold("e", 3)])];
    for text in [
        "question,answer,document,grade\n\"a, b; c\",d,e,3\n",
        "\u{FEFF}question;answer;document;grade\r\n\"a, b; c\";d;e;3\r\n",
        "question\tanswer\tdocument\tgrade\na, b; c\td\te\t3",
        "sep=;\r\nquestion;answer;document;grade\r\n\"a, b; c\";d;e;3",
        "\u{FEFF}问题,答案,文档,等级\n\"a, b; c\",d,e,3\n",
    ] {
        assert_eq!(table(text), expected, "{text}");
    }
}

#[test]
fn lines_are_those_of_the_file() {
    for end in ["\n", "\r\n"] {
        let text =
            "question,document,grade\n\n\"one\n\ntwo\",a,1\n\n\n,,\nthree,b,x\n".replace('\n', end);
        let error = faulty(&text);
        assert!(
            error.starts_with("q.csv, line 9, grade: \"x\" is not a whole number"),
            "{error}"
        );
        let error = faulty(&format!("sep=,{end}{text}"));
        assert!(error.starts_with("q.csv, line 10, grade"), "{error}");
    }
}

#[test]
fn faults_are_named_with_file_line_and_field() {
    for (text, message) in [
        (
            "a,b\n1,2\n",
            "q.csv, line 1: the first row names no column \"question\"; it has \"a, b\"",
        ),
        (
            "question,text\na,b\n",
            "q.csv, line 1, text: there is another column for the same",
        ),
        (
            "question,grade\na,1\n",
            "q.csv, line 1, grade: the table has no column \"document\"",
        ),
        (
            "问题,文档,等级\na,b,0.5\n",
            "q.csv, line 2, 等级: \"0.5\" is not a whole number",
        ),
        (
            "question,document\na\n",
            "q.csv, line 2: the row has 1 cells and the first row 2",
        ),
        (
            "question,document\na,b,c\n",
            "q.csv, line 2: the row has 3 cells and the first row 2",
        ),
        (
            "question,document\n,b\n",
            "q.csv, line 2, question: it is empty",
        ),
        (
            "question,document,quote\na,,b\n",
            "q.csv, line 2, document: it is empty, and the row has a quote",
        ),
        (
            "question,unanswerable\na,perhaps\n",
            "q.csv, line 2, unanswerable: \"perhaps\" is neither yes nor no",
        ),
        (
            "id,question\n1,a\n1,b\n",
            "q.csv, line 3, question: \"b\" has the id \"1\" of \"a\" in line 2",
        ),
        (
            "question,document\na,b\nc,\"d\ne,f\n",
            "q.csv, line 3: a quotation mark opens a cell and none closes it",
        ),
        ("", "there is no question in these files"),
        ("question\n", "there is no question in these files"),
    ] {
        let error = faulty(text);
        assert!(error.starts_with(message), "{error}");
    }
}

#[test]
fn quotation_marks_may_stand_within_cells() {
    let text = "question,document\n5\" pipes?,a\n\"say \"\"a\"\"\",\"b\"\"\"";
    let expected = [
        question("1", "5\" pipes?", &[], vec![gold("a", 1)]),
        question("2", "say \"a\"", &[], vec![gold("b\"", 1)]),
    ];
    assert_eq!(table(text), expected);
}

#[test]
fn of_equal_judgments_the_highest_grade_is_kept_and_noted() {
    let set = read(
        Format::Csv,
        &[file(
            "q.csv",
            "question,document,grade\na,d,1\na,d,3\na,d,2\n",
        )],
    );
    assert_eq!(set.questions[0].golds, [gold("d", 3)]);
    assert_eq!(notes(&set), [(NoteKind::RepeatedJudgments, 2)]);
}

#[test]
fn rows_without_an_id_belong_to_the_question_with_their_text() {
    let questions = table("id,question,document\nx,a,d\n,a,e\ny,a,f\nx,,g\n");
    let expected = [
        question(
            "x",
            "a",
            &[],
            vec![gold("d", 1), gold("e", 1), gold("g", 1)],
        ),
        question("y", "a", &[], vec![gold("f", 1)]),
    ];
    assert_eq!(questions, expected);
}

#[test]
fn an_export_that_was_sorted_in_a_spreadsheet_is_read() {
    let questions = table("id,question,document\nx,,d\ny,b,f\nx,a,e\n,a,g\nx,,h\n");
    let golds = ["d", "e", "g", "h"].map(|document| gold(document, 1));
    let expected = [
        question("x", "a", &[], golds.to_vec()),
        question("y", "b", &[], vec![gold("f", 1)]),
    ];
    assert_eq!(questions, expected);
    let error = faulty("id,question\nx,\nx,a\nx,b\n");
    assert!(error.contains("has the id \"x\" of \"a\""), "{error}");
}

#[test]
fn spreadsheets_run_nothing_that_is_written() {
    let texts = ["=1+1", "'=1", "-5?", "@a", "'a", "+"];
    let questions: Vec<_> = texts
        .iter()
        .map(|text| question(text, text, &[text], vec![gold(text, -1)]))
        .collect();
    let set = ExportedSet {
        questions: &questions,
        corpus: None,
    };
    let written = export(Format::Csv, &set).expect("carried");
    for row in written.files[0].content.lines().skip(1) {
        let cells: Vec<&str> = row.split(',').collect();
        assert!(!cells[1].starts_with(['=', '-', '@', '+']), "{row}");
        assert_eq!(cells[5], "-1");
    }
    assert_eq!(read(Format::Csv, &again(&written)).questions, questions);
}

#[test]
fn a_long_question_with_many_judgments_is_written_once() {
    let text = "long ".repeat(1_600);
    let golds: Vec<_> = (0..MAX_GOLDS).map(|n| gold(&n.to_string(), 1)).collect();
    let questions = [question("x", text.trim(), &["one", "two"], golds)];
    let set = ExportedSet {
        questions: &questions,
        corpus: None,
    };
    let written = export(Format::Csv, &set).expect("carried");
    let content = &written.files[0].content;
    assert!(content.len() < 300_000, "{} bytes", content.len());
    assert_eq!(read(Format::Csv, &again(&written)).questions, questions);
}

#[test]
fn a_set_that_is_too_large_to_be_written_is_refused() {
    let questions = [question(
        "x",
        &"a".repeat(MAX_EXPORT_BYTES),
        &[],
        Vec::new(),
    )];
    let set = ExportedSet {
        questions: &questions,
        corpus: None,
    };
    for format in [Format::Csv, Format::Jsonl, Format::Beir, Format::Trec] {
        let refused = export(format, &set).expect_err("too large");
        assert_eq!(refused, ExportError::TooLarge);
    }
}

#[test]
fn what_is_wrong_is_quoted_in_part() {
    let long = "long ".repeat(100_000);
    for text in [
        format!("id,question\nx,a\nx,{long}\n"),
        format!("question,unanswerable\na,{long}\n"),
        format!("question,document,grade\na,b,{long}\n"),
        format!("{long},b\n1,2\n"),
    ] {
        let error = faulty(&text);
        assert!(error.len() < 1_000, "{} bytes", error.len());
    }
}
