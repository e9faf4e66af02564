//! `riddle eval` from the files of a set to the report of a run, and back.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use serde_json::{Value, json};

use crate::support::{Server, riddle, root};

/// What came of a command.
struct Ended {
    code: Option<i32>,
    out: String,
    err: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Self {
            code: output.status.code(),
            out: text(output.stdout),
            err: text(output.stderr),
        }
    }
}

/// `riddle eval` on a data folder.
struct Eval(PathBuf);

impl Eval {
    fn run(&self, arguments: &[&str]) -> Ended {
        let mut command = riddle(&self.0);
        let output = command.arg("eval").args(arguments).output();
        output.expect("the binary runs").into()
    }

    /// What it prints when it succeeds.
    fn done(&self, arguments: &[&str]) -> String {
        let ended = self.run(arguments);
        assert_eq!(
            ended.code,
            Some(0),
            "{arguments:?}: {}{}",
            ended.out,
            ended.err
        );
        ended.out
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let out = self.done(&[arguments, &["--json"]].concat());
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}"))
    }

    /// The error of a command that fails so.
    fn fails(&self, code: i32, arguments: &[&str]) -> String {
        let ended = self.run(arguments);
        assert_eq!(
            ended.code,
            Some(code),
            "{arguments:?}: {}{}",
            ended.out,
            ended.err
        );
        ended.err
    }

    /// With lines on its standard input.
    fn told(&self, arguments: &[&str], lines: &str) -> Ended {
        let mut command = riddle(&self.0);
        let command = command.arg("eval").args(arguments);
        let piped = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = piped.spawn().expect("the binary runs");
        let mut input = child.stdin.take().expect("a pipe");
        input.write_all(lines.as_bytes()).expect("is read");
        drop(input);
        child.wait_with_output().expect("it ends").into()
    }
}

fn office() -> String {
    let folder = root().join("tests/data/evaluation/office");
    folder.to_str().expect("UTF-8").to_owned()
}

/// A command line beside a server on a folder.
async fn beside_a_server(work: impl FnOnce(&Eval, &Path) + Send + 'static) {
    let folder = tempfile::tempdir().expect("a folder");
    let data_dir = folder.path().join("data");
    std::fs::create_dir_all(&data_dir).expect("a folder");
    let server = Server::start(&data_dir).await;
    let files = folder.path().to_owned();
    let done = tokio::task::spawn_blocking(move || work(&Eval(data_dir), &files));
    done.await.expect("works");
    server.stop();
}

#[tokio::test]
async fn a_folder_becomes_a_set_a_run_and_a_setting() {
    beside_a_server(|eval, files| {
        import(eval);
        let arm = json!({
            "name": "words alone", "mode": "bm25", "top_k": 10, "top_n": 2, "rerank": null
        });
        let arm = arm.to_string();
        let name = "a|b & <c>";
        let printed = eval.done(&[
            "run", "office", "--limit", "10", "--name", name, "--arm", &arm,
        ]);
        assert!(
            printed.contains("nDCG@10") && printed.contains("words alone"),
            "{printed}"
        );
        let runs = eval.json(&["runs"]);
        let id = runs["runs"][0]["id"].as_str().expect("an id").to_owned();
        assert_eq!(runs["runs"][0]["total"], 10, "{runs}");
        assert_eq!(eval.done(&["show", "latest"]), printed);
        let of_set = eval.json(&["runs", "--set", "office"]);
        assert_eq!(of_set["runs"], runs["runs"]);
        eval.fails(3, &["runs", "--set", "nothing"]);
        let set = eval.done(&["show-set", "office"]);
        assert!(set.contains("looked at test") && set.contains(&id), "{set}");
        // The beginning of an id, and the whole of it.
        assert_eq!(eval.done(&["show", &id[..id.len() - 1]]), printed);
        assert_eq!(eval.done(&["show", &id.to_uppercase()]), printed);
        forms(eval);
        conditions(eval);
        judge(eval);
        export(eval, files);
        beside_another_system(eval, files);
        apply(eval);
        diff(eval, &id);
        delete(eval, &id);
    })
    .await;
}

