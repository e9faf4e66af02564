use riddle_core::{EvaluationArm, QuestionOutcome};
use riddle_testkit::{ChatScript, ScriptedChat};

use super::*;

fn writer(name: &str, answer: &'static [&'static str]) -> Arc<ScriptedChat> {
    let script = ChatScript {
        rewritten: Err(()),
        answer,
        breaks: false,
    };
    ScriptedChat::named(name, script)
}

fn arm(name: &str, of: &KnowledgeBase, chat_model: &str) -> EvaluationArm {
    EvaluationArm {
        chat_model: Some(chat_model.to_owned()),
        ..EvaluationArm::of_settings(name, &of.settings.retrieval)
    }
}

/// An engine with a document and two language models, of which the first answers where none is chosen.
async fn two_writers() -> TestEngine {
    let models = FakeModels::default()
        .with_chat(writer("first", &["It is", " ready [1]."]))
        .with_chat(writer("second", &["Yes [1]."]));
    let test = TestEngine::with(models, FakeLibrary::empty()).await;
    test.start().await;
    test.add_ready("tea.txt", "Tea is ready.").await;
    test
}

/// Asks one question in these arms, with answers.
async fn asked(
    test: &TestEngine,
    arms: Vec<EvaluationArm>,
) -> (EvaluationRunView, QuestionOutcome) {
    let engine = &test.engine;
    let new = NewEvaluationSet {
        name: "set".to_owned(),
        description: String::new(),
        knowledge_base: Some("handbook".to_owned()),
        source: SetSource::Empty,
    };
    engine.create_evaluation_set(new).await.expect("a set");
    let added = engine.add_evaluation_question("set", about_tea(1)).await;
    added.expect("a question");
    let new = NewEvaluationRun {
        arms,
        answers: true,
        ..plain_run()
    };
    let run = engine.create_evaluation_run("set", new).await;
    let id = run.expect("a run").run.id;
    engine.rooms.evaluation.start();
    loop {
        let now = engine.evaluation_run(id).await.expect("it is there");
        assert_eq!(now.run.problem, None);
        if now.run.status == EvaluationRunStatus::Finished {
            let outcome = engine.evaluation_outcome(id, 0).await;
            return (now, outcome.expect("it is asked").0);
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn an_arm_answers_with_a_model_of_its_own_and_can_be_taken_over() {
    let test = two_writers().await;
    let arms = vec![
        arm("by the second", &test.knowledge_base, "SECOND"),
        arm("quoted", &test.knowledge_base, "extractive"),
    ];
    let (run, outcome) = asked(&test, arms).await;
    let manifest = &run.run.manifest;
    let answer_of = |name: &str| {
        let place = manifest.arms.iter().position(|arm| arm.name == name);
        let made = &outcome.arms[place.expect("an arm")];
        made.answer.as_ref().expect("an answer")
    };
    assert_eq!(answer_of("present").text, "It is ready [1].");
    assert_eq!(answer_of("by the second").text, "Yes [1].");
    assert_eq!(answer_of("quoted").completion_tokens, 0);
    let models = manifest.models.iter().filter(|model| model.role == "chat");
    let models: Vec<&str> = models.map(|model| model.name.as_str()).collect();
    assert_eq!(models, ["first", "second"]);
    let arms_of = |model: &str| -> Vec<&str> {
        let needing = manifest.models.iter().filter(|known| known.name == model);
        let needing = needing.flat_map(|known| &known.arms);
        needing
            .map(|index| manifest.arms[*index as usize].name.as_str())
            .collect()
    };
    assert_eq!(arms_of("second"), ["by the second"]);
    let first = arms_of("first");
    assert!(
        first.contains(&"present") && first.contains(&"present, again"),
        "{first:?}"
    );
    assert!(
        !first.contains(&"by the second") && !first.contains(&"quoted"),
        "{first:?}"
    );

    let engine = &test.engine;
    let taken = engine.apply_evaluation_arm(run.run.id, "by the second", |settings| settings);
    let (now, _) = taken.await.expect("it is taken over");
    // By the name that the model has, however it was written.
    assert_eq!(now.settings.chat_model.as_deref(), Some("second"));
    let back = engine.undo_evaluation_arm(run.run.id).await;
    let back = back.expect("there is a way back").settings;
    assert_eq!(back, test.knowledge_base.settings);
}

#[tokio::test]
async fn an_arm_without_a_model_of_its_own_brings_back_that_of_the_run() {
    let test = two_writers().await;
    let own = &test.knowledge_base.settings;
    let second = arm("by the second", &test.knowledge_base, "second");
    let (run, _) = asked(&test, vec![second]).await;
    let (engine, id) = (&test.engine, run.run.id);
    let take = async |name| {
        let taken = engine.apply_evaluation_arm(id, name, |settings| settings);
        taken.await.expect("it is taken over").0.settings
    };
    let by_second = take("by the second").await;
    assert_eq!(by_second.chat_model.as_deref(), Some("second"));
    // Once more changes nothing, and is no step of the way back.
    assert_eq!(take("by the second").await, by_second);
    assert_eq!(&take("present").await, own);
    let back = engine.undo_evaluation_arm(id).await;
    assert_eq!(back.expect("the last step").settings, by_second);
    let back = engine.undo_evaluation_arm(id).await;
    assert_eq!(&back.expect("the first step").settings, own);
    let refused = engine.undo_evaluation_arm(id).await;
    let refused = refused.expect_err("there is no further step");
    assert_eq!(refused.code(), "evaluation_run_state");
}

#[tokio::test]
async fn an_arm_with_a_model_that_is_not_there_is_refused() {
    let asker = ScriptedAsker::new(100, 0, no_fault);
    let evaluating = Evaluating::with(asker, 1).await;
    let new = NewEvaluationRun {
        arms: vec![arm("gone", &evaluating.test.knowledge_base, "gone")],
        answers: true,
        ..plain_run()
    };
    let refused = evaluating.room.create_run("set", new).await;
    let refused = refused.expect_err("there is no such model");
    assert_eq!(refused.code(), "invalid_request");
    assert!(refused.public_message().contains("`arms`"), "{refused}");
}
