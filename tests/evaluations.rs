//! Evaluations over the real server: a set with its own documents, runs that are watched, tried, applied and compared,
//! faults in files, and a server that is killed in the middle of a run.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::Server;

/// Name, text, and a question that the text answers with the words behind it.
pub(crate) const FACTS: &[(&str, &str, &str, &str)] = &[
    (
        "leave.md",
        "# Leave\n\nEvery employee has 30 days of leave. Unused days expire at the end of March.",
        "How many days off do people get?",
        "30 days of leave",
    ),
    (
        "travel.md",
        "# Travel\n\nTrips above 500 euros are approved by the head of the department. Trains come before planes.",
        "Who has to agree to an expensive trip?",
        "approved by the head of the department",
    ),
    (
        "laptops.md",
        "# Laptops\n\nA laptop is replaced after four years. Broken screens are repaired within two days.",
        "When do I get a new computer?",
        "replaced after four years",
    ),
    (
        "badges.md",
        "# Badges\n\nA lost badge is reported to the reception at once. A new one costs ten euros.",
        "What do I do if my badge is gone?",
        "reported to the reception at once",
    ),
    (
        "parking.md",
        "# Parking\n\nBicycles stand in the yard, cars on level two of the garage. Electric cars charge for free.",
        "Where can I put my bike?",
        "Bicycles stand in the yard",
    ),
    (
        "coffee.md",
        "# Coffee\n\nThe coffee machine is cleaned every Friday. Milk is in the fridge on the left.",
        "On which day is the coffee machine cleaned?",
        "cleaned every Friday",
    ),
    (
        "backup.md",
        "# Backups\n\nThe database is copied every night at two. Copies are kept for ninety days.",
        "How long are copies of the database kept?",
        "kept for ninety days",
    ),
    (
        "incidents.md",
        "# Incidents\n\nAn outage is announced in the channel operations within ten minutes. The report follows in a week.",
        "Where is an outage announced?",
        "announced in the channel operations",
    ),
    (
        "salary.md",
        "# Salary\n\nSalaries are paid on the 25th. Bonuses come in April after the annual review.",
        "When do bonuses come?",
        "Bonuses come in April",
    ),
    (
        "training.md",
        "# Training\n\nEverybody has five days of training a year, which the team lead books. Books are ordered by mail.",
        "Who books training?",
        "the team lead books",
    ),
    (
        "visitors.md",
        "# Visitors\n\nVisitors sign the list at the door and wear a yellow badge. They are never left alone.",
        "What colour is a visitor's badge?",
        "yellow badge",
    ),
    (
        "printers.md",
        "# Printers\n\nThe printer on floor three prints in colour. Paper is in room 312.",
        "In which room is the paper?",
        "Paper is in room 312",
    ),
];

/// The files of a set with its own documents: each fact is asked for twice.
fn files() -> Value {
    let mut corpus = String::new();
    let mut queries = String::new();
    let mut judgments = String::from("query-id\tcorpus-id\tscore\n");
    for (number, (name, text, question, _)) in FACTS.iter().enumerate() {
        corpus += &format!("{}\n", json!({"_id": name, "title": "", "text": text}));
        for (turn, wording) in [
            (*question).to_owned(),
            format!("Please tell me: {question}"),
        ]
        .iter()
        .enumerate()
        {
            let id = format!("q{number}-{turn}");
            queries += &format!("{}\n", json!({"_id": id, "text": wording}));
            judgments += &format!("{id}\t{name}\t1\n");
        }
    }
    json!([
        {"name": "corpus.jsonl", "content": corpus},
        {"name": "queries.jsonl", "content": queries},
        {"name": "qrels/test.tsv", "content": judgments},
    ])
}

pub(crate) const SETS: &str = "/api/v1/evaluations/sets";
pub(crate) const RUNS: &str = "/api/v1/evaluations/runs";

pub(crate) async fn import(server: &Server) -> Value {
    import_under(server, "facts").await
}

async fn import_under(server: &Server, name: &str) -> Value {
    let set = server
        .post(SETS, json!({"name": name, "files": files()}))
        .await;
    server.settle().await;
    set
}

pub(crate) async fn start(server: &Server, body: Value) -> String {
    let mut run = json!({"set": "facts"});
    run.as_object_mut()
        .expect("an object")
        .extend(body.as_object().expect("an object").clone());
    let run = server.post(RUNS, run).await;
    run["id"].as_str().expect("an id").to_owned()
}