fn import(eval: &Eval) {
    let created = eval.json(&["import", "office", &office()]);
    assert_eq!(created["questions"], 12, "{created}");
    // It has waited for the documents.
    let listed = riddle(&eval.0)
        .args(["docs", "list", "office", "--status", "ready", "--json"])
        .output()
        .expect("the binary runs");
    let ready: Value = serde_json::from_slice(&listed.stdout).expect("JSON");
    assert_eq!(ready.as_array().map(Vec::len), Some(12), "{ready}");

    let taken = eval.fails(2, &["import", "office", &office()]);
    assert!(taken.contains("choose another name"), "{taken}");
    assert_eq!(eval.json(&["sets"])["sets"][0]["name"], "office");
    assert!(eval.done(&["sets"]).contains("office"));
    let shown = eval.done(&["show-set", "office", "--questions", "1"]);
    assert!(
        shown.contains("How many days of leave are there?") && shown.contains("d1"),
        "{shown}"
    );
    assert!(!shown.contains("What may a hotel cost?"), "{shown}");
    eval.fails(3, &["show-set", "nothing"]);
    let quality = eval.done(&["quality", "office"]);
    assert!(
        quality.contains("of 100 (12 questions") && quality.contains("add questions"),
        "{quality}"
    );
}

/// Nothing is asked once the input has ended.
fn judge(eval: &Eval) {
    for lines in ["s\n", "what?\ns\n"] {
        let ended = eval.told(&["judge", "latest"], lines);
        assert_eq!(ended.code, Some(0), "{}", ended.err);
        let asked = ended.err.matches("0 not relevant").count();
        assert_eq!(asked, lines.lines().count(), "{}", ended.err);
        assert!(
            ended.out.ends_with("0 judged, 1 skipped\n"),
            "{}",
            ended.out
        );
    }
    let whole = eval.told(&["judge", "latest", "--whole"], "s\n");
    assert!(
        whole.out.ends_with("0 judged, 1 skipped\n"),
        "{}",
        whole.out
    );
    let refused = eval.fails(2, &["judge", "latest", "--model", "extractive"]);
    assert!(
        refused.contains("only a language model can judge"),
        "{refused}"
    );
    let refused = eval.fails(2, &["recount", "latest", "--judge", "nobody"]);
    assert!(refused.contains("has graded no passage"), "{refused}");
}

/// Markdown, CSV and JSON of the latest run.
fn forms(eval: &Eval) {
    let markdown = eval.done(&["show", "latest", "--markdown"]);
    assert!(
        markdown.starts_with(r"## Evaluation: a\|b \& \<c\>"),
        "{markdown}"
    );
    for part in [
        "| arm | nDCG@10 |",
        "| words alone |",
        "| tuned fusion, no rerank |",
        "riddle eval run office --name 'a|b & <c>' --limit 10",
        r#"--arm '{"name":"words alone","mode":"bm25""#,
    ] {
        assert!(markdown.contains(part), "{part}: {markdown}");
    }
    let csv = eval.done(&["show", "latest", "--csv"]);
    let report = eval.json(&["show", "latest"]);
    let arms = report["arms"].as_array().expect("arms");
    let measures = arms
        .iter()
        .map(|arm| arm["measures"].as_array().map_or(0, Vec::len));
    assert_eq!(csv.lines().count(), measures.sum::<usize>() + 1, "{csv}");
    assert!(csv.contains(",words alone,manifest,"), "{csv}");
    let two = eval.fails(2, &["show", "latest", "--csv", "--markdown"]);
    assert!(two.contains("cannot be used with"), "{two}");
}

fn conditions(eval: &Eval) {
    let never = ["show", "latest", "--fail-if", "ndcg@10.mean < 0"];
    eval.done(&never);
    let always = [
        &never[..],
        &["--fail-if", "SUCCESS@3.low>=0", "--of", "words-alone"],
    ]
    .concat();
    let error = eval.fails(1, &always);
    assert!(
        error.contains("SUCCESS@3.low>=0") && error.contains("`words alone`"),
        "{error}"
    );
    assert!(!error.contains("ndcg@10.mean"), "{error}");

    let junit = eval.run(&[&always[..], &["--junit"]].concat());
    assert_eq!(junit.code, Some(1), "{}", junit.err);
    for part in [
        r#"<testsuites tests="2" failures="1">"#,
        r#"name="a|b &amp; &lt;c&gt;""#,
        r#"name="not ndcg@10.mean &lt; 0""#,
        "<failure message=\"SUCCESS@3.low&gt;=0 (it is ",
    ] {
        assert!(junit.out.contains(part), "{part}: {}", junit.out);
    }
    eval.done(&[&never[..], &["--junit"]].concat());
    eval.fails(2, &["show", "latest", "--junit"]);

    for (condition, says) in [
        ("ndcg@10.mean", "< <= > >="),
        ("ndcg@10.worst < 1", "diff.low"),
        ("speed.mean < 1", "no measure"),
        ("ndcg@7.mean < 1", "it has nDCG@10"),
        ("bpref.diff.mean < 1", "no difference of"),
    ] {
        let error = eval.fails(2, &["show", "latest", "--fail-if", condition]);
        assert!(error.contains(says), "{condition}: {error}");
    }
    let tuned = [
        "show",
        "latest",
        "--of",
        "tuned",
        "--fail-if",
        "ndcg@10.diff.mean < 1",
    ];
    let error = eval.fails(2, &tuned);
    assert!(error.contains("choose another with --of"), "{error}");
    let error = eval.fails(2, &["show", "latest", "--of", "nobody"]);
    assert!(error.contains("`words alone`"), "{error}");
}

