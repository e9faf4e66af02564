use riddle_core::Purpose;
use riddle_testkit::{EMBEDDER, ENDS, PANICS};

use super::*;
use crate::model_thread::Priority;
use crate::testing::TestEngine;

type Answer = oneshot::Receiver<Result<Vec<Vec<f32>>, EngineError>>;

/// The embedder of an engine at rest, which lives as long as the engine.
async fn embedder() -> (TestEngine, LiveEmbedder) {
    let test = TestEngine::at_rest().await;
    let shared = &test.engine.rooms.shared;
    let embedder = shared.models.embedder(EMBEDDER).await.expect("it is here");
    let embedder = LiveEmbedder::new(shared, &embedder);
    (test, embedder)
}

fn request(texts: Vec<String>) -> (Request, Answer) {
    let (answer, answered) = oneshot::channel();
    (Request { texts, answer }, answered)
}

/// How many vectors each requester got; `None` for the fault of its texts.
async fn vectors(answers: Vec<Answer>) -> Vec<Option<usize>> {
    let mut counts = Vec::new();
    for answered in answers {
        let told = answered.await.expect("an answer");
        counts.push(match told {
            Ok(vectors) => Some(vectors.len()),
            Err(EngineError::Internal { .. }) => None,
            Err(other) => panic!("{other:?}"),
        });
    }
    counts
}

#[tokio::test]
async fn a_text_that_makes_the_model_panic_or_ends_its_thread_fails_its_own_document_alone() {
    for word in [PANICS, ENDS] {
        let (_test, mut embedder) = embedder().await;
        let bad = format!("here it goes {word}");
        let texts = ["all is well", &bad, "all is well here too"];
        let requests = texts.map(|text| request(vec![text.to_owned()]));
        let (round, answers) = requests.into_iter().unzip();
        embed_round(&mut embedder, round).await;
        assert_eq!(vectors(answers).await, [Some(1), None, Some(1)], "{word}");
    }
}

#[tokio::test]
async fn documents_that_wait_while_a_thread_ends_are_embedded_by_the_next_one() {
    let (_test, embedder) = embedder().await;
    let mut full = vec!["all is well".to_owned(); TEXTS_PER_ROUND];
    full[0] = format!("here it goes {ENDS}");
    let waiting = vec!["all is well here too".to_owned()];
    let (sender, receiver) = mpsc::channel(QUEUE_CAPACITY);
    let mut answers = Vec::new();
    for texts in [full, waiting] {
        let (request, answered) = request(texts);
        assert!(sender.send(request).await.is_ok());
        answers.push(answered);
    }
    drop(sender);
    serve(embedder, receiver).await;
    assert_eq!(vectors(answers).await, [None, Some(1)]);
}

#[tokio::test]
async fn a_call_of_others_that_ends_the_thread_is_no_fault_of_the_texts_that_wait() {
    let (test, mut live) = embedder().await;
    let models = &test.engine.rooms.shared.models;
    let searching = models.embedder(EMBEDDER).await.expect("it is here");
    let ends = searching.embed_one(ENDS.to_owned(), Purpose::Query, Priority::Question);
    let (ended, made) = tokio::join!(ends, live.embed(vec!["all is well".to_owned()]));
    assert!(ended.is_err());
    assert_eq!(made.expect("vectors").len(), 1);
}