/// Waits until a run has ended, for as long as that takes.
pub(crate) async fn ended(server: &Server, run: &str) -> Value {
    loop {
        let now = server.get(&format!("{RUNS}/{run}")).await;
        if !["queued", "running"]
            .map(Value::from)
            .contains(&now["status"])
        {
            return now;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

pub(crate) fn arm<'a>(report: &'a Value, name: &str) -> &'a Value {
    let arms = report["arms"].as_array().expect("arms");
    arms.iter()
        .find(|arm| arm["name"] == json!(name))
        .unwrap_or_else(|| panic!("no arm {name}: {report}"))
}

#[tokio::test]
async fn a_set_with_its_own_documents_is_measured_tried_applied_and_compared() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path()).await;
    let set = import(&server).await;
    assert_eq!(set["questions"], json!(24));
    assert_eq!(
        set["dev"]
            .as_u64()
            .zip(set["test"].as_u64())
            .map(|(dev, test)| dev + test),
        Some(24)
    );
    assert!(set["dev"] != json!(0) && set["test"] != json!(0), "{set}");
    assert_eq!(set["knowledge_base"]["name"], json!("facts"));

    let words = json!({"name": "words", "mode": "bm25", "top_k": 10, "top_n": 1, "rerank": null});
    let run = start(&server, json!({"arms": [words]})).await;
    let finished = ended(&server, &run).await;
    assert_eq!(
        (&finished["status"], &finished["done"]),
        (&json!("finished"), &json!(24)),
        "{finished}"
    );
    assert_eq!(finished["problem"], Value::Null);
    let report = server.get(&format!("{RUNS}/{run}/report")).await;
    assert_eq!(report["headline_half"], json!("test"));
    // Words alone find fewer of these questions than both retrievers; the same arm twice has the same figures.
    let ndcg = |name: &str| {
        let measures = arm(&report, name)["measures"]
            .as_array()
            .expect("measures")
            .clone();
        let found = measures
            .into_iter()
            .find(|one| one["measure"] == json!("nDCG@10"));
        found.expect("nDCG@10")["headline"]["mean"]
            .as_f64()
            .expect("a mean")
    };
    assert!(ndcg("words") < ndcg("present"), "{report}");
    assert_eq!(ndcg("present"), ndcg("present, again"));
    assert!(
        report["headline"]["en"]
            .as_str()
            .is_some_and(|text| !text.is_empty())
    );
    assert!(report["tuned"]["fusion"]["method"].is_string(), "{report}");
    names_the_fallback(&report);
    costs_are_told(&finished["manifest"], &report);

    look_and_try(&server, &set, &run).await;
    let applied = server
        .post(&format!("{RUNS}/{run}/apply"), json!({"arm": "words"}))
        .await;
    assert_eq!(
        applied["knowledge_base"]["retrieval"]["mode"],
        json!("bm25")
    );
    assert_eq!(applied["before"]["mode"], json!("hybrid"));
    undo(&server, &run).await;
    compare_with_a_later_run(&server, &run).await;

    describe(&server, &run, &report).await;

    let set = server.get(&format!("{SETS}/facts")).await;
    assert_eq!(set["test_looks"], json!(2));
    looks_are_listed(&server, &run).await;
    let runs = server.get(RUNS).await;
    assert_eq!(runs["runs"].as_array().map(Vec::len), Some(2));
    runs_are_listed_by_set(&server, &runs, &set).await;
    let (status, _) = server
        .call(Method::DELETE, &format!("{RUNS}/{run}"), None)
        .await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let (status, _) = server
        .call(Method::GET, &format!("{RUNS}/{run}/report"), None)
        .await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

/// All runs are over the same set.
async fn runs_are_listed_by_set(server: &Server, runs: &Value, set: &Value) {
    let id = set["id"].as_str().expect("an id");
    for (of, expected) in [
        ("facts", &runs["runs"]),
        (id, &runs["runs"]),
        ("00000000-0000-0000-0000-000000000001", &json!([])),
    ] {
        let found = server.get(&format!("{RUNS}?set={of}")).await;
        assert_eq!(&found["runs"], expected, "{of}");
    }
    let path = format!("{RUNS}?set=nothing");
    let (status, body) = server.call(Method::GET, &path, None).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{body}");
}

/// The run was the first of two.
async fn looks_are_listed(server: &Server, run: &str) {
    let path = format!("{SETS}/facts/looks");
    let newest = server.get(&format!("{path}?limit=1")).await;
    assert_ne!(newest["looks"][0]["run"], json!(run), "{newest}");
    let cursor = newest["next_cursor"].as_str().expect("there is one more");
    let first = server.get(&format!("{path}?cursor={cursor}")).await;
    let looks = first["looks"].as_array().expect("looks");
    assert_eq!((looks.len(), &first["next_cursor"]), (1, &Value::Null));
    assert_eq!(
        (&looks[0]["run"], &looks[0]["reason"]),
        (&json!(run), &json!("finished"))
    );
    assert!(looks[0]["at"].as_str() < newest["looks"][0]["at"].as_str());
    for (path, status) in [
        ("nothing/looks", StatusCode::NOT_FOUND),
        ("facts/looks?limit=0", StatusCode::BAD_REQUEST),
        ("facts/looks?cursor=last", StatusCode::BAD_REQUEST),
    ] {
        let path = format!("{SETS}/{path}");
        let (found, body) = server.call(Method::GET, &path, None).await;
        assert_eq!(found, status, "{path}: {body}");
    }
}

/// Times as distributions, and what the models take of the memory.
fn costs_are_told(manifest: &Value, report: &Value) {
    for one in report["arms"].as_array().into_iter().flatten() {
        for stage in one["cost"]["stages"].as_array().into_iter().flatten() {
            let times = stage["distribution"].as_array().expect("times");
            let times: Vec<f64> = times.iter().filter_map(Value::as_f64).collect();
            assert_eq!(times.len(), 21, "{stage}");
            assert!(times.is_sorted(), "{stage}");
            assert_eq!(
                (json!(times[10]), json!(times[19])),
                (stage["p50"].clone(), stage["p95"].clone())
            );
        }
    }
    let models = manifest["models"].as_array().expect("models");
    let embedder = models.iter().find(|model| model["role"] == json!("embed"));
    let embedder = embedder.expect("an embedder");
    assert!(embedder["memory_bytes"].as_u64() > Some(0), "{embedder}");
    assert!(embedder["bytes_on_disk"].as_u64() > Some(0), "{embedder}");
    let names = manifest["arms"].as_array().expect("arms").iter();
    let names = names.map(|arm| &arm["name"]).enumerate();
    let embedding = names.filter(|(_, name)| **name != json!("words"));
    let embedding: Vec<usize> = embedding.map(|(index, _)| index).collect();
    assert_eq!(embedder["arms"], json!(embedding));
    let memory = |name: &str| arm(report, name)["cost"]["memory_bytes"].clone();
    assert_eq!(memory("present"), embedder["memory_bytes"]);
    assert_eq!(memory("words"), json!(0));
}

