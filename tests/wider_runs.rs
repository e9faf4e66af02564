//! Runs over several knowledge bases, and beside what another system ranks.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::evaluations::{FACTS, RUNS, SETS, arm, ended, start};
use crate::support::{Server, root};

/// Where coffee stands among the facts.
const COFFEE: usize = 5;

/// A server with the facts in `kb`, but for coffee, which is in `annex` beside rules about leave of its own; and a set
/// for `kb` that judges documents. Gives the id of the annex.
async fn two_bases(folder: &std::path::Path) -> (Server, Value) {
    let server = Server::start(folder).await;
    server.create("kb").await;
    let annex = server.create("annex").await["id"].clone();
    for (place, (name, text, ..)) in FACTS.iter().enumerate() {
        let base = if place == COFFEE { "annex" } else { "kb" };
        server.add_text(base, name, text, json!({})).await;
    }
    let own = "# Leave\n\nPeople in the annex get days off when the boiler is out.";
    server.add_text("annex", "leave.md", own, json!({})).await;
    server.settle().await;
    let lines = FACTS
        .iter()
        .enumerate()
        .map(|(place, (name, _, question, _))| {
            let relevant = json!([{"document": name}]);
            json!({"id": format!("q{place}"), "question": question, "relevant": relevant})
                .to_string()
        });
    let content = lines.collect::<Vec<_>>().join("\n");
    let file = json!([{"name": "questions.jsonl", "content": content}]);
    let set = json!({"name": "facts", "knowledge_base": "kb", "files": file});
    server.post(SETS, set).await;
    (server, annex)
}

/// The candidates of a question that are passages of this document, as `(knowledge base, grade, whether it can be
/// judged)`.
async fn candidates(server: &Server, run: &str, place: usize, document: &str) -> Vec<Value> {
    let one = server.get(&format!("{RUNS}/{run}/questions/{place}")).await;
    let candidates = one["candidates"].as_array().into_iter().flatten();
    let own = candidates.filter(|candidate| candidate["document"] == json!(document));
    let told = ["knowledge_base", "grade", "judgeable"];
    own.map(|candidate| json!(told.map(|field| &candidate[field])))
        .collect()
}

#[tokio::test]
async fn a_run_over_two_knowledge_bases_finds_in_both_and_judges_by_the_first_of_a_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let (server, annex) = two_bases(folder.path()).await;
    let alone = start(&server, json!({})).await;
    assert_eq!(ended(&server, &alone).await["status"], json!("finished"));
    let lost = server
        .get(&format!("{RUNS}/{alone}/questions/{COFFEE}"))
        .await;
    assert_eq!(lost["items"][0]["place"], json!("document_missing"));

    let run = start(&server, json!({"other_knowledge_bases": ["annex"]})).await;
    let finished = ended(&server, &run).await;
    assert_eq!(finished["status"], json!("finished"), "{finished}");
    let manifest = &finished["manifest"];
    assert_eq!(
        manifest["other_knowledge_bases"],
        json!([{"id": annex, "name": "annex"}])
    );
    assert_eq!(manifest["documents"], json!(FACTS.len() + 1));
    let found = server
        .get(&format!("{RUNS}/{run}/questions/{COFFEE}"))
        .await;
    assert_eq!(found["items"][0]["place"], json!("found"));
    let coffee = candidates(&server, &run, COFFEE, "coffee.md").await;
    assert_eq!(coffee, [json!([annex, 1, true])]);
    // Another document of a name that is judged is not what was judged.
    let mut leave = candidates(&server, &run, 0, "leave.md").await;
    leave.sort_by_key(Value::to_string);
    assert_eq!(leave, [json!([annex, null, false]), json!([null, 1, true])]);
    judged_and_written(&server, &run, &annex).await;
    none_is_a_setting(&server, &run).await;

    let diff = server.get(&format!("{RUNS}/{run}/diff/{alone}")).await;
    let changes = diff["changes"].to_string();
    assert!(changes.contains("others.annex.name"), "{changes}");
}

/// Passages are judged, counted anew and written by what their names mean.
async fn judged_and_written(server: &Server, run: &str, annex: &Value) {
    let open = server
        .get(&format!("{RUNS}/{run}/to-judge?limit=200"))
        .await;
    let documents: Vec<&Value> = open["passages"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|one| one["text"] == json!(FACTS[0].2))
        .map(|one| &one["judgment"]["document"])
        .collect();
    assert!(!documents.is_empty(), "{open}");
    assert!(!documents.contains(&&json!("leave.md")), "{open}");

    let ndcg = async || {
        let report = server.get(&format!("{RUNS}/{run}/report")).await;
        report["arms"][0]["measures"][0].clone()
    };
    let before = ndcg().await;
    server
        .post(&format!("{RUNS}/{run}/recount"), json!({}))
        .await;
    assert_eq!(ndcg().await, before);

    let trec = server.get(&format!("{RUNS}/{run}/trec")).await;
    let lines = trec["files"][0]["content"].as_str().expect("a run");
    let of_first = lines.lines().filter(|line| line.starts_with("q0 "));
    let names: Vec<&str> = of_first.filter_map(|line| line.split(' ').nth(2)).collect();
    let elsewhere = format!("{}/leave.md", annex.as_str().expect("an id"));
    assert!(names.contains(&"leave.md"), "{names:?}");
    assert!(names.contains(&elsewhere.as_str()), "{names:?}");
}

