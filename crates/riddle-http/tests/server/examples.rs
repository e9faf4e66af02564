//! Questions to begin with.

use serde_json::{Value, json};

use crate::support::Server;

const BASE: &str = "/api/v1/knowledge-bases/office";

/// Documents with what should be asked about them.
const DOCUMENTS: &[(&str, &str)] = &[
    (
        "badges.md",
        "# Badges\n\n## Lost badges\n\nWhat to do when badges are lost: the porter blocks them and gives out others.\n",
    ),
    (
        "leave.md",
        "# Leave\n\n## How many days of leave are there?\n\nThere are thirty days of leave in the year for everybody.\n",
    ),
    (
        "travel.md",
        "# Travel\n\n## Approve a trip\n\n\
         The head of the team approves the trip, and says what it may cost.\n",
    ),
];
const CHINESE: &[(&str, &str)] = &[
    (
        "报销.md",
        "# 出差\n\n## 出差报销\n\n出差费用由财务部门在两周之内报销，发票要交给秘书。\n",
    ),
    (
        "年假.md",
        "# 年假\n\n## 年假有多少天？\n\n每位员工每年有三十天年假，没有用完的可以转到下一年。\n",
    ),
];

async fn office(documents: &[(&str, &str)]) -> Server {
    let server = Server::start(|_options| {}).await;
    server.create_base("office").await;
    for (name, text) in documents {
        server.add_ready("office", name, text).await;
        until_found(&server, name, text).await;
    }
    server
}