/// There is no reranker on the machine of the tests.
fn names_the_fallback(report: &Value) {
    let present = arm(report, "present");
    let stood_in = present["stand_in"].as_u64().expect("a number");
    let not_reranked = present["not_reranked"].as_u64().expect("a number");
    let asked = report["questions"]["headline"].as_u64();
    assert!(stood_in > 0, "{present}");
    assert_eq!(Some(stood_in + not_reranked), asked, "{present}");
    let embedder = present["reranked_by"].as_str();
    assert!(embedder.is_some_and(|name| !name.is_empty()), "{present}");
    assert_eq!(present["weight"], json!(0.5));
    assert!(present["cost"]["reranked_tokens"].as_f64() > Some(0.0));
    let headline = report["headline"]["en"].as_str().expect("a sentence");
    assert!(headline.contains("the embedder stood in"), "{headline}");
    assert_eq!(arm(report, "words")["stand_in"], json!(0));
}

/// Goes back from settings that were taken over, one step after the other, and leaves those that were taken over first.
async fn undo(server: &Server, run: &str) {
    let path = format!("{RUNS}/{run}/undo");
    let retrieval = async || server.get("/api/v1/knowledge-bases/facts").await["retrieval"].clone();
    let words = retrieval().await;
    let taken = server.get(&path).await;
    assert_eq!(
        (
            &taken["taken_over"]["arm"],
            &taken["taken_over"]["before"]["mode"]
        ),
        (&json!("words"), &json!("hybrid")),
        "{taken}"
    );
    // With a change, in the same step.
    let body = json!({"arm": "present", "retrieval": {"top_n": 2, "rerank": false}});
    let applied = server.post(&format!("{RUNS}/{run}/apply"), body).await;
    let now = &applied["knowledge_base"]["retrieval"];
    assert_eq!(
        (&now["mode"], &now["top_n"], &now["rerank"]),
        (&json!("hybrid"), &json!(2), &json!(false))
    );
    let back = server.post(&path, json!({})).await;
    assert_eq!((&back["retrieval"], &retrieval().await), (&words, &words));
    let back = server.post(&path, json!({})).await;
    assert_eq!(back["retrieval"]["mode"], json!("hybrid"));
    let (status, body) = server.call(Method::POST, &path, None).await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::CONFLICT, &json!("evaluation_run_state"))
    );
    // What a person has changed since then is not undone.
    let apply = format!("{RUNS}/{run}/apply");
    server.post(&apply, json!({"arm": "words"})).await;
    let kb = "/api/v1/knowledge-bases/facts";
    let change = |top_n: u32| Some(json!({"retrieval": {"top_n": top_n}}));
    let top_n = words["top_n"].as_u64().expect("a number") as u32;
    server.call(Method::PATCH, kb, change(top_n + 1)).await;
    assert_eq!(server.get(&path).await, json!({"taken_over": Value::Null}));
    let (status, _) = server.call(Method::POST, &path, None).await;
    assert_eq!(status, StatusCode::CONFLICT);
    server.call(Method::PATCH, kb, change(top_n)).await;
    assert_eq!(retrieval().await, words);
}

/// Notes something about a run, which the list shows beside what it found.
async fn describe(server: &Server, run: &str, report: &Value) {
    let path = format!("{RUNS}/{run}");
    let note = json!({"note": "  before the move "});
    let (status, body) = server.call(Method::PATCH, &path, Some(note)).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    assert_eq!(
        (&body["name"], &body["note"]),
        (&json!("facts"), &json!("before the move"))
    );
    let (_, body) = server
        .call(Method::PATCH, &path, Some(json!({"name": "first"})))
        .await;
    assert_eq!(
        (&body["name"], &body["note"]),
        (&json!("first"), &json!("before the move"))
    );
    for (bad, field) in [
        (json!({"name": " "}), "name"),
        (json!({"note": "x".repeat(2_001)}), "note"),
    ] {
        let (status, body) = server.call(Method::PATCH, &path, Some(bad)).await;
        assert_eq!(
            (status, &body["param"]),
            (StatusCode::BAD_REQUEST, &json!(field)),
            "{body}"
        );
    }
    let runs = server.get(RUNS).await;
    let listed = runs["runs"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|one| one["id"] == json!(run));
    let listed = listed.expect("it is listed");
    assert_eq!(listed["note"], json!("before the move"));
    assert_eq!(listed["headline"], report["headline"]);
    let summary = &listed["summary"];
    assert_eq!(
        (&summary["main"], &summary["baseline"]),
        (&report["main"], &report["baseline"])
    );
    let arms = summary["arms"].as_array().into_iter().flatten();
    for (arm, reported) in arms.zip(report["arms"].as_array().expect("arms")) {
        assert_eq!(arm["name"], reported["name"]);
        assert_eq!(reported["measures"][0]["measure"], json!("nDCG@10"));
        assert_eq!(arm["ndcg_10"], reported["measures"][0]["headline"]);
    }
    assert_eq!(
        summary["arms"].as_array().map(Vec::len),
        report["arms"].as_array().map(Vec::len)
    );
}

/// Makes another run, with the settings of now, and compares it with the first.
async fn compare_with_a_later_run(server: &Server, run: &str) {
    let later = start(server, json!({"name": "with words"})).await;
    ended(server, &later).await;
    let diff = server.get(&format!("{RUNS}/{later}/diff/{run}")).await;
    let changes = diff["changes"].as_array().expect("changes");
    assert!(
        changes
            .iter()
            .any(|change| change["what"] == json!("settings.retrieval.mode")
                && change["before"] == json!("hybrid")
                && change["after"] == json!("bm25")),
        "{diff}"
    );
    assert_eq!(diff["questions"], json!(24));
    // The fusion that each report has found best is an arm too, though it is in no manifest.
    let tuned = "arm=tuned+fusion,+no+rerank&before_arm=tuned+fusion,+no+rerank";
    let path = format!("{RUNS}/{later}/diff/{run}?{tuned}");
    let tuned = server.get(&path).await;
    let report = server.get(&format!("{RUNS}/{run}/report")).await;
    assert_eq!(tuned["questions"], json!(24), "{tuned}");
    assert!(tuned["before"].is_number(), "{tuned}");
    let body = json!({"arm": "tuned fusion, no rerank"});
    let trial = server.post(&format!("{RUNS}/{run}/trial"), body).await;
    let dev = report["tuned"]["dev_ndcg_10"].as_f64().expect("a figure");
    let tried = trial["ndcg_10"].as_f64().expect("a figure");
    assert!((dev - tried).abs() < 1e-9, "{trial}\n{report}");
    assert_eq!(trial["reranked"], json!(0.0));
    assert!(
        diff["difference"]["mean"]
            .as_f64()
            .is_some_and(|mean| mean < 0.0),
        "{diff}"
    );
}