fn export(eval: &Eval, files: &Path) {
    let folder = files.join("exported");
    let folder = folder.to_str().expect("UTF-8");
    let command = ["export", "office", folder, "--format", "beir"];
    let written = eval.json(&command);
    assert_eq!(
        written["files"].as_array().map(Vec::len),
        Some(2),
        "{written}"
    );
    let error = eval.fails(2, &command);
    assert!(error.contains("--force"), "{error}");
    eval.done(&[&command[..], &["--force"]].concat());
    let again = eval.json(&["import", "again", folder, "--kb", "office"]);
    assert_eq!(again["questions"], 12, "{again}");
    let error = eval.fails(2, &["export", "office", folder, "--format", "squad"]);
    assert!(error.contains("jsonl, csv, beir or trec"), "{error}");
    export_run(eval, files);
}

/// Writes what an arm found for other programs, the fusion that is in no manifest too.
fn export_run(eval: &Eval, files: &Path) {
    for of in [&[][..], &["--of", "words-alone"], &["--of", "tuned"]] {
        let folder = files.join("run");
        let folder = folder.to_str().expect("UTF-8");
        let command = ["export-run", "latest", folder, "--force"];
        let written = eval.json(&[&command[..], of].concat());
        assert_eq!(written["files"].as_array().map(Vec::len), Some(2));
        let read = |name: &str| std::fs::read_to_string(files.join("run").join(name));
        let (run, qrels) = (read("run.txt"), read("qrels.txt"));
        let (run, qrels) = (run.expect("a run"), qrels.expect("judgments"));
        let line: Vec<&str> = run.lines().next().expect("a line").split(' ').collect();
        assert_eq!(
            (line.len(), line[1], line[3], line[4]),
            (6, "Q0", "1", "-1")
        );
        assert!(qrels.lines().all(|line| line.split(' ').count() == 4));
        let is_judged = |judged: &str| {
            let mut parts = judged.split(' ');
            let question = parts.next().unwrap_or_default();
            let id = parts.nth(1).unwrap_or_default();
            run.contains(&format!("{question} Q0 {id} "))
        };
        assert!(qrels.lines().any(is_judged), "{run}\n{qrels}");
    }
    let nobody = ["export-run", "latest", "/tmp", "--of", "nobody"];
    let error = eval.fails(2, &nobody);
    assert!(error.contains("`words alone`"), "{error}");
}

/// Compares with the run of another system, whose file names documents as the set does.
fn beside_another_system(eval: &Eval, files: &Path) {
    let file = files.join("old search.run");
    let lines = "q1 Q0 d1 1 2.5 old-search\nq1 Q0 nowhere 2 1.5 old-search\n";
    std::fs::write(&file, lines).expect("it is written");
    let file = file.to_str().expect("UTF-8");
    let printed = eval.done(&["run", "office", "--limit", "12", "--trec-run", file]);
    assert!(
        printed.contains(
            "“old-search” is what another system ranks, of old search.run, in 1 question"
        ) && printed.contains(
            "documents of “old-search” that are in no knowledge base of the run: 1, such as nowhere"
        ),
        "{printed}"
    );
    std::fs::write(file, "q1 Q0 d1 1 high x\n").expect("it is written");
    let error = eval.fails(2, &["run", "office", "--trec-run", file]);
    assert!(error.contains("old search.run, line 1, score"), "{error}");
    eval.done(&["delete", "latest", "--yes"]);
}

