//! Scans and pictures: their text is recognised, found and cited by page, over the real server with the real model.

use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::Method;
use riddle_test_support::{model, models, onnxruntime};
use serde_json::{Value, json};

use crate::support::{Server, root};

const MODEL: &str = "pp-ocrv6-small";

/// Whether what recognition needs is here.
fn is_here() -> bool {
    model(MODEL).is_some() && onnxruntime().is_some()
}

fn scan(name: &str) -> Vec<u8> {
    std::fs::read(root().join("tests/data/scans").join(name)).expect("committed")
}

/// Adds scans and waits until they are done; returns them as they are then.
async fn added(server: &Server, names: &[&str]) -> Vec<Value> {
    let mut ids = Vec::new();
    for name in names {
        let answer = server.add_file("kb", name, scan(name)).await;
        let id = answer["documents"][0]["id"].as_str().expect("an id");
        ids.push(id.to_owned());
    }
    server.settle().await;
    let mut documents = Vec::new();
    for id in ids {
        documents.push(server.document(&id).await);
    }
    documents
}

/// Document and page of the first citation of the answer, which is quoted.
async fn cited(server: &Server, question: &str) -> (String, Value) {
    let path = "/api/v1/knowledge-bases/kb/ask";
    let answer = server.post(path, json!({"question": question})).await;
    let citation = &answer["citations"][0];
    let name = citation["document"]["name"].as_str().unwrap_or_default();
    (name.to_owned(), citation["page"].clone())
}

fn configured(folder: &Path, settings: &str) {
    // However slow the machine is.
    let text = format!("[ocr]\npage_seconds = 600\n{settings}");
    std::fs::write(folder.join("riddle.toml"), text).expect("written");
}

/// A data folder of a server that takes its time.
fn data_folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    configured(folder.path(), "");
    folder
}

#[tokio::test]
async fn scans_are_found_in_both_languages_and_cited_by_page() {
    if !is_here() {
        return;
    }
    let folder = data_folder();
    let server = Server::start(folder.path()).await;
    server.create("kb").await;
    let documents = added(&server, &["two-pages.pdf", "mixed.pdf"]).await;
    for (document, pages) in documents.iter().zip(["pages 1-2 ", "pages 2, 4 "]) {
        assert_eq!(document["status"], "ready", "{document}");
        let warning = &document["warnings"][0];
        assert_eq!(warning["code"], "recognised_text", "{document}");
        assert_eq!(warning["count"], 2, "{document}");
        let message = warning["message"].as_str().expect("a text");
        assert!(message.contains(pages), "{message}");
    }
    let valve = cited(&server, "At how many kPa does the pressure valve open?").await;
    assert_eq!(valve, ("two-pages.pdf".to_owned(), json!(1)));
    let keys = cited(&server, "Where are the spare keys kept?").await;
    assert_eq!(keys, ("mixed.pdf".to_owned(), json!(2)));
    let own = cited(&server, "What does the page about badgers have?").await;
    assert_eq!(own, ("mixed.pdf".to_owned(), json!(3)));
    // On the last page of both.
    let extinguisher = cited(&server, "灭火器放在哪里？").await;
    let places = [
        ("two-pages.pdf".to_owned(), json!(2)),
        ("mixed.pdf".to_owned(), json!(4)),
    ];
    assert!(places.contains(&extinguisher), "{extinguisher:?}");
    server.stop();
}

#[tokio::test]
async fn pictures_are_read_whichever_way_they_lie() {
    if !is_here() {
        return;
    }
    let folder = data_folder();
    let server = Server::start(folder.path()).await;
    server.create("kb").await;
    let names = [
        "fax.tif",
        "orientation.jpg",
        "rotated.pdf",
        "upside-down.png",
        "page.webp",
        "page.bmp",
    ];
    for document in added(&server, &names).await {
        assert_eq!(document["status"], "ready", "{document}");
        let name = document["name"].as_str().expect("a name");
        let text = text_of(&server, &document).await;
        let wanted: &[&str] = match name {
            "fax.tif" => &["Agnes Holloway", "451 kPa", "cabinet K-17"],
            "upside-down.png" | "page.bmp" => &["cabinet K-17 behind the boiler"],
            _ => &["Agnes Holloway", "451 kPa"],
        };
        for words in wanted {
            assert!(text.contains(words), "{name}: {text}");
        }
    }
    server.stop();
}

