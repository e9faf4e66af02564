//! A language model that grades the passages of a run.

use futures_util::StreamExt;
use riddle_evaluation::JudgingOrder;
use riddle_testkit::ChatScript;

use super::known::{finished_over, of_passage, only_question};
use super::*;
use crate::evaluation::JudgingEvent;

const JUDGE: &str = "judge";

/// A run that has found `tea.txt`, which is judged 1, and `milk.txt`, which is not; its arms rerank by the model of the
/// test kit. The language model of this name writes this.
async fn judged_by(
    name: &str,
    answer: &'static [&'static str],
) -> (Evaluating, EvaluationRunView, Arc<ScriptedChat>) {
    let script = ChatScript {
        rewritten: Err(()),
        answer,
        breaks: false,
    };
    let chat = ScriptedChat::named(name, script);
    let models = FakeModels::default()
        .with_reranker(Arc::<WordReranker>::default())
        .with_chat(Arc::clone(&chat));
    let test = TestEngine::with(models, FakeLibrary::empty()).await;
    test.start().await;
    let (evaluating, run) = finished_over(test).await;
    (evaluating, run, chat)
}

async fn events(evaluating: &Evaluating, run: &EvaluationRunView, count: u32) -> Vec<JudgingEvent> {
    let judging = evaluating.room.judge_by_model(run.run.id, JUDGE, count);
    let events = judging.await.expect("it begins");
    events.map(|event| event.expect("no error")).collect().await
}

/// Passages that were not graded, that the model has graded, and that people have too.
type Counted = (u32, u32, u32);

/// Documents with their grades, and what was said at the end of what was not graded, of passages graded by the model,
/// and by people too.
fn told(events: &[JudgingEvent]) -> (Vec<(&str, u8)>, Option<Counted>) {
    let graded = events.iter().filter_map(|event| match event {
        JudgingEvent::Graded {
            document, grade, ..
        } => Some((document.as_str(), *grade)),
        _ => None,
    });
    let end = events.last().and_then(|event| match event {
        JudgingEvent::Done {
            no_grade,
            agreement,
            ..
        } => Some((*no_grade, agreement.graded, agreement.both)),
        _ => None,
    });
    (graded.collect(), end)
}

#[tokio::test]
async fn a_model_grades_what_people_have_judged_and_then_what_nobody_has() {
    let (evaluating, run, chat) = judged_by(JUDGE, &["Grade: ", "2"]).await;
    let first = events(&evaluating, &run, 1).await;
    assert_eq!(first[0], JudgingEvent::Begun { passages: 1 });
    assert_eq!(told(&first), (vec![("tea.txt", 2)], Some((0, 1, 1))));
    let rest = events(&evaluating, &run, 10).await;
    assert_eq!(rest[0], JudgingEvent::Begun { passages: 1 });
    assert_eq!(told(&rest), (vec![("milk.txt", 2)], Some((0, 2, 1))));
    let Some(JudgingEvent::Done { agreement, .. }) = rest.last() else {
        panic!("{rest:?}");
    };
    // People say no more than whether something is relevant, so 2 is as much as their 1.
    let corrected = agreement.corrected_mean.map(|found| found.mean);
    assert_eq!((agreement.mean_grade, corrected), (Some(1.0), Some(1.0)));
    assert_eq!(
        told(&events(&evaluating, &run, 10).await),
        (vec![], Some((0, 2, 1)))
    );
    let prompts = chat.prompts();
    assert_eq!(prompts.len(), 2, "nothing is graded twice");
    assert!(prompts[1][0].content.contains("Milk is in the fridge."));

    let question = only_question(&evaluating).await;
    let kept = evaluating.room.question("set", &question).await;
    let kept = kept.expect("it is there");
    assert_eq!((kept.golds.len(), kept.model_grades.len()), (1, 2));
}