/// A document is ready a moment before searches find it.
async fn until_found(server: &Server, name: &str, text: &str) {
    let body = json!({"query": text, "top_n": 10, "rerank": false});
    let mut tries = 0;
    loop {
        let found = server.post(&format!("{BASE}/search"), &body).await;
        let found: Value = found.json().await.expect("JSON");
        let hits = found["hits"].as_array().expect("a list");
        if hits.iter().any(|hit| hit["document"]["name"] == name) {
            return;
        }
        tries += 1;
        assert!(tries < 1_200, "{name} is not found");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

async fn examples(server: &Server, query: &str) -> Vec<Value> {
    let answer = server.get_json(&format!("{BASE}/examples{query}")).await;
    answer["examples"].as_array().expect("a list").clone()
}

fn texts(examples: &[Value]) -> Vec<&str> {
    examples
        .iter()
        .filter_map(|example| example["question"].as_str())
        .collect()
}

async fn patch(server: &Server, examples: Value) -> reqwest::Response {
    let request = server.client.patch(server.url(BASE));
    request
        .json(&json!({ "examples": examples }))
        .send()
        .await
        .expect("an answer")
}

/// Every question that was made has a passage of its document, under its heading, among the first three hits.
async fn check_made(server: &Server, made: &[Value], headings: &[&str]) {
    assert_eq!(made.len(), headings.len(), "{made:?}");
    for (example, heading) in made.iter().zip(headings) {
        assert_eq!(example["source"], "heading");
        let body = json!({"query": example["question"], "top_n": 3, "rerank": false});
        let found = server.post(&format!("{BASE}/search"), &body).await;
        let found: Value = found.json().await.expect("JSON");
        let hits = found["hits"].as_array().expect("a list");
        let under = hits.iter().any(|hit| {
            let path = hit["heading_path"].as_array().expect("a list");
            path.contains(&json!(heading)) && hit["document"] == example["document"]
        });
        assert!(under, "{example}: {hits:?}");
    }
}

#[tokio::test]
async fn questions_made_of_headings_have_an_answer_under_their_heading() {
    let server = office(DOCUMENTS).await;
    let made = examples(&server, "?language=en").await;
    let headings = [
        "Lost badges",
        "How many days of leave are there?",
        "Approve a trip",
    ];
    check_made(&server, &made, &headings).await;
    let expected = [
        "What should I know about lost badges?",
        "How many days of leave are there?",
        "How do I approve a trip?",
    ];
    assert_eq!(texts(&made), expected);
    assert_eq!(examples(&server, "?language=en").await, made);
    server.stop().await;
}

#[tokio::test]
async fn chinese_headings_are_asked_about_in_chinese() {
    let server = office(CHINESE).await;
    let made = examples(&server, "?language=zh-CN").await;
    let headings: &[&str] = match made[0]["document"]["name"] == "年假.md" {
        true => &["年假有多少天？", "出差报销"],
        false => &["出差报销", "年假有多少天？"],
    };
    check_made(&server, &made, headings).await;
    let mut texts = texts(&made);
    texts.sort_unstable();
    assert_eq!(texts, ["关于“出差报销”，需要了解什么？", "年假有多少天？"]);
    server.stop().await;
}

#[tokio::test]
async fn own_questions_are_kept_offered_first_and_taken_away_again() {
    let server = office(DOCUMENTS).await;
    let own = json!(["Who blocks a lost badge?", "谁批准出差？"]);
    let changed = patch(&server, own.clone()).await;
    assert_eq!(changed.status(), 200);
    assert_eq!(server.get_json(BASE).await["examples"], own);

    let offered = examples(&server, "?language=zh").await;
    assert_eq!(
        texts(&offered)[..2],
        ["谁批准出差？", "Who blocks a lost badge?"]
    );
    assert_eq!(
        offered[0],
        json!({"question": "谁批准出差？", "source": "own", "document": null})
    );
    assert_eq!(
        (offered.len(), &offered[2]["source"]),
        (3, &json!("heading"))
    );
    // A change of something else leaves them.
    let renamed = server
        .client
        .patch(server.url(BASE))
        .json(&json!({"retrieval": {"top_n": 4}}));
    assert_eq!(renamed.send().await.expect("an answer").status(), 200);
    assert_eq!(server.get_json(BASE).await["examples"], own);
    assert_eq!(patch(&server, json!([])).await.status(), 200);
    let offered = examples(&server, "").await;
    assert!(
        offered.iter().all(|example| example["source"] == "heading"),
        "{offered:?}"
    );

    let body = json!({"name": "created", "examples": ["Why?"]});
    let created: Value = server
        .post("/api/v1/knowledge-bases", &body)
        .await
        .json()
        .await
        .expect("JSON");
    assert_eq!(created["examples"], json!(["Why?"]));
    server.stop().await;
}

#[tokio::test]
async fn an_empty_knowledge_base_offers_nothing() {
    let server = office(&[]).await;
    assert_eq!(patch(&server, json!(["Why?"])).await.status(), 200);
    assert!(examples(&server, "").await.is_empty());
    assert_eq!(
        server
            .get("/api/v1/knowledge-bases/attic/examples")
            .await
            .status(),
        404
    );
    server.stop().await;
}

#[tokio::test]
async fn questions_out_of_bounds_are_refused_and_named() {
    let server = office(&[]).await;
    let seven: Vec<String> = (0..7).map(|number| format!("Question {number}?")).collect();
    for bad in [
        json!(seven),
        json!(["x".repeat(201)]),
        json!([""]),
        json!([" \t "]),
        json!(["a\nb"]),
        json!([3]),
    ] {
        let response = patch(&server, bad.clone()).await;
        assert_eq!(response.status(), 400, "{bad}");
        let error: Value = response.json().await.expect("JSON");
        let param = error["param"].as_str().expect("a field");
        assert!(param.starts_with("examples"), "{bad}: {error}");
        let body = json!({"name": "another", "examples": bad});
        let created = server.post("/api/v1/knowledge-bases", &body).await;
        assert_eq!(created.status(), 400, "{bad}");
    }
    assert_eq!(server.get_json(BASE).await["examples"], json!([]));
    for bad in ["?language=english", "?language=", "?lang=en"] {
        let response = server.get(&format!("{BASE}/examples{bad}")).await;
        assert_eq!(response.status(), 400, "{bad}");
    }
    server.stop().await;
}
