use riddle_evaluation::formats::{
    ExportedSet, Format, InputFile, NoteKind, RunRow, export, parse_trec_run, read_trec_run,
    trec_qrels, trec_run,
};

use crate::support::{fault, file, gold, notes, question, quoted, read};

const MARKED_UP: &str = "\
<top>
<num> Number: 301
<title> International
 Organized Crime
<desc> Description:
Identify organizations.
</top>

<top>
<num> Number: 051 </num>
<title> Topic:  Airbus Subsidies </title>
</top>
";

fn files(topics: &str, qrels: &str) -> [InputFile; 2] {
    [file("topics.txt", topics), file("qrels.txt", qrels)]
}

#[test]
fn marked_up_topics_and_judgments_give_a_set() {
    let set = read(
        Format::Trec,
        &files(
            MARKED_UP,
            "# a comment\n301 0 FR-1#2 1\n051\t0\tFR-2\t0\n301 0 FR-3 -1\n",
        ),
    );
    let expected = [
        question(
            "301",
            "International Organized Crime",
            &[],
            vec![gold("FR-1#2", 1), gold("FR-3", -1)],
        ),
        question("051", "Airbus Subsidies", &[], vec![gold("FR-2", 0)]),
    ];
    assert_eq!(set.questions, expected);
    assert_eq!(set.corpus, None);
}

#[test]
fn topics_may_be_lines() {
    let set = read(
        Format::Trec,
        &files(
            "7\tWhere is it?\n007\t2024 in law\n",
            "7 0 a 1\n007 0 a 1\n",
        ),
    );
    assert_eq!(
        set.questions[0],
        question("7", "Where is it?", &[], vec![gold("a", 1)])
    );
    assert_eq!(set.questions[1].text, "2024 in law");
}

#[test]
fn a_byte_order_mark_makes_no_other_question_and_windows_line_ends_no_other_document() {
    let set = read(
        Format::Trec,
        &files(
            "\u{FEFF}301\tWhat?\r\n",
            "\u{FEFF}301 0 a 1\r\n301 0 b 0\r\n",
        ),
    );
    assert_eq!(
        set.questions,
        [question(
            "301",
            "What?",
            &[],
            vec![gold("a", 1), gold("b", 0)]
        )]
    );
    // Files that were joined have one in the middle.
    let error = fault(
        Format::Trec,
        &files("301\tWhat?\n", "301 0 a 1\n\u{FEFF}301 0 b 0\n"),
    );
    assert!(
        error.starts_with("qrels.txt, line 2, question: there is a byte order mark"),
        "{error}"
    );
}

#[test]
fn faults_of_judgments_are_named_with_file_line_and_field() {
    for (line, message) in [
        (
            "301 0 a 0.5",
            "qrels.txt, line 4, grade: \"0.5\" is not a whole number",
        ),
        (
            "301 0 a high",
            "qrels.txt, line 4, grade: \"high\" is not a whole number",
        ),
        (
            "301 0 b 1",
            "qrels.txt, line 4, document: \"b\" is judged for question \"301\" in line 1 already",
        ),
        (
            "301 0 my file.pdf 1",
            "qrels.txt, line 4: the line has 5 columns",
        ),
        ("301 a 1", "qrels.txt, line 4: the line has 3 columns"),
    ] {
        let error = fault(
            Format::Trec,
            &files("301\tWhat?", &format!("301 0 b 1\n\n \n{line}\n")),
        );
        assert!(error.starts_with(message), "{error}");
    }
    let error = fault(
        Format::Trec,
        &files(
            "<top>\n<num> 1\n<title> a\n</top>\n<top>\n<num> 2\n</top>",
            "1 0 a 1",
        ),
    );
    assert_eq!(
        error,
        "topics.txt, line 5, title: the topic has no <title>; add it"
    );
    let error = fault(Format::Trec, &files("1\ta\nno tab\n", "1 0 a 1"));
    assert!(
        error.starts_with("topics.txt, line 2: there is no tab in this line"),
        "{error}"
    );
}

#[test]
fn both_files_are_needed() {
    let [topics, qrels] = files("1\ta", "1 0 a 1");
    let error = fault(Format::Trec, std::slice::from_ref(&topics));
    assert!(
        error.starts_with("a file is missing with the judgments"),
        "{error}"
    );
    let error = fault(Format::Trec, std::slice::from_ref(&qrels));
    assert!(
        error.starts_with("a file is missing with the topics"),
        "{error}"
    );
    let run = file("bm25.run", "1 Q0 a 1 2.5 bm25\n");
    let set = read(Format::Trec, &[topics, qrels, run]);
    assert_eq!(notes(&set), [(NoteKind::FilesIgnored, 1)]);
}

#[test]
fn runs_are_ordered_as_trec_eval_orders_them() {
    let run = file(
        "a.run",
        "\u{FEFF}q Q0 b 1 1.5 x\r\nq\tQ0\ta 2 -1e-3 x\np Q0 z 1 0 x\nq Q0 c 9 1.5 x\n",
    );
    let rows = parse_trec_run(&run).expect("a run");
    let rows: Vec<_> = rows
        .iter()
        .map(|row| (row.question.as_str(), row.document.as_str(), row.rank))
        .collect();
    assert_eq!(
        rows,
        [("q", "c", 1), ("q", "b", 2), ("q", "a", 3), ("p", "z", 1)]
    );
}