/// Applies an arm, and goes back by the command that is printed.
fn apply(eval: &Eval) {
    let settings = || {
        let shown = riddle(&eval.0)
            .args(["kb", "show", "office", "--json"])
            .output();
        let shown = shown.expect("the binary runs").stdout;
        let shown: Value = serde_json::from_slice(&shown).expect("JSON");
        shown["retrieval"].clone()
    };
    let before = settings();
    let printed = eval.done(&["apply", "latest", "words-alone"]);
    assert_eq!(settings()["mode"], "bm25", "{printed}");
    assert_eq!(settings()["rerank"], false, "{printed}");
    let way_back = printed.lines().last().expect("a line").trim();
    let arguments = way_back.strip_prefix("riddle ").expect("a command");
    let script = format!("\"$0\" {arguments} >&2");
    let mut shell = std::process::Command::new("sh");
    for (name, value) in riddle(&eval.0).get_envs() {
        shell.env(name, value.expect("variables are set"));
    }
    let went_back = shell.args(["-c", &script, crate::support::RIDDLE]).output();
    let went_back: Ended = went_back.expect("a shell").into();
    assert_eq!(went_back.code, Some(0), "{way_back}: {}", went_back.err);
    assert_eq!(settings(), before);
    eval.fails(2, &["apply", "latest", "nobody"]);
}