/// What the headline compares with is shown of each question, though it is in no manifest.
async fn baseline_is_shown(server: &Server, run: &str, rows: &Value, one: &Value) {
    let report = server.get(&format!("{RUNS}/{run}/report")).await;
    let arms = report["arms"].as_array().expect("arms");
    let baseline = report["baseline"].as_u64().expect("an index") as usize;
    assert_eq!(
        arms[baseline]["name"],
        json!("tuned fusion, no rerank"),
        "{report}"
    );
    let of_first = &rows["questions"][0]["arms"];
    assert_eq!(of_first.as_array().map(Vec::len), Some(arms.len()));
    assert_eq!(one["arms"].as_array().map(Vec::len), Some(arms.len()));
    assert!(of_first[baseline]["ndcg_10"].is_number(), "{of_first}");
    assert_eq!(of_first[baseline]["total_ms"], Value::Null);
    let order = one["arms"][baseline]["ranking"].as_array();
    assert!(order.is_some_and(|order| !order.is_empty()), "{one}");
}

/// Looks at the questions of a run, and tries other settings.
async fn look_and_try(server: &Server, set: &Value, run: &str) {
    let rows = server
        .get(&format!("{RUNS}/{run}/questions?limit=20"))
        .await;
    assert_eq!(
        (rows["questions"].as_array().map(Vec::len), &rows["next"]),
        (Some(20), &json!(20))
    );
    let third = &rows["questions"][2];
    let id = third["id"].as_str().expect("an id");
    let one = server
        .get(&format!("{RUNS}/{run}/questions?question={id}"))
        .await;
    assert_eq!(one, json!({"questions": [third], "next": null}));
    let none = server
        .get(&format!("{RUNS}/{run}/questions?question=nobody"))
        .await;
    assert_eq!(none, json!({"questions": [], "next": null}));
    let path = format!("{SETS}/facts/questions");
    let question = server.get(&format!("{path}/{id}")).await;
    assert_eq!(
        (&question["id"], &question["text"]),
        (&third["id"], &third["text"])
    );
    let (status, body) = server
        .call(Method::GET, &format!("{path}/nobody"), None)
        .await;
    let code = json!("evaluation_question_not_found");
    assert_eq!((status, &body["code"]), (StatusCode::NOT_FOUND, &code));
    let one = server.get(&format!("{RUNS}/{run}/questions/0")).await;
    baseline_is_shown(server, run, &rows, &one).await;
    let best = &one["arms"][0]["ranking"][0];
    let best = &one["candidates"][best.as_u64().expect("an index") as usize];
    assert!(
        best["text"].as_str().is_some_and(|text| !text.is_empty()),
        "{one}"
    );
    let (status, _) = server
        .call(Method::GET, &format!("{RUNS}/{run}/questions/24"), None)
        .await;
    assert_eq!(status, StatusCode::NOT_FOUND);

    let trial = server
        .post(
            &format!("{RUNS}/{run}/trial"),
            json!({"arm": "present", "weight": 0.0}),
        )
        .await;
    assert_eq!(trial["questions"], set["dev"]);
    let words = json!({"arm": "words"});
    let curves = server
        .post(&format!("{RUNS}/{run}/curves"), words.clone())
        .await;
    let trial = server.post(&format!("{RUNS}/{run}/trial"), words).await;
    assert_eq!(curves["by_weight"], json!([]), "{curves}");
    let kept = &curves["by_top_n"][0];
    assert_eq!(kept["setting"], json!(1.0), "{curves}");
    assert_eq!(
        (&kept["ndcg_10"], &kept["success_top_n"]),
        (&trial["ndcg_10"], &trial["success_top_n"])
    );
}