#[test]
fn faults_of_runs_are_named() {
    for (line, message) in [
        (
            "1 Q0 b 2 12,63 x",
            "a.run, line 3, score: \"12,63\" is not a number such as 12.63",
        ),
        (
            "1 Q0 b 2 NaN x",
            "a.run, line 3, score: \"NaN\" is not a number",
        ),
        (
            "1 Q0 b 2 inf x",
            "a.run, line 3, score: \"inf\" is not a number",
        ),
        (
            "1 Q0 b 2 1e999 x",
            "a.run, line 3, score: \"1e999\" is not a number",
        ),
        (
            "1 Q0 a 2 1 x",
            "a.run, line 3, document: \"a\" is there twice for question \"1\"",
        ),
        (
            "1 Q0 a 2 1",
            "a.run, line 3: the line has 5 columns; runs have six",
        ),
        (
            "\u{FEFF}1 Q0 b 2 1 x",
            "a.run, line 3, question: there is a byte order mark",
        ),
    ] {
        let run = file("a.run", format!("1 Q0 a 1 2.5 x\n\n{line}\n"));
        let error = parse_trec_run(&run).expect_err("a fault").to_string();
        assert!(error.starts_with(message), "{error}");
    }
}

#[test]
fn the_run_of_another_system_has_a_name_and_bounds() {
    let run = read_trec_run(&file("a.run", "# made today\nq Q0 a 1 2.5 theirs\n"));
    let run = run.expect("a run");
    assert_eq!((run.name.as_str(), run.rows.len()), ("theirs", 1));
    let many = |count: usize| -> String {
        let lines = (0..count).map(|number| format!("q Q0 d{number} 0 {number} x\n"));
        lines.collect()
    };
    let run = read_trec_run(&file("a.run", many(1_000))).expect("it fits");
    assert_eq!(run.rows.len(), 1_000);
    let long = "d".repeat(1_501);
    for (content, message) in [
        (
            many(1_001),
            "a.run, line 1001, question: question \"q\" has more than 1000 documents",
        ),
        (
            format!("q Q0 {long} 1 1 x\n"),
            "a.run, line 1, document: is too long",
        ),
        (
            format!("{long} Q0 d 1 1 x\n"),
            "a.run, line 1, question: is too long",
        ),
        (
            "# none\n".to_owned(),
            "a.run: the file has no line of a run",
        ),
    ] {
        let error = read_trec_run(&file("a.run", content)).expect_err("a fault");
        let error = error.to_string();
        assert!(error.starts_with(message), "{error}");
    }
}

fn row(question: &str, document: &str, rank: u32, score: f64) -> RunRow {
    RunRow {
        question: question.to_owned(),
        document: document.to_owned(),
        rank,
        score,
    }
}

#[test]
fn written_runs_give_their_ranks_again() {
    let rows = vec![
        row("1", "a", 1, 0.75),
        row("1", "b", 2, 0.5),
        row("2", "c", 1, -3.25),
    ];
    let written = trec_run("hybrid, tuned", &rows).expect("no blanks in ids");
    assert_eq!(
        written,
        "1 Q0 a 1 0.75 hybrid,_tuned\n1 Q0 b 2 0.5 hybrid,_tuned\n2 Q0 c 1 -3.25 hybrid,_tuned\n"
    );
    assert_eq!(parse_trec_run(&file("r", &written)).expect("a run"), rows);
    // Equal scores, to 32 bits or altogether, would put b before a.
    for score in [0.7, 0.70000001, f64::NAN, f64::INFINITY] {
        let rows = [
            row("1", "a", 1, score),
            row("1", "b", 2, 0.7),
            row("1", "c", 3, 0.1),
        ];
        let written = trec_run("x", &rows).expect("no blanks");
        assert_eq!(written, "1 Q0 a 1 3 x\n1 Q0 b 2 2 x\n1 Q0 c 3 1 x\n");
    }
}

#[test]
fn ids_with_blanks_are_named_and_not_written() {
    let questions = [question(
        "q 1",
        "?",
        &[],
        vec![gold("a b.pdf", 1), gold("c", 1)],
    )];
    let set = ExportedSet {
        questions: &questions,
        corpus: None,
    };
    let expected = "TREC cannot carry blanks, line breaks or a leading # in ids and names of documents, and 2 have them, \
                    such as \"a b.pdf\", \"q 1\"; export as jsonl or csv";
    assert_eq!(
        export(Format::Trec, &set).expect_err("blanks").to_string(),
        expected
    );
    assert_eq!(
        trec_qrels(&questions).expect_err("blanks").to_string(),
        expected
    );
    assert!(trec_run("x", &[row("q 1", "c", 1, 1.0)]).is_err());
}

#[test]
fn judgments_are_written_by_document() {
    let questions = [question(
        "1",
        "?",
        &[],
        vec![
            quoted("a", "x", None),
            gold("b", -1),
            quoted("a", "y", None),
        ],
    )];
    assert_eq!(
        trec_qrels(&questions).expect("no blanks"),
        "1 0 a 1\n1 0 b -1\n"
    );
}