async fn none_is_a_setting(server: &Server, run: &str) {
    let apply = format!("{RUNS}/{run}/apply");
    let body = json!({"arm": "present"});
    let (status, refused) = server.call(Method::POST, &apply, Some(body)).await;
    assert_eq!(
        (status, &refused["code"]),
        (StatusCode::CONFLICT, &json!("evaluation_run_state"))
    );
    let message = refused["message"].as_str().unwrap_or_default();
    assert!(message.contains("several knowledge bases"), "{message}");
}

#[tokio::test]
async fn knowledge_bases_that_a_run_cannot_search_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let (server, _annex) = two_bases(folder.path()).await;
    server.create("empty").await;
    let refused = async |others: Value| {
        let body = json!({"set": "facts", "other_knowledge_bases": others});
        let (status, answer) = server.call(Method::POST, RUNS, Some(body)).await;
        (
            status.as_u16(),
            answer["message"].to_string(),
            answer["param"].clone(),
        )
    };
    let (status, message, _) = refused(json!(["nowhere"])).await;
    assert!(status == 404 && message.contains("nowhere"), "{message}");
    let (status, message, _) = refused(json!(["annex", "empty"])).await;
    assert!(
        status == 409 && message.contains("`empty` has no document"),
        "{message}"
    );
    let (status, message, param) = refused(json!(vec!["annex"; 16])).await;
    assert_eq!(
        (status, param),
        (400, json!("other_knowledge_bases")),
        "{message}"
    );
}

fn of_trec(name: &str) -> String {
    let path = root().join("tests/data/evaluation/trec").join(name);
    std::fs::read_to_string(path).expect("a file of the repository")
}

/// A server with the facts in `kb`, and a set of topics and judgments for it. Gives the id of the document of badges.
async fn trec_set(folder: &std::path::Path) -> (Server, String) {
    let server = Server::start(folder).await;
    server.create("kb").await;
    let mut badges = String::new();
    for (name, text, ..) in FACTS {
        let id = server.add_text("kb", name, text, json!({})).await;
        if *name == "badges.md" {
            badges = id;
        }
    }
    server.settle().await;
    let files = ["topics.tsv", "qrels.txt"];
    let files = files.map(|name| json!({"name": name, "content": of_trec(name)}));
    let set = json!({"name": "facts", "knowledge_base": "kb", "files": files});
    server.post(SETS, set).await;
    (server, badges)
}

fn theirs(content: &str) -> Value {
    json!([{"file": {"name": "theirs.run", "content": content}}])
}

#[tokio::test]
async fn what_another_system_ranks_is_an_arm_without_times() {
    let folder = tempfile::tempdir().expect("a folder");
    let (server, badges) = trec_set(folder.path()).await;
    // By name and by id, as systems have it that took their documents from here.
    let content = of_trec("theirs.run").replace("t4 Q0 badges.md", &format!("t4 Q0 {badges}"));
    let run = start(&server, json!({"trec_runs": theirs(&content)})).await;
    let finished = ended(&server, &run).await;
    assert_eq!(finished["status"], json!("finished"), "{finished}");
    let imported = json!([{
        "arm": "theirs", "file": "theirs.run", "questions": 5, "unknown": 1, "unknown_names": ["old-rules.md"]
    }]);
    assert_eq!(finished["manifest"]["imported"], imported);
    let report = server.get(&format!("{RUNS}/{run}/report")).await;
    let reported = arm(&report, "theirs");
    assert_eq!(reported["kind"], json!("imported"));
    assert_eq!(reported["failures"], json!([]));
    assert_eq!(reported["cost"]["stages"], json!([]));
    assert_eq!(reported["cost"]["total"], Value::Null);
    assert!(reported["comparison"].is_object(), "{reported}");
    assert_ne!(
        report["arms"][report["baseline"].as_u64().expect("an index") as usize],
        *reported
    );
    // A document that nobody knows keeps its rank, and a question without a line has nothing.
    let second = 1.0 / 3_f64.log2();
    for (id, expected) in [
        ("t1", 1.0),
        ("t2", second),
        ("t3", 0.0),
        ("t4", 1.0),
        ("t5", 1.0),
        ("t6", 0.0),
    ] {
        let of_theirs = at(&server, &run, id).await;
        let ndcg = of_theirs["ndcg_10"].as_f64().expect("a figure");
        assert!((ndcg - expected).abs() < 1e-9, "{id}: {of_theirs}");
        assert_eq!(of_theirs["total_ms"], Value::Null);
    }
    is_written_and_counted_as_it_came(&server, &run).await;
    let apply = format!("{RUNS}/{run}/apply");
    let body = json!({"arm": "theirs"});
    let (status, refused) = server.call(Method::POST, &apply, Some(body)).await;
    assert_eq!(
        (status, &refused["param"]),
        (StatusCode::BAD_REQUEST, &json!("arm"))
    );
}