/// All that was read of a document.
async fn text_of(server: &Server, document: &Value) -> String {
    let id = document["id"].as_str().expect("an id");
    let chunks = server
        .get(&format!("/api/v1/documents/{id}/chunks?limit=1000"))
        .await;
    let chunks = chunks["chunks"].as_array().expect("chunks").iter();
    let texts: Vec<&str> = chunks.filter_map(|chunk| chunk["text"].as_str()).collect();
    texts.join(" ")
}

#[tokio::test]
async fn a_page_of_the_web_in_one_long_picture_is_read_to_its_end() {
    if !is_here() {
        return;
    }
    let folder = data_folder();
    // The machine that runs tests may be slow.
    let server = Server::start(folder.path()).await;
    // Passages that have nothing in common, so that each line is there once.
    let chunking = json!({"max_tokens": 256, "overlap_tokens": 0});
    let base = json!({"name": "kb", "chunking": chunking});
    server.post("/api/v1/knowledge-bases", base).await;
    let document = added(&server, &["strip.png"]).await.remove(0);
    assert_eq!(document["status"], "ready", "{document}");
    let text = text_of(&server, &document).await;
    let sentence = |number: u32| format!("Gate {number} is opened by crew {} ", number * 7 % 131);
    let times = |number: u32| text.matches(&sentence(number)).count();
    let once = (1..=130).filter(|number| times(*number) == 1).count();
    assert!(once >= 128, "{once} of 130: {text}");
    assert_eq!(text.matches("closed at noon").count(), 130, "{text}");
    server.stop();
}

#[tokio::test]
async fn light_words_on_nothing_are_read_and_a_cut_picture_says_so() {
    if !is_here() {
        return;
    }
    let folder = data_folder();
    let server = Server::start(folder.path()).await;
    server.create("kb").await;
    let light = added(&server, &["light.png"]).await.remove(0);
    let text = text_of(&server, &light).await;
    assert!(text.contains("locker Q-52"), "{text}");
    let mut cut = scan("orientation.jpg");
    cut.truncate(cut.len() * 4 / 5);
    let answer = server.add_file("kb", "cut.jpg", cut).await;
    server.settle().await;
    let id = answer["documents"][0]["id"].as_str().expect("an id");
    let document = server.document(id).await;
    assert_eq!(document["status"], "ready", "{document}");
    let warnings = document["warnings"].as_array().expect("warnings");
    let codes: Vec<&Value> = warnings.iter().map(|warning| &warning["code"]).collect();
    assert_eq!(codes, ["recognised_text", "cut_pages"]);
    server.stop();
}