#[tokio::test]
async fn quotes_are_found_in_passages_and_lost_ones_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path()).await;
    server.create("kb").await;
    for (name, text, ..) in FACTS {
        server.add_text("kb", name, text, json!({})).await;
    }
    server.settle().await;
    let mut lines: Vec<String> = FACTS
        .iter()
        .map(|(name, _, question, quote)| {
            json!({"question": question, "relevant": [{"document": name, "quote": quote}]})
                .to_string()
        })
        .collect();
    lines.push(
        json!({"question": "Who waters the plants?", "relevant": [{"document": "plants.md"}]})
            .to_string(),
    );
    lines.push(json!({"question": "How big is the moon?", "unanswerable": true}).to_string());
    let file = json!([{"name": "questions.jsonl", "content": lines.join("\n")}]);
    let body = json!({"name": "facts", "knowledge_base": "kb", "files": file});
    server.post(SETS, body).await;
    let run = start(&server, json!({})).await;
    let finished = ended(&server, &run).await;
    assert_eq!(finished["status"], json!("finished"), "{finished}");
    let report = server.get(&format!("{RUNS}/{run}/report")).await;
    let excluded = report["excluded"].to_string();
    assert!(excluded.contains("unanswerable"), "{report}");
    let rows = server
        .get(&format!("{RUNS}/{run}/questions?limit=100"))
        .await;
    let rows = rows["questions"].as_array().expect("rows");
    for row in rows.iter().take(FACTS.len()) {
        assert!(row["arms"][0]["first_relevant"].is_number(), "{row}");
    }
    let lost = server
        .get(&format!("{RUNS}/{run}/questions/{}", FACTS.len()))
        .await;
    assert_eq!(lost["items"][0]["place"], json!("document_missing"));
    assert_eq!(rows[FACTS.len()]["arms"][0]["ndcg_10"], json!(0.0));

    // What a person corrects is what the next run asks.
    let id = rows[0]["id"].as_str().expect("an id");
    let path = format!("{SETS}/facts/questions/{id}");
    let (status, patched) = server
        .call(Method::PATCH, &path, Some(json!({"review": "rejected"})))
        .await;
    assert_eq!(
        (status, &patched["review"]),
        (StatusCode::OK, &json!("rejected"))
    );
    let added = server
        .post(
            &format!("{SETS}/facts/questions"),
            json!({"text": "Where do cars charge?", "relevant": [{"document": "parking.md"}]}),
        )
        .await;
    assert_eq!(added["review"], json!("confirmed"));
    let set = server.get(&format!("{SETS}/facts")).await;
    assert_eq!(
        (&set["questions"], &set["rejected"]),
        (&json!(FACTS.len() + 2), &json!(1))
    );
    let exported = server
        .get(&format!("{SETS}/facts/export?format=jsonl"))
        .await;
    let content = exported["files"][0]["content"].as_str().expect("content");
    assert_eq!(content.lines().count(), FACTS.len() + 3);
    let again = json!({"name": "copy", "knowledge_base": "kb", "format": "jsonl", "files": exported["files"]});
    let copy = server.post(SETS, again).await;
    assert_eq!(
        (&copy["questions"], &copy["rejected"]),
        (&set["questions"], &set["rejected"])
    );
}

#[tokio::test]
async fn a_set_says_where_one_document_is_in_both_halves() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path()).await;
    server.create("kb").await;
    let (name, text, ..) = FACTS[0];
    server.add_text("kb", name, text, json!({})).await;
    server.settle().await;
    let questions = (0..8).map(|number| {
        let question = format!("What does rule {number} say?");
        json!({"question": question, "relevant": [{"document": name}]}).to_string()
    });
    let content = questions.collect::<Vec<_>>().join("\n");
    let file = json!([{"name": "questions.jsonl", "content": content}]);
    let body = json!({"name": "facts", "knowledge_base": "kb", "files": file});
    let set = server.post(SETS, body).await;
    let warnings = set["warnings"].to_string();
    assert!(warnings.contains("share a document"), "{set}");
    let own = import_under(&server, "apart").await;
    let warnings = own["warnings"].to_string();
    assert!(!warnings.contains("share a document"), "{own}");
}

#[tokio::test]
async fn a_set_says_how_good_it_is_and_what_a_run_can_see() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path()).await;
    import(&server).await;
    let quality = server.get(&format!("{SETS}/facts/quality")).await;
    let aspect = |kind: &str| {
        let mut aspects = quality["aspects"].as_array().into_iter().flatten();
        let found = aspects.find(|aspect| aspect["kind"] == json!(kind));
        let found = found.unwrap_or_else(|| panic!("no aspect {kind}: {quality}"));
        (found["count"].clone(), found["of"].clone())
    };
    assert_eq!(quality["examined"], json!(24));
    assert_eq!(aspect("confirmed"), (json!(24), json!(24)));
    assert_eq!(aspect("one_document"), (json!(2), json!(24)));
    assert_eq!(aspect("lost"), (json!(0), json!(24)));
    assert_eq!(aspect("easy").1, json!(24));
    let score = quality["score"].as_u64().expect("a score");
    assert!(score < 80, "24 questions are too few: {quality}");

    let before = server.get(&format!("{SETS}/facts/power")).await;
    assert_eq!(before["standard_deviation"], json!(0.13));
    assert_eq!(before["seen_in"], Value::Null);
    let few = server
        .get(&format!("{SETS}/facts/power?limit=4&questions=dev"))
        .await;
    assert_eq!(few["questions"], json!(4));
    assert!(
        few["detectable"].as_f64() > before["detectable"].as_f64(),
        "{few} {before}"
    );

    let words = json!({"name": "words", "mode": "bm25", "top_k": 10, "top_n": 3, "rerank": null});
    let run = start(&server, json!({"arms": [words]})).await;
    ended(&server, &run).await;
    let after = server.get(&format!("{SETS}/facts/power")).await;
    assert_eq!(after["seen_in"], json!(run), "{after}");

    let document = server
        .get("/api/v1/knowledge-bases/facts/documents?limit=1")
        .await;
    let id = document["documents"][0]["id"].as_str().expect("an id");
    let gone = format!("/api/v1/documents/{id}");
    server.call(Method::DELETE, &gone, None).await;
    server.settle().await;
    let quality = server.get(&format!("{SETS}/facts/quality")).await;
    let lost = quality["aspects"].as_array().into_iter().flatten();
    let lost: Vec<&Value> = lost
        .filter(|aspect| aspect["kind"] == json!("lost"))
        .collect();
    assert_eq!(lost[0]["count"], json!(2), "{quality}");
}

/// Asks in a chat of its own and says what is thought of the answer.
async fn ask_and_judge(server: &Server, question: &str, verdict: &str) {
    let chats = "/api/v1/chats";
    let chat = server
        .post(chats, json!({"knowledge_bases": ["facts"]}))
        .await;
    let id = chat["id"].as_str().expect("an id");
    server
        .events(
            &format!("{chats}/{id}/messages"),
            json!({"question": question}),
        )
        .await;
    let chat = server.get(&format!("{chats}/{id}")).await;
    let reply = chat["messages"][1]["id"].as_str().expect("an answer");
    let path = format!("{chats}/{id}/messages/{reply}/feedback");
    let judged = json!({ "verdict": verdict });
    let (status, body) = server.call(Method::PUT, &path, Some(judged)).await;
    assert_eq!(status, StatusCode::OK, "{body}");
}