#[tokio::test]
async fn grades_of_a_model_count_where_they_are_asked_for_and_people_have_the_last_word() {
    let (evaluating, run, _chat) = judged_by(JUDGE, &["2"]).await;
    let (room, id) = (&evaluating.room, run.run.id);
    let refused = room.recount(id, Some(JUDGE)).await;
    let refused = refused.expect_err("it has graded nothing").to_string();
    assert!(refused.contains("has graded no passage"), "{refused}");
    events(&evaluating, &run, 10).await;
    let counted = async |judge: Option<&str>| {
        room.recount(id, judge).await.expect("it is finished");
        let report = room.report(id).await.expect("a report");
        let present = report.arms[0].measures[0].headline;
        let judges = report.judges.iter();
        let counted: Vec<u32> = judges.map(|judged| judged.counted).collect();
        let says = report.headline.en.contains("by the model “judge” alone");
        (present.map(|found| found.mean), counted, says)
    };
    assert_eq!(counted(None).await, (Some(1.0), vec![], false));
    let (mean, judges, says) = counted(Some(JUDGE)).await;
    // The arm has the tea alone, where the milk counts as much.
    let ideal = 1.0 + 1.0 / 3.0_f64.log2();
    assert!(
        mean.is_some_and(|mean| (mean - 1.0 / ideal).abs() < 1e-6),
        "{mean:?}"
    );
    assert_eq!((judges, says), (vec![1], true));
    assert_eq!(
        noted(&evaluating, id).await,
        [Some(1), None],
        "of the tea and of the milk"
    );
    let open = room
        .to_judge(id, 10, JudgingOrder::ByDifference)
        .await
        .expect("passages")
        .passages;
    assert_eq!(open.len(), 1, "people may still judge it");
    let milk = Gold {
        grade: 0,
        ..open[0].gold.clone()
    };
    let judged = room.judge("set", &open[0].question, milk).await;
    judged.expect("it is kept");
    assert_eq!(counted(Some(JUDGE)).await, (Some(1.0), vec![], false));
    assert_eq!(
        told(&events(&evaluating, &run, 10).await).1,
        Some((0, 2, 2))
    );
}

#[tokio::test]
async fn what_people_have_judged_a_part_of_is_graded_besides() {
    let (evaluating, run, _chat) = judged_by(JUDGE, &["2"]).await;
    let (room, id) = (&evaluating.room, run.run.id);
    let question = only_question(&evaluating).await;
    let patch = crate::evaluation::QuestionPatch {
        golds: Some(vec![of_passage("tea\nIS")]),
        ..Default::default()
    };
    let patched = room.update_question("set", &question, patch).await;
    patched.expect("it is kept");
    let events = events(&evaluating, &run, 10).await;
    let (mut graded, end) = told(&events);
    graded.sort_unstable();
    assert_eq!(graded, [("milk.txt", 2), ("tea.txt", 2)]);
    assert_eq!(end, Some((0, 2, 0)), "nothing has two grades");
    let recounted = room.recount(id, Some(JUDGE)).await;
    recounted.expect("it is finished");
    let noted = noted(&evaluating, id).await;
    assert_eq!(noted, [Some(1), None], "of the tea and of the milk");
}

/// What a model has said besides people, by item of the only question.
async fn noted(evaluating: &Evaluating, run: EvaluationRunId) -> Vec<Option<i32>> {
    let outcomes = evaluating.room.outcomes_from(run, 0).await;
    let (outcomes, _next) = outcomes.expect("outcomes").expect("there is one");
    let items = outcomes[0].1.question.items.iter();
    items.map(|item| item.model_grade).collect()
}

#[tokio::test]
async fn what_is_no_grade_is_not_kept() {
    let (evaluating, run, _chat) = judged_by(JUDGE, &["It is ", "relevant."]).await;
    let events = events(&evaluating, &run, 10).await;
    assert_eq!(told(&events), (vec![], Some((2, 0, 0))));
    let question = only_question(&evaluating).await;
    let kept = evaluating.room.question("set", &question).await;
    assert_eq!(kept.expect("it is there").model_grades, []);
}

#[tokio::test]
async fn a_model_of_the_family_of_an_arm_s_reranker_is_no_judge() {
    let (evaluating, run, chat) = judged_by("by-heart", &["2"]).await;
    let room = &evaluating.room;
    for (model, count, problem) in [
        ("by-heart", 10, "is of the family `by`, as is `by-words`"),
        ("nobody", 10, "nobody"),
        ("extractive", 10, "only a language model can judge"),
        ("by-heart", 0, "from 1 to 1000"),
    ] {
        let refused = room.judge_by_model(run.run.id, model, count).await;
        let refused = refused.err().expect("it is refused");
        assert_eq!(refused.code(), "invalid_request", "{refused}");
        assert!(refused.to_string().contains(problem), "{refused}");
    }
    assert!(chat.prompts().is_empty());
}

#[tokio::test]
async fn grades_go_when_the_question_becomes_another() {
    let (evaluating, run, _chat) = judged_by(JUDGE, &["2"]).await;
    events(&evaluating, &run, 10).await;
    let id = only_question(&evaluating).await;
    let room = &evaluating.room;
    let same = room.question("set", &id).await.expect("it is there").text;
    for (text, grades) in [
        (format!(" {same}\n"), 2),
        ("Where is the milk?".to_owned(), 0),
    ] {
        let patch = crate::evaluation::QuestionPatch {
            text: Some(text),
            ..Default::default()
        };
        let patched = room.update_question("set", &id, patch).await;
        assert_eq!(patched.expect("it is kept").model_grades.len(), grades);
    }
}