fn diff(eval: &Eval, first: &str) {
    let changed = riddle(&eval.0)
        .args(["kb", "set", "office", r#"{"retrieval": {"top_k": 7}}"#])
        .output();
    assert!(changed.expect("the binary runs").status.success());
    let against = ["--against", "latest", "--fail-if", "ndcg@10.diff.low < -1"];
    let printed = eval.done(&[&["run", "office"][..], &against].concat());
    assert!(printed.contains("Against the run “a|b & <c>”"), "{printed}");
    let changes = eval.done(&["diff", "latest", first]);
    assert!(changes.contains("top_k: 20 → 7"), "{changes}");
    assert!(
        changes.contains("questions that both have asked"),
        "{changes}"
    );
    let answer = eval.json(&["diff", "latest", first, "--before-of", "words"]);
    assert!(
        answer["changes"]
            .as_array()
            .is_some_and(|all| !all.is_empty()),
        "{answer}"
    );
    let condition = ["show", "latest", "--against", first, "--fail-if"];
    eval.fails(1, &[&condition[..], &["ndcg@10.diff.mean > -1"]].concat());
    eval.fails(
        1,
        &[&condition[..], &["recall@10.diff.mean > -1.1"]].concat(),
    );
    let error = eval.fails(2, &[&condition[..], &["bpref.diff.mean > -1"]].concat());
    assert!(error.contains("two runs have no difference"), "{error}");
}

fn delete(eval: &Eval, first: &str) {
    eval.done(&["note", first, "before the change"]);
    let listed = eval.done(&["runs"]);
    assert!(listed.contains("note: before the change"), "{listed}");
    let runs = eval.json(&["runs"]);
    let headline = runs["runs"][0]["headline"]["en"].as_str();
    assert!(listed.contains(headline.expect("a sentence")), "{listed}");
    let error = eval.fails(2, &["delete", first]);
    assert!(error.contains("--yes"), "{error}");
    eval.done(&["delete", first, "--yes"]);
    eval.fails(3, &["show", first]);
    let error = eval.fails(3, &["show", "zz"]);
    assert!(error.contains("riddle eval runs"), "{error}");
    eval.fails(2, &["delete-set", "again"]);
    eval.done(&["delete-set", "again", "--yes"]);
    assert_eq!(
        eval.json(&["sets"])["sets"].as_array().map(Vec::len),
        Some(1)
    );
}

#[tokio::test]
async fn questions_are_reviewed_line_by_line() {
    beside_a_server(|eval, files| {
        eval.done(&["import", "office", &office()]);
        let lines = "y\nwhat?\nn\ne\n\ne\nWhat does a night in a hotel cost?\ns\ny\nq\n";
        let reviewed = eval.told(&["review", "office"], lines);
        assert_eq!(reviewed.code, Some(0), "{}", reviewed.err);
        assert!(
            reviewed
                .out
                .ends_with("2 kept, 1 edited and kept, 1 thrown away; 8 left to review\n"),
            "{}",
            reviewed.out
        );
        let jsonl = files.join("jsonl");
        eval.done(&["export", "office", jsonl.to_str().expect("UTF-8")]);
        let exported = std::fs::read_dir(&jsonl).expect("a folder").next();
        let exported = exported.expect("a file").expect("a file").path();
        let exported = std::fs::read_to_string(exported).expect("is text");
        let questions: Vec<Value> = exported
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect();
        let reviews: Vec<&str> = questions
            .iter()
            .map(|question| question["review"].as_str().unwrap_or("unreviewed"))
            .collect();
        let said = [
            "confirmed",
            "rejected",
            "confirmed",
            "unreviewed",
            "confirmed",
            "unreviewed",
        ];
        assert_eq!(reviews[..6], said, "{exported}");
        assert_eq!(
            questions[2]["question"],
            "What does a night in a hotel cost?"
        );

        // Those that are settled do not come again; the end of the lines is the end of the review.
        let reviewed = eval.told(&["review", "office", "--json"], "n\n");
        let summary: Value = serde_json::from_str(&reviewed.out).expect("JSON");
        assert_eq!(
            summary,
            json!({"kept": 0, "thrown_away": 1, "edited": 0, "left": 7})
        );
    })
    .await;
}

#[tokio::test]
async fn questions_are_made_of_headings() {
    beside_a_server(|eval, files| {
        let documents = files.join("documents");
        std::fs::create_dir_all(&documents).expect("a folder");
        for (name, text) in [
            (
                "cost.md",
                "# Rules about hotels\n\nA hotel may cost 120 euros a night, with breakfast. Whoever needs a more expensive one \
                 asks the head of the department before the journey.\n",
            ),
            (
                "keys.md",
                "# Rules about spare keys\n\nThe spare key hangs behind the red door of the office. Whoever takes it writes the \
                 time and a name into the list beside it.\n",
            ),
        ] {
            std::fs::write(documents.join(name), text).expect("a file");
        }
        let ingested = riddle(&eval.0).arg("ingest").arg("kb").arg(&documents).output();
        assert!(ingested.expect("the binary runs").status.success());
        // Without files the set begins empty.
        let empty = ["import", "made", "--kb", "kb", "--description", "by headings"];
        assert_eq!(eval.json(&empty)["questions"], 0);
        let made = eval.json(&["make", "made", "--maker", "headings", "--count", "2"]);
        assert_eq!(made["made"], 2, "{made}");
        assert_eq!(made["questions"].as_array().map(Vec::len), Some(2), "{made}");
        let again = eval.run(&["make", "made", "--maker", "headings", "--count", "2"]);
        assert_eq!(again.code, Some(0), "{}", again.err);
        assert!(again.out.starts_with("0 questions made"), "{}", again.out);
        assert!(again.out.contains("the set has already"), "{}", again.out);
        let set = eval.json(&["show-set", "made"]);
        assert_eq!(set["set"]["description"], "by headings", "{set}");
    })
    .await;
}

#[tokio::test]
async fn a_run_goes_on_without_its_command() {
    beside_a_server(|eval, _files| {
        eval.done(&["import", "office", &office()]);
        let started = eval.json(&["run", "office", "--no-wait"]);
        assert_eq!(started["total"], 12, "{started}");
        let id = started["id"].as_str().expect("an id");
        let ended = eval.run(&["cancel", "latest"]);
        // It may have been faster.
        if ended.code == Some(0) {
            assert!(ended.out.contains("cancelled"), "{}", ended.out);
        } else {
            assert!(ended.err.contains("finished"), "{}", ended.err);
        }
        eval.fails(1, &["pause", id]);
        eval.fails(1, &["resume", id]);
    })
    .await;
}

#[test]
fn bad_sets_and_arms_are_refused_with_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let eval = Eval(folder.path().join("data"));
    let error = eval.fails(3, &["show", "latest"]);
    assert!(error.contains("riddle eval run"), "{error}");
    let error = eval.fails(3, &["run", "nothing"]);
    assert!(error.contains("nothing"), "{error}");
    let error = eval.fails(2, &["run", "nothing", "--arm", "{"]);
    assert!(error.contains("JSON object"), "{error}");
    let big = folder.path().join("big");
    std::fs::create_dir_all(&big).expect("a folder");
    std::fs::write(big.join("corpus.jsonl"), "x".repeat(33 << 20)).expect("a file");
    let error = eval.fails(2, &["import", "big", big.to_str().expect("UTF-8")]);
    assert!(
        error.contains("32.00 MiB") && error.contains("--kb KB"),
        "{error}"
    );
    let empty = folder.path().join("empty");
    std::fs::create_dir_all(&empty).expect("a folder");
    eval.fails(1, &["import", "empty", empty.to_str().expect("UTF-8")]);
    let faulty = folder.path().join("q.csv");
    std::fs::write(&faulty, "question,document,grade\nHow?,a.md,high\n").expect("a file");
    let error = eval.fails(2, &["import", "faulty", faulty.to_str().expect("UTF-8")]);
    assert!(error.contains("q.csv, line 2"), "{error}");
}