#[tokio::test]
async fn what_people_thought_of_answers_comes_into_a_set() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path()).await;
    import(&server).await;
    ask_and_judge(&server, "When are unused days of leave gone?", "up").await;
    ask_and_judge(&server, "How often are broken screens replaced?", "down").await;
    let asked = FACTS[0].2;
    ask_and_judge(&server, asked, "up").await;
    let compare = "/api/v1/knowledge-bases/facts/compare";
    let body = json!({"question": "When is the coffee machine made clean?", "top_n": 1});
    let compared = server.post(compare, body).await;
    let chosen = json!({"preference": "with_rerank"});
    let path = format!(
        "/api/v1/comparisons/{}/preference",
        compared["id"].as_str().expect("an id")
    );
    server.call(Method::PUT, &path, Some(chosen)).await;

    let collect = format!("{SETS}/facts/questions/collect");
    let collected = server.post(&collect, json!({})).await;
    assert_eq!(collected, json!({"added": 3, "judged": 2, "known": 1}));
    let again = server.post(&collect, json!({})).await;
    assert_eq!(again, json!({"added": 0, "judged": 0, "known": 4}));

    let page = server
        .get(&format!("{SETS}/facts/questions?limit=100"))
        .await;
    let all = page["questions"].as_array().expect("questions");
    let of = |origin: &str| -> Vec<&Value> {
        all.iter()
            .filter(|question| question["origin"] == json!(origin))
            .collect()
    };
    let (chats, comparisons) = (of("chat"), of("comparison"));
    assert_eq!((chats.len(), comparisons.len()), (2, 1), "{page}");
    for question in chats.iter().chain(&comparisons) {
        assert_eq!(question["review"], json!("unreviewed"));
    }
    let bad = |question: &&&Value| {
        question["text"]
            .as_str()
            .expect("a text")
            .contains("screens")
    };
    let bad = chats.iter().find(bad).expect("the bad one");
    assert_eq!(bad["relevant"], json!([]));
    let cited = &comparisons[0]["relevant"][0];
    assert_eq!(cited["document"], json!("coffee.md"));
    assert_eq!(
        cited["quote"],
        json!("The coffee machine is cleaned every Friday.")
    );
}

/// A question whose documents are only partly judged.
const HALF_JUDGED: &str = "When do bonuses and salaries come?";

/// A server with a finished run over two questions, each with one judgment.
async fn half_judged(folder: &std::path::Path) -> (Server, String) {
    let server = Server::start(folder).await;
    server.create("kb").await;
    for (name, text, ..) in FACTS {
        server.add_text("kb", name, text, json!({})).await;
    }
    server.settle().await;
    let questions = [
        json!({"question": HALF_JUDGED, "relevant": [{"document": "salary.md", "quote": "Salaries are paid on the 25th."}]}),
        json!({"question": "Who books training and trips?", "relevant": [
            {"document": "training.md", "quote": "the team lead books"}
        ]}),
    ];
    let lines: Vec<String> = questions.iter().map(Value::to_string).collect();
    let file = json!([{"name": "questions.jsonl", "content": lines.join("\n")}]);
    let set = json!({"name": "facts", "knowledge_base": "kb", "files": file});
    server.post(SETS, set).await;
    let words = json!({"name": "words", "mode": "bm25", "top_k": 10, "top_n": 3, "rerank": null});
    let run = start(&server, json!({"arms": [words]})).await;
    ended(&server, &run).await;
    (server, run)
}

#[tokio::test]
async fn what_nobody_has_judged_is_given_out_blind() {
    let folder = tempfile::tempdir().expect("a folder");
    let (server, run) = half_judged(folder.path()).await;
    let open = server
        .get(&format!("{RUNS}/{run}/to-judge?limit=200"))
        .await;
    let passages = open["passages"].as_array().expect("passages");
    assert_eq!(open["more"], json!(false));
    let of_question = |one: &&Value| one["text"] == json!(HALF_JUDGED);
    let own: Vec<&Value> = passages.iter().filter(of_question).collect();
    assert!(own.len() >= 5, "{open}");
    for passage in &own {
        assert_ne!(passage["judgment"]["document"], json!("salary.md"));
        let keys: BTreeSet<&str> = passage
            .as_object()
            .expect("an object")
            .keys()
            .map(String::as_str)
            .collect();
        let told = BTreeSet::from(["judgment", "passage", "question", "text"]);
        assert_eq!(keys, told, "nothing tells the arm");
    }
    let first = server.get(&format!("{RUNS}/{run}/to-judge?limit=1")).await;
    assert_eq!(
        (&first["more"], &first["passages"][0]),
        (&json!(true), &passages[0])
    );
    let whole = server
        .get(&format!("{RUNS}/{run}/to-judge?limit=200&order=question"))
        .await;
    let whole = whole["passages"].as_array().expect("passages");
    assert_eq!(whole.len(), passages.len());
    let mut asked: Vec<&str> = whole
        .iter()
        .filter_map(|one| one["question"].as_str())
        .collect();
    asked.dedup();
    let questions: BTreeSet<&str> = asked.iter().copied().collect();
    assert_eq!(asked.len(), questions.len(), "each is given out whole");
}

