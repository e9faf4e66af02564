//! Citations say where the quoted sentence stands, and questions about rows are answered with the row.

use serde_json::{Value, json};

use crate::support::Server;

async fn ask(server: &Server, question: &str) -> Value {
    let path = "/api/v1/knowledge-bases/kb/ask";
    server.post(path, json!({"question": question})).await
}

#[tokio::test]
async fn a_citation_names_the_section_of_its_sentence() {
    let data = tempfile::tempdir().expect("a folder");
    let server = Server::start(data.path()).await;
    server.create("kb").await;
    let text = "# Boats\n\n## Hours\n\nBoats leave at nine.\n\n## Prices\n\nA boat costs forty crowns an hour.\n\n\
                ### Deposit\n\nThe deposit for a boat is two hundred crowns.\n\n## Rules\n\nDogs swim beside the boat.\n";
    server.add_text("kb", "boats.md", text, json!({})).await;
    server.settle().await;
    for (question, words, path) in [
        (
            "What does a boat cost an hour?",
            "forty crowns",
            vec!["Boats", "Prices"],
        ),
        (
            "How much is the deposit for a boat?",
            "two hundred",
            vec!["Boats", "Prices", "Deposit"],
        ),
        ("Where do dogs swim?", "Dogs swim", vec!["Boats", "Rules"]),
    ] {
        let answer = ask(&server, question).await;
        let citations = answer["citations"].as_array().expect("citations");
        let cited = citations.iter().find(|citation| {
            citation["quote"]
                .as_str()
                .is_some_and(|quote| quote.contains(words))
        });
        let cited = cited.unwrap_or_else(|| panic!("{answer}"));
        assert_eq!(cited["heading_path"], json!(path), "{cited}");
        let span = |end: &str| cited["source_span"][end].as_u64().expect("a number") as usize;
        let place: String = text.chars().take(span("end")).skip(span("start")).collect();
        assert_eq!(cited["quote"], json!(place));
    }
    server.stop();
}

#[tokio::test]
async fn a_question_about_a_row_is_answered_with_the_row() {
    let data = tempfile::tempdir().expect("a folder");
    let server = Server::start(data.path()).await;
    server.create("kb").await;
    let names = [
        "Ada Rook",
        "Ben Rook",
        "Cleo Finch",
        "Dov Heron",
        "Eve Finch",
        "Finn Wren",
        "Gil Heron",
    ];
    let mut staff = String::from("Name,Team,Desk,Extension\n");
    let mut pumps = String::from("# Pumps\n\n| Pump | Hall | Flow |\n|---|---|---|\n");
    let mut wells = Vec::new();
    for (index, name) in names.iter().enumerate() {
        staff.push_str(&format!("{name},Lab,D{index},{}\n", 4100 + 7 * index));
        pumps.push_str(&format!(
            "| P-{} | east | {} l/min |\n",
            30 + index,
            210 + 3 * index
        ));
        wells.push(json!({"name": format!("Well {}", name), "state": if index % 2 == 0 { "dry" } else { "full" }, "depth_m": 20 + index}));
    }
    server.add_file("kb", "staff.csv", staff.into_bytes()).await;
    server.add_text("kb", "pumps.md", &pumps, json!({})).await;
    let wells = serde_json::to_vec(&wells).expect("JSON");
    server.add_file("kb", "wells.json", wells).await;
    server.settle().await;
    for (question, parts) in [
        (
            "What is the extension of Ben Rook?",
            ["Name: Ben Rook", "Extension: 4107"],
        ),
        (
            "At which desk does Eve Finch sit?",
            ["Name: Eve Finch", "Desk: D4"],
        ),
        (
            "What is the flow of pump P-33?",
            ["Pump: P-33", "Flow: 219 l/min"],
        ),
        (
            "What is the depth of Well Dov Heron?",
            ["name: Well Dov Heron", "depth_m: 23"],
        ),
    ] {
        let answer = ask(&server, question).await;
        let text = answer["answer"].as_str().expect("an answer");
        assert!(
            parts.iter().all(|part| text.contains(part)),
            "{question}: {text}"
        );
        assert!(text.chars().count() < 300, "{question}: {text}");
    }
    server.stop();
}

#[tokio::test]
async fn the_title_of_a_page_without_headings_is_found_and_cited() {
    let data = tempfile::tempdir().expect("a folder");
    let server = Server::start(data.path()).await;
    server.create("kb").await;
    let text = "Within 30 days of the purchase the price is paid back in full.";
    let page = format!(
        "<!doctype html><html><head><title>Refund policy</title></head><body><p>{text}</p></body></html>"
    );
    server.add_file("kb", "a.html", page.into_bytes()).await;
    let other =
        "<!doctype html><html><body><h1>Opening hours</h1><p>We open at nine.</p></body></html>";
    server.add_file("kb", "b.html", other.into()).await;
    server.settle().await;

    let query = json!({"query": "refund policy", "mode": "bm25"});
    let found = server.search("kb", query).await;
    let hit = &found["hits"][0];
    assert_eq!(hit["document"]["name"], "a.html", "{found}");
    assert_eq!(hit["heading_path"], json!(["Refund policy"]));
    assert_eq!(hit["text"], text, "the title is no part of the passage");

    let answer = ask(
        &server,
        "Within how many days is the price paid back by the refund policy?",
    )
    .await;
    let cited = &answer["citations"][0];
    assert_eq!(cited["quote"], text, "{answer}");
    assert_eq!(cited["heading_path"], json!(["Refund policy"]));
    let length = text.chars().count();
    assert_eq!(cited["source_span"], json!({"start": 0, "end": length}));
    server.stop();
}