/// More scans than documents are in work at once, each of which takes minutes.
#[tokio::test]
async fn a_text_behind_a_stack_of_scans_is_ready_at_once_and_scans_say_how_far_they_are() {
    if !is_here() {
        return;
    }
    let folder = data_folder();
    let server = Server::start(folder.path()).await;
    server.create("kb").await;
    let mut first = None;
    for number in 0..35_u8 {
        let mut bytes = long_fax();
        bytes.push(number);
        let answer = server.add_file("kb", &format!("{number}.tif"), bytes).await;
        let id = answer["documents"][0]["id"].as_str().expect("an id");
        first.get_or_insert(id.to_owned());
    }
    let first = first.expect("an id");
    let text = server
        .add_text("kb", "other.txt", "Otters live by the river.", json!({}))
        .await;
    while server.document(&text).await["status"] != "ready" {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let pages = loop {
        let pages = server.document(&first).await["pages_read"].clone();
        if pages["read"].as_u64() > Some(0) {
            break pages;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert!(pages["total"].as_u64() >= Some(100), "{pages}");
    let listed = server
        .get("/api/v1/knowledge-bases/kb/documents?status=parsing")
        .await;
    let mut listed = listed["documents"].as_array().expect("a list").iter();
    let listed = listed.find(|document| document["id"] == json!(first));
    assert!(listed.expect("it is read")["pages_read"]["read"].is_number());
    server.stop();
}

#[tokio::test]
async fn what_was_recognised_is_kept_when_the_model_is_gone() {
    if !is_here() {
        return;
    }
    let folder = data_folder();
    let here = folder.path().join("own-models");
    std::fs::create_dir(&here).expect("a folder");
    copy(&models().join(MODEL), &here.join(MODEL));
    let arguments = ["--models-dir", here.to_str().expect("UTF-8")];
    let server = Server::start_with(folder.path(), &arguments).await;
    server.create("kb").await;
    let document = added(&server, &["mixed.pdf"]).await.remove(0);
    assert_eq!(document["status"], "ready", "{document}");
    let before = text_of(&server, &document).await;
    std::fs::remove_dir_all(here.join(MODEL)).expect("removed");
    let id = document["id"].as_str().expect("an id");
    let retry = format!("/api/v1/documents/{id}/retry");
    let (status, refused) = server.call(Method::POST, &retry, None).await;
    assert_eq!(
        (status.as_u16(), &refused["code"]),
        (409, &json!("ocr_absent"))
    );
    let advice = refused["message"].as_str().expect("a text");
    assert!(advice.contains("riddle models pull"), "{advice}");
    assert_eq!(text_of(&server, &document).await, before);
    server.stop();
}

/// It fails before it has read anything, and says what to raise.
#[tokio::test]
async fn a_reader_with_too_little_memory_says_so() {
    if !is_here() {
        return;
    }
    let folder = data_folder();
    configured(folder.path(), "memory_mib = 400\n");
    let server = Server::start(folder.path()).await;
    server.create("kb").await;
    let document = added(&server, &["page.webp"]).await.remove(0);
    assert_eq!(document["failure"]["code"], "parser_memory", "{document}");
    let advice = document["failure"]["message"].as_str().expect("a text");
    assert!(advice.contains("ocr.memory_mib"), "{advice}");
    server.stop();
}

/// What failed for want of a model is read when it is there and the document is retried.
#[tokio::test]
async fn a_scan_that_failed_is_read_when_the_model_has_come() {
    if !is_here() {
        return;
    }
    let folder = data_folder();
    let here = folder.path().join("own-models");
    std::fs::create_dir(&here).expect("a folder");
    let arguments = ["--models-dir", here.to_str().expect("UTF-8")];
    let server = Server::start_with(folder.path(), &arguments).await;
    server.create("kb").await;
    let document = added(&server, &["two-pages.pdf"]).await.remove(0);
    assert_eq!(document["failure"]["code"], "no_text", "{document}");
    let advice = document["failure"]["message"].as_str().expect("a text");
    assert!(
        advice.contains("riddle models pull pp-ocrv6-small"),
        "{advice}"
    );

    copy(&models().join(MODEL), &here.join(MODEL));
    let id = document["id"].as_str().expect("an id");
    server
        .post(&format!("/api/v1/documents/{id}/retry"), json!({}))
        .await;
    server.settle().await;
    let document = server.document(id).await;
    assert_eq!(document["status"], "ready", "{document}");
    assert_eq!(
        document["warnings"][0]["code"], "recognised_text",
        "{document}"
    );
    server.stop();
}

#[tokio::test]
async fn limits_hold_and_the_document_says_what_was_left_out() {
    if !is_here() {
        return;
    }
    let folder = data_folder();
    configured(folder.path(), "max_pages = 1\nmax_megapixels = 1\n");
    let server = Server::start(folder.path()).await;
    server.create("kb").await;
    let documents = added(&server, &["two-pages.pdf", "orientation.jpg"]).await;
    assert_eq!(documents[0]["status"], "ready", "{}", documents[0]);
    let codes: Vec<&Value> = documents[0]["warnings"]
        .as_array()
        .expect("warnings")
        .iter()
        .map(|warning| &warning["code"])
        .collect();
    assert_eq!(codes, ["recognised_text", "unread_pages"]);
    assert_eq!(
        documents[1]["failure"]["code"], "too_large",
        "{}",
        documents[1]
    );
    server.stop();
}

#[tokio::test]
async fn recognition_can_be_switched_off() {
    let folder = data_folder();
    configured(folder.path(), "enabled = false\n");
    let server = Server::start(folder.path()).await;
    server.create("kb").await;
    let document = added(&server, &["page.webp"]).await.remove(0);
    assert_eq!(document["failure"]["code"], "no_text", "{document}");
    let advice = document["failure"]["message"].as_str().expect("a text");
    assert!(advice.contains("ocr.enabled"), "{advice}");
    server.stop();
}

/// The process that reads pictures is there while it has something to read, confined, and ends with its document.
#[tokio::test]
async fn the_reader_ends_with_the_document_that_it_reads() {
    if !is_here() {
        return;
    }
    let folder = data_folder();
    let server = Server::start(folder.path()).await;
    server.create("kb").await;
    let answer = server.add_file("kb", "long.tif", long_fax()).await;
    let reader = loop {
        if let Some(reader) = reader_of(server.pid()) {
            break reader;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    // Every thread of it is confined before it reads.
    while !is_confined(&reader) {
        assert!(reader.exists(), "it ended before it was confined");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // Another document is not held up by it.
    let other = server
        .add_text("kb", "other.txt", "Otters live by the river.", json!({}))
        .await;
    while server.document(&other).await["status"] != "ready" {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let id = answer["documents"][0]["id"].as_str().expect("an id");
    assert!(reader.exists(), "it reads for long");
    let path = format!("/api/v1/documents/{id}");
    server
        .request(Method::DELETE, &path)
        .send()
        .await
        .expect("deleted");
    while reader.exists() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    server.stop();
}

/// The process that reads pictures for a server.
fn reader_of(server: u32) -> Option<PathBuf> {
    let processes = std::fs::read_dir("/proc").expect("processes");
    processes
        .flatten()
        .map(|process| process.path())
        .find(|process| {
            let read = |name: &str| std::fs::read(process.join(name)).unwrap_or_default();
            let status = String::from_utf8_lossy(&read("status")).into_owned();
            let command = String::from_utf8_lossy(&read("cmdline")).into_owned();
            status.contains(&format!("PPid:\t{server}\n")) && command.contains("read-pictures")
        })
}

fn is_confined(process: &Path) -> bool {
    let Ok(threads) = std::fs::read_dir(process.join("task")) else {
        return false;
    };
    let statuses = threads
        .flatten()
        .map(|thread| std::fs::read_to_string(thread.path().join("status")));
    let statuses: Vec<String> = statuses.flatten().collect();
    let has_begun = statuses.len() > 2;
    has_begun && statuses.iter().all(|status| status.contains("Seccomp:\t2"))
}

/// The fax with its first page a hundred times: copies of its directory.
fn long_fax() -> Vec<u8> {
    let mut bytes = scan("fax.tif");
    let number = |bytes: &[u8], at: usize| {
        u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes")) as usize
    };
    let first = number(&bytes, 4);
    let entries = usize::from(u16::from_le_bytes([bytes[first], bytes[first + 1]]));
    let end = first + 2 + entries * 12;
    let directory = bytes[first..end].to_vec();
    let mut link = 4;
    for _ in 0..100 {
        if bytes.len() % 2 == 1 {
            bytes.push(0);
        }
        let at = bytes.len() as u32;
        bytes[link..link + 4].copy_from_slice(&at.to_le_bytes());
        bytes.extend(&directory);
        link = bytes.len();
        bytes.extend([0; 4]);
    }
    bytes
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_file() {
            let name = path.file_name().expect("a name");
            std::fs::copy(&path, to.join(name)).expect("copied");
        }
    }
}