#[tokio::test]
async fn judgments_count_when_a_run_is_recounted() {
    let folder = tempfile::tempdir().expect("a folder");
    let (server, run) = half_judged(folder.path()).await;
    let report = format!("{RUNS}/{run}/report");
    let before = server.get(&report).await;
    let to_judge = format!("{RUNS}/{run}/to-judge?limit=200");
    let open = server.get(&to_judge).await;
    let passages = open["passages"].as_array().expect("passages");
    for (number, one) in passages.iter().enumerate() {
        let question = one["question"].as_str().expect("an id");
        let mut judgment = one["judgment"].clone();
        judgment["grade"] = json!(if number == 0 { 3 } else { 0 });
        let path = format!("{SETS}/facts/questions/{question}/judgments");
        for _ in 0..2 {
            server.post(&path, judgment.clone()).await;
        }
    }
    let open = server.get(&to_judge).await;
    assert_eq!(open, json!({"passages": [], "more": false}));
    let set = server.get(&format!("{SETS}/facts/questions")).await;
    let golds = set["questions"].as_array().into_iter().flatten();
    let golds = golds.map(|one| one["relevant"].as_array().map_or(0, Vec::len));
    let golds: usize = golds.sum();
    let expected = passages.len() + 2;
    assert_eq!(golds, expected, "a second judgment replaces the first");

    assert_eq!(server.get(&report).await, before);
    let recounted = server
        .post(&format!("{RUNS}/{run}/recount"), json!({}))
        .await;
    assert_eq!(recounted["status"], json!("finished"));
    let looks = server.get(&format!("{SETS}/facts/looks")).await;
    let reasons = looks["looks"].as_array().into_iter().flatten();
    let reasons: Vec<&str> = reasons.filter_map(|look| look["reason"].as_str()).collect();
    assert_eq!(reasons, ["recounted", "finished"]);
    let after = server.get(&report).await;
    let judged = |report: &Value| {
        let measures = arm(report, "present")["measures"].as_array();
        let mut measures = measures.into_iter().flatten();
        let judged = measures.find(|one| one["measure"] == json!("Judged@10"));
        judged.expect("Judged@10")["headline"]["mean"].as_f64()
    };
    assert!(judged(&before) < Some(1.0), "{before}");
    assert_eq!(judged(&after), Some(1.0), "{after}");
    let path = format!("{SETS}/facts/questions/nobody/judgments");
    let judgment = json!({"document": "a", "grade": 1});
    let (status, body) = server.call(Method::POST, &path, Some(judgment)).await;
    let code = json!("evaluation_question_not_found");
    assert_eq!((status, &body["code"]), (StatusCode::NOT_FOUND, &code));
}

#[tokio::test]
async fn questions_are_made_of_headings() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path()).await;
    server.create("kb").await;
    for (name, text, ..) in FACTS {
        let text = text.replacen("# ", "# Rules about ", 1);
        let text = format!(
            "{text} This page is kept up to date by the office, which answers every further question by mail."
        );
        server.add_text("kb", name, &text, json!({})).await;
    }
    server.settle().await;
    server
        .post(SETS, json!({"name": "facts", "knowledge_base": "kb"}))
        .await;
    let events = server
        .events(
            &format!("{SETS}/facts/questions/make"),
            json!({"count": 5, "maker": "headings"}),
        )
        .await;
    let made = events.iter().filter(|(name, _)| name == "made").count();
    let (last, data) = events.last().expect("events");
    assert_eq!((last.as_str(), made), ("done", 5), "{data}");
    let questions = server.get(&format!("{SETS}/facts/questions")).await;
    let questions = questions["questions"].as_array().expect("questions");
    assert_eq!(questions.len(), 5);
    for question in questions {
        assert_eq!(
            (&question["origin"], &question["review"]),
            (&json!("derived"), &json!("unreviewed"))
        );
        assert!(question["relevant"][0]["quote"].is_string(), "{question}");
    }
    let run = start(&server, json!({})).await;
    assert_eq!(ended(&server, &run).await["status"], json!("finished"));
}

#[tokio::test]
async fn answers_without_rerank_are_written_from_all_candidates() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path()).await;
    import(&server).await;
    let run = start(&server, json!({"answers": true, "limit": 6})).await;
    assert_eq!(ended(&server, &run).await["status"], json!("finished"));
    let report = server.get(&format!("{RUNS}/{run}/report")).await;
    let name = "without rerank, all candidates";
    let reads = |name: &str| arm(&report, name)["settings"]["top_n"].clone();
    assert_eq!((reads("present"), reads(name)), (json!(3), json!(20)));
    let cost_baseline = report["cost_baseline"].as_u64().expect("an index");
    assert_eq!(report["arms"][cost_baseline as usize]["name"], json!(name));
    assert!(arm(&report, "present")["answers"].is_object(), "{report}");
    let outcome = server.get(&format!("{RUNS}/{run}/questions/0")).await;
    let read = |arm: usize| outcome["arms"][arm]["answer"]["passages"].as_array();
    let [chosen, all] = [0, 1].map(|arm| read(arm).map_or(0, Vec::len));
    assert!(chosen > 0 && chosen <= 3 && all > 3, "{outcome}");
}

