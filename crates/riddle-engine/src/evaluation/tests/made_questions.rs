use futures_util::{StreamExt, stream};
use riddle_core::{
    ChatDelta, ChatModel, ChatModelInfo, ChatRequest, ChatStream, ChatUsage, FinishReason,
};
use riddle_evaluation::LeftOut;

use super::*;
use crate::evaluation::{MakingEvent, QuestionMaker};

const PASSAGE: &str = "The pump in the garden is serviced every fourteen days by Maria from the workshop, who also \
                       keeps its log and orders the seals that it needs before the winter comes.";
const QUESTION: &str = "How often is the garden pump serviced?";

/// A model that writes one question, and answers it by the passage and without it as it is told.
struct Knowing {
    info: ChatModelInfo,
    by_passage: &'static str,
    without: &'static str,
}

impl Knowing {
    fn new(by_passage: &'static str, without: &'static str) -> Arc<Self> {
        Arc::new(Self {
            info: ChatModelInfo {
                name: "knowing".to_owned(),
                engine: "test".to_owned(),
                device: "cpu".to_owned(),
                context_tokens: 4_096,
            },
            by_passage,
            without,
        })
    }
}

impl ChatModel for Knowing {
    fn info(&self) -> &ChatModelInfo {
        &self.info
    }

    fn count_tokens(&self, text: &str) -> usize {
        text.split_whitespace().count()
    }

    fn chat(&self, request: ChatRequest) -> ChatStream {
        let prompt = &request.messages[0].content;
        let says = match (prompt.contains(QUESTION), prompt.contains("Maria")) {
            (false, _) => QUESTION,
            (true, true) => self.by_passage,
            (true, false) => self.without,
        };
        let end = ChatDelta::End {
            finish: FinishReason::Stop,
            usage: ChatUsage::default(),
        };
        Box::pin(stream::iter([
            Ok(ChatDelta::Text(says.to_owned())),
            Ok(end),
        ]))
    }
}

/// What comes of one passage, for which this model is asked.
async fn made(chat: Arc<Knowing>) -> MakingEvent {
    let test = with_passage(FakeModels::default().with_chat(chat)).await;
    made_by_model(&test).await
}

/// An engine with one passage and an empty set.
async fn with_passage(models: FakeModels) -> TestEngine {
    let test = TestEngine::with(models, FakeLibrary::empty()).await;
    test.start().await;
    test.add_ready("pump.txt", PASSAGE).await;
    let engine = &test.engine;
    let new = NewEvaluationSet {
        name: "set".to_owned(),
        description: String::new(),
        knowledge_base: Some("handbook".to_owned()),
        source: SetSource::Empty,
    };
    engine.create_evaluation_set(new).await.expect("a set");
    test
}

async fn made_by_model(test: &TestEngine) -> MakingEvent {
    let maker = Some(QuestionMaker::Model);
    let making = test.engine.make_evaluation_questions("set", 1, maker).await;
    let mut events = making.expect("it begins");
    let event = events.next().await.expect("an event").expect("no error");
    while events.next().await.is_some() {}
    event
}

#[tokio::test]
async fn a_language_model_whose_thread_has_ended_makes_the_next_questions() {
    let chat = Knowing::new("Every fourteen days.", "every fourteen days");
    let models = FakeModels::default().with_chat(chat);
    let test = with_passage(models.clone()).await;
    let known = MakingEvent::LeftOut(LeftOut::KnownAnyway);
    assert_eq!(made_by_model(&test).await, known);
    models.end_chats();
    assert_eq!(made_by_model(&test).await, known);
}

#[tokio::test]
async fn what_a_model_knows_anyway_is_no_question_for_a_search() {
    let known = made(Knowing::new("Every fourteen days.", "every fourteen days")).await;
    assert_eq!(known, MakingEvent::LeftOut(LeftOut::KnownAnyway));
}

#[tokio::test]
async fn a_made_question_has_the_answer_that_the_passage_gives() {
    for (by_passage, without, answers) in [
        (
            "Answer: Every fourteen days",
            "unknown",
            vec!["Every fourteen days".to_owned()],
        ),
        (
            "Every fourteen days",
            "Once a year",
            vec!["Every fourteen days".to_owned()],
        ),
        ("unknown", "Once a year", Vec::new()),
    ] {
        let event = made(Knowing::new(by_passage, without)).await;
        let MakingEvent::Made(question) = event else {
            panic!("{event:?}");
        };
        assert_eq!(
            (question.text.as_str(), &question.answers),
            (QUESTION, &answers)
        );
    }
}