/// How the arm of the other system did on a question.
async fn at(server: &Server, run: &str, question: &str) -> Value {
    let arms = server.get(&format!("{RUNS}/{run}")).await["manifest"]["arms"].clone();
    let mut arms = arms.as_array().expect("arms").iter();
    let place = arms.position(|arm| arm["name"] == json!("theirs"));
    let row = server
        .get(&format!("{RUNS}/{run}/questions?question={question}"))
        .await;
    row["questions"][0]["arms"][place.expect("it is an arm")].clone()
}

async fn is_written_and_counted_as_it_came(server: &Server, run: &str) {
    let trec = server.get(&format!("{RUNS}/{run}/trec?arm=theirs")).await;
    let lines = trec["files"][0]["content"].as_str().expect("a run");
    assert!(lines.contains("t2 Q0 old-rules.md 1 -1 theirs"), "{lines}");
    assert!(lines.contains("t5 Q0 parking.md 1 -1 theirs"), "{lines}");
    let open = server
        .get(&format!("{RUNS}/{run}/to-judge?limit=200"))
        .await;
    let passages = open["passages"].as_array().expect("passages");
    assert!(!passages.is_empty());
    for passage in passages {
        assert_eq!(
            passage["judgment"]["quote"],
            Value::Null,
            "documents are judged"
        );
        assert_ne!(passage["judgment"]["document"], json!("old-rules.md"));
    }
    // Somebody finds that badges are right for laptops too, and that rules which are not here are for trips.
    for (question, document) in [("t3", "badges.md"), ("t2", "old-rules.md")] {
        let path = format!("{SETS}/facts/questions/{question}/judgments");
        server
            .post(&path, json!({"document": document, "grade": 1}))
            .await;
    }
    server
        .post(&format!("{RUNS}/{run}/recount"), json!({}))
        .await;
    for question in ["t2", "t3"] {
        let of_theirs = at(server, run, question).await;
        assert_eq!(of_theirs["first_relevant"], json!(1), "{of_theirs}");
    }
}

#[tokio::test]
async fn what_another_system_ranks_is_still_there_after_a_kill() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut server, _badges) = trec_set(folder.path()).await;
    let run = start(
        &server,
        json!({"trec_runs": theirs(&of_trec("theirs.run"))}),
    )
    .await;
    server.kill();
    let server = Server::start(folder.path()).await;
    let finished = ended(&server, &run).await;
    assert_eq!(
        (&finished["status"], &finished["done"]),
        (&json!("finished"), &json!(6)),
        "{finished}"
    );
    for (id, expected) in [("t1", json!(1)), ("t2", json!(2)), ("t6", Value::Null)] {
        let of_theirs = at(&server, &run, id).await;
        assert_eq!(of_theirs["first_relevant"], expected, "{id}: {of_theirs}");
    }
}

#[tokio::test]
async fn runs_of_other_systems_that_say_nothing_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let (server, _badges) = trec_set(folder.path()).await;
    let refused = async |set: &str, runs: Value| {
        let body = json!({"set": set, "trec_runs": runs});
        let (status, answer) = server.call(Method::POST, RUNS, Some(body)).await;
        assert_eq!(
            (status.as_u16(), &answer["param"]),
            (400, &json!("trec_runs")),
            "{answer}"
        );
        answer["message"].as_str().expect("a message").to_owned()
    };
    let many = vec![theirs("t1 Q0 leave.md 1 1 x")[0].clone(); 11];
    for (runs, expected) in [
        (
            theirs("t1 Q0 leave.md 1 1 x\nt1 Q0 coffee.md 2 high x\n"),
            "theirs.run, line 2, score",
        ),
        (
            theirs("t1 Q0 leave.md\n"),
            "theirs.run, line 1: the line has 3 columns",
        ),
        (theirs(""), "theirs.run: the file has no line of a run"),
        (
            theirs("q9 Q0 leave.md 1 1 x\n"),
            "none of its questions, such as `q9`",
        ),
        (
            theirs("t1 Q0 nothing.md 1 1 x\n"),
            "none of its documents, such as `nothing.md`",
        ),
        (json!(many), "at most 10"),
    ] {
        let message = refused("facts", runs).await;
        assert!(message.contains(expected), "{message}");
    }
    let (name, _, question, quote) = FACTS[0];
    let relevant = json!([{"document": name, "quote": quote}]);
    let line = json!({"id": "t1", "question": question, "relevant": relevant}).to_string();
    let file = json!([{"name": "questions.jsonl", "content": line}]);
    let set = json!({"name": "passages", "knowledge_base": "kb", "files": file});
    server.post(SETS, set).await;
    let message = refused("passages", theirs("t1 Q0 leave.md 1 1 x\n")).await;
    assert!(message.contains("where passages are judged"), "{message}");
    assert_eq!(server.get(RUNS).await["runs"], json!([]));
}