#[tokio::test]
async fn what_cannot_be_measured_is_refused_and_keeps_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path()).await;
    let refused = async |path: &str, body: Value| {
        let (status, answer) = server.call(Method::POST, path, Some(body)).await;
        (
            status,
            answer["message"].as_str().unwrap_or_default().to_owned(),
        )
    };
    // A grade that is no number: the message names file, line and field, and no knowledge base is left behind.
    let mut damaged = files();
    let judgments = damaged[2]["content"]
        .as_str()
        .expect("content")
        .replace("leave.md\t1", "leave.md\thigh");
    damaged[2]["content"] = json!(judgments);
    let (status, message) = refused(SETS, json!({"name": "facts", "files": damaged})).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(
        message.contains("qrels/test.tsv") && message.contains("line 2"),
        "{message}"
    );
    let all = server.get("/api/v1/knowledge-bases").await;
    assert_eq!(all["knowledge_bases"], json!([]));
    assert_eq!(server.get(SETS).await["sets"], json!([]));

    let (status, message) = refused(SETS, json!({"name": "empty"})).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{message}");
    server.create("kb").await;
    server
        .post(SETS, json!({"name": "facts", "knowledge_base": "kb"}))
        .await;
    let (status, message) = refused(SETS, json!({"name": "facts", "knowledge_base": "kb"})).await;
    assert_eq!(status, StatusCode::CONFLICT, "{message}");
    let (status, message) = refused(RUNS, json!({"set": "facts"})).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(message.contains("no document"), "{message}");
    server
        .add_text("kb", "a.md", "The port is 7180.", json!({}))
        .await;
    server.settle().await;
    let (status, message) = refused(RUNS, json!({"set": "facts"})).await;
    assert!(
        status == StatusCode::CONFLICT && message.contains("no question"),
        "{message}"
    );
    let path = format!("{SETS}/facts/questions");
    server.post(&path, json!({"text": "Which port?"})).await;
    let (status, message) = refused(RUNS, json!({"set": "facts"})).await;
    assert!(
        status == StatusCode::CONFLICT && message.contains("relevant"),
        "{message}"
    );
    server
        .post(
            &path,
            json!({"text": "Which port is used?", "relevant": [{"document": "a.md"}]}),
        )
        .await;
    let arm = |rerank: Value| json!([{"name": "a", "mode": "hybrid", "top_k": 5, "top_n": 2, "rerank": rerank}]);
    let (status, message) = refused(
        RUNS,
        json!({"set": "facts", "arms": arm(json!({"reranker": "none-such"}))}),
    )
    .await;
    assert!(
        status.is_client_error() && message.contains("none-such"),
        "{status} {message}"
    );
    let twice = json!([arm(json!(null))[0], arm(json!(null))[0]]);
    let (status, message) = refused(RUNS, json!({"set": "facts", "arms": twice})).await;
    assert!(
        status == StatusCode::BAD_REQUEST && message.contains("named"),
        "{message}"
    );
    let (status, _) = refused(RUNS, json!({"set": "none"})).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    // One question is enough for a run, and too little for a verdict.
    let run = start(&server, json!({})).await;
    assert_eq!(ended(&server, &run).await["status"], json!("finished"));
    let report = server.get(&format!("{RUNS}/{run}/report")).await;
    assert_eq!(report["questions"]["total"], json!(2));
}

#[tokio::test]
async fn a_run_is_paused_resumed_and_cancelled() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path()).await;
    import(&server).await;
    let run = start(&server, json!({})).await;
    let control = format!("{RUNS}/{run}/control");
    let paused = server.post(&control, json!({"action": "pause"})).await;
    if paused["status"] == json!("paused") {
        // The question in work may still come.
        tokio::time::sleep(Duration::from_millis(500)).await;
        let before = server.get(&format!("{RUNS}/{run}")).await["done"].clone();
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert_eq!(server.get(&format!("{RUNS}/{run}")).await["done"], before);
        let (status, _) = server
            .call(Method::GET, &format!("{RUNS}/{run}/report"), None)
            .await;
        assert_eq!(status, StatusCode::CONFLICT);
        server.post(&control, json!({"action": "resume"})).await;
    }
    assert_eq!(ended(&server, &run).await["status"], json!("finished"));
    let (status, _) = server
        .call(Method::POST, &control, Some(json!({"action": "cancel"})))
        .await;
    assert_eq!(status, StatusCode::CONFLICT);

    // Two at once: the second waits, and is cancelled before its turn.
    let first = start(&server, json!({})).await;
    let second = start(&server, json!({})).await;
    let path = format!("{RUNS}/{second}/control");
    assert_eq!(
        server.post(&path, json!({"action": "cancel"})).await["status"],
        json!("cancelled")
    );
    assert_eq!(ended(&server, &first).await["status"], json!("finished"));
    let second = server.get(&format!("{RUNS}/{second}")).await;
    assert_eq!(
        (&second["status"], &second["done"]),
        (&json!("cancelled"), &json!(0))
    );
}

/// How often the server is killed while a run goes on.
const KILLS: usize = 20;

#[tokio::test]
async fn kills_change_nothing_of_what_a_run_finds() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut server = Server::start(folder.path()).await;
    import(&server).await;
    let undisturbed = start(&server, json!({})).await;
    ended(&server, &undisturbed).await;
    let expected = found(&server, &undisturbed).await;
    let mut kills = 0;
    let mut wait = 7;
    while kills < KILLS {
        let run = start(&server, json!({})).await;
        loop {
            // A wait that is another one each time, so that kills come at all moments of a question.
            wait = (wait * 31 + 11) % 97;
            tokio::time::sleep(Duration::from_millis(wait)).await;
            let status = server.get(&format!("{RUNS}/{run}")).await["status"].clone();
            if status == json!("finished") || kills == KILLS {
                break;
            }
            server.kill();
            kills += 1;
            server = Server::start(folder.path()).await;
        }
        let finished = ended(&server, &run).await;
        assert_eq!(
            (&finished["status"], &finished["done"]),
            (&json!("finished"), &json!(24)),
            "{finished}"
        );
        assert_eq!(found(&server, &run).await, expected);
    }
    eprintln!("{kills} kills");
}

/// All that a run finds but the times.
async fn found(server: &Server, run: &str) -> Value {
    let mut found = Vec::new();
    for place in 0..24 {
        let mut one = server.get(&format!("{RUNS}/{run}/questions/{place}")).await;
        for arm in one["arms"].as_array_mut().expect("arms") {
            arm.as_object_mut().expect("an object").remove("timings");
        }
        // Candidates are numbered in the order in which arms were asked.
        let report = json!({"id": one["id"], "items": one["items"], "arms": by_chunk(&one)});
        found.push(report);
    }
    json!(found)
}

/// The final order of each arm as passages.
fn by_chunk(one: &Value) -> Value {
    let chunk = |index: &Value| {
        let index = index.as_u64().expect("an index") as usize;
        one["candidates"][index]["chunk"].clone()
    };
    let arms = one["arms"].as_array().expect("arms").iter();
    let order = |arm: &Value| -> Vec<Value> {
        arm["ranking"]
            .as_array()
            .expect("a ranking")
            .iter()
            .map(chunk)
            .collect()
    };
    json!(arms.map(order).collect::<Vec<_>>())
}
