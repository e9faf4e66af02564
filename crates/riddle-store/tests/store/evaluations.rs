#[path = "evaluations/looks.rs"]
mod looks;

use std::collections::HashMap;

use riddle_core::{
    AppliedArm, AppliedSettings, ArmOutcome, ArmSummary, DocumentStore, EvaluatedQuestion,
    EvaluationArm, EvaluationQuestion, EvaluationRun, EvaluationRunId, EvaluationRunStatus,
    EvaluationSet, EvaluationSetCounts, EvaluationSetId, EvaluationStore, Fusion, Gold,
    ImportedDocument, ImportedRanking, KnowledgeBase, KnowledgeBaseRef, KnowledgeBaseSettings,
    KnowledgeBaseStore, QuestionHalf, QuestionOrigin, QuestionOutcome, QuestionReview,
    QuestionScope, Quote, RunManifest, RunQuestion, RunSummary, Span, StoreError, SummaryFigure,
    SummaryInterval, Timestamp,
};
use uuid::Uuid;

use crate::fixture::{Fixture, NOW, knowledge_base};

const REPORT: &str = r#"{"headline": {"en": "Good.", "zh": "好。"}, "a": 1}"#;

fn reference(fixture: &Fixture) -> KnowledgeBaseRef {
    KnowledgeBaseRef {
        id: fixture.knowledge_base,
        name: "first".to_owned(),
    }
}

fn set(fixture: &Fixture, number: u128, name: &str) -> EvaluationSet {
    EvaluationSet {
        id: EvaluationSetId(Uuid::from_u128(number)),
        name: name.to_owned(),
        description: "what \"it\" is for".to_owned(),
        knowledge_base: reference(fixture),
        counts: EvaluationSetCounts::default(),
        test_looks: 0,
        lost: None,
        created_at: NOW,
    }
}

fn question(id: &str, half: QuestionHalf, review: QuestionReview) -> EvaluationQuestion {
    EvaluationQuestion {
        id: id.to_owned(),
        text: format!("wozu {id}?"),
        answers: vec!["端口 7180".to_owned()],
        golds: vec![Gold {
            document: "a.md".to_owned(),
            quote: Some(Quote {
                text: "the port\nis 7180".to_owned(),
                span: Some(Span { start: 3, end: 19 }),
            }),
            grade: 2,
        }],
        unanswerable: false,
        origin: QuestionOrigin::Imported,
        review,
        half,
        model_grades: Vec::new(),
    }
}

pub(crate) fn dev(id: &str) -> EvaluationQuestion {
    question(id, QuestionHalf::Dev, QuestionReview::Unreviewed)
}

pub(crate) fn run(fixture: &Fixture, number: u128, at: i64, total: u32) -> EvaluationRun {
    let settings = KnowledgeBaseSettings::with_embedder(Some("embedder".to_owned()));
    EvaluationRun {
        id: EvaluationRunId(Uuid::from_u128(number)),
        name: format!("run {number}"),
        manifest: RunManifest {
            set: EvaluationSetId(Uuid::from_u128(1)),
            set_name: "set".to_owned(),
            questions_hash: "00".to_owned(),
            questions: QuestionScope::All,
            limit: None,
            knowledge_base: reference(fixture),
            embedder: Some("print".to_owned()),
            others: Vec::new(),
            documents: 1,
            chunks: 2,
            corpus_hash: None,
            index_position: 3,
            models: Vec::new(),
            arms: vec![EvaluationArm::of_settings("present", &settings.retrieval)],
            settings,
            imported: Vec::new(),
            baseline: 0,
            answers: false,
            seed: 4,
            version: "0".to_owned(),
        },
        status: EvaluationRunStatus::Queued,
        done: 0,
        total,
        problem: None,
        note: String::new(),
        headline: None,
        summary: None,
        created_at: Timestamp(at),
        finished_at: None,
    }
}

pub(crate) fn outcome(of: &EvaluationQuestion) -> QuestionOutcome {
    QuestionOutcome {
        question: EvaluatedQuestion {
            id: of.id.clone(),
            text: of.text.clone(),
            answers: Vec::new(),
            unanswerable: false,
            half: of.half,
            language: None,
            origin: None,
            items: Vec::new(),
        },
        candidates: Vec::new(),
        arms: vec![ArmOutcome::default()],
        fusions: vec![vec![0, 1], vec![1]],
    }
}

#[tokio::test]
async fn a_set_comes_back_with_its_counts_after_a_crash() {
    let Some(mut fixture) = Fixture::new().await else {
        return;
    };
    let new = set(&fixture, 1, "set");
    let questions = [
        dev("a"),
        question("b", QuestionHalf::Test, QuestionReview::Confirmed),
        question("c", QuestionHalf::Test, QuestionReview::Rejected),
    ];
    fixture
        .store
        .insert_evaluation_set(&new, &questions)
        .await
        .unwrap();
    fixture.reopen().await;
    let expected = EvaluationSet {
        counts: EvaluationSetCounts {
            questions: 2,
            dev: 1,
            test: 1,
            confirmed: 1,
            rejected: 1,
        },
        ..new.clone()
    };
    let store = &fixture.store;
    assert_eq!(
        store.list_evaluation_sets().await.unwrap(),
        std::slice::from_ref(&expected)
    );
    for name in ["set", &new.id.to_string()] {
        let found = store.lookup_evaluation_set(name).await.unwrap();
        assert_eq!(found.as_ref(), Some(&expected), "{name}");
    }
    let first = store.list_evaluation_questions(new.id, 0, 2).await.unwrap();
    assert_eq!(
        (first.questions.as_slice(), first.next),
        (&questions[..2], Some(2))
    );
    let last = store.list_evaluation_questions(new.id, 2, 2).await.unwrap();
    assert_eq!(
        (last.questions.as_slice(), last.next),
        (&questions[2..], None)
    );
}

#[tokio::test]
async fn halves_are_told_with_the_documents_that_are_relevant() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let new = set(&fixture, 1, "set");
    let mut twice = question("b", QuestionHalf::Test, QuestionReview::Rejected);
    let gold = |document: &str, grade| Gold {
        document: document.to_owned(),
        quote: None,
        grade,
    };
    twice.golds = vec![gold("x", 1), gold("x", 3), gold("y", 0), gold("端口", 2)];
    let mut nothing = dev("c");
    nothing.golds = Vec::new();
    let questions = [dev("a"), twice, nothing];
    let store = &fixture.store;
    store.insert_evaluation_set(&new, &questions).await.unwrap();
    let halves = store.halved_questions(new.id).await.unwrap();
    let told: Vec<_> = halves
        .iter()
        .map(|one| (one.id.as_str(), one.half, one.documents.join(" ")))
        .collect();
    assert_eq!(
        told,
        [
            ("a", QuestionHalf::Dev, "a.md".to_owned()),
            ("b", QuestionHalf::Test, "x 端口".to_owned()),
            ("c", QuestionHalf::Dev, String::new()),
        ]
    );
}

#[tokio::test]
async fn a_taken_name_keeps_nothing_of_the_second_set() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let store = &fixture.store;
    store
        .insert_evaluation_set(&set(&fixture, 1, "set"), &[dev("a")])
        .await
        .unwrap();
    let again = store
        .insert_evaluation_set(&set(&fixture, 2, "set"), &[dev("b")])
        .await;
    assert!(matches!(again, Err(StoreError::EvaluationSetNameTaken { name }) if name == "set"));
    assert_eq!(store.list_evaluation_sets().await.unwrap().len(), 1);
    let mut foreign = set(&fixture, 3, "foreign");
    foreign.knowledge_base.id = knowledge_base(9, "none").id;
    let refused = store.insert_evaluation_set(&foreign, &[]).await;
    assert!(matches!(refused, Err(StoreError::KnowledgeBaseGone { .. })));
}

#[tokio::test]
async fn a_question_is_replaced_in_its_place_and_new_ones_come_last() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let store = &fixture.store;
    let new = set(&fixture, 1, "set");
    store
        .insert_evaluation_set(&new, &[dev("a"), dev("b")])
        .await
        .unwrap();
    let confirmed = question("a", QuestionHalf::Dev, QuestionReview::Confirmed);
    let put = [confirmed.clone(), dev("c")];
    store.put_evaluation_questions(new.id, &put).await.unwrap();
    let page = store
        .list_evaluation_questions(new.id, 0, 10)
        .await
        .unwrap();
    assert_eq!(page.questions, [confirmed.clone(), dev("b"), dev("c")]);
    let one = store.lookup_evaluation_question(new.id, "a").await.unwrap();
    assert_eq!(one, Some(confirmed));
    assert_eq!(
        store.lookup_evaluation_question(new.id, "z").await.unwrap(),
        None
    );
    let gone = EvaluationSetId(Uuid::from_u128(9));
    let refused = store.put_evaluation_questions(gone, &[dev("d")]).await;
    assert!(matches!(refused, Err(StoreError::EvaluationSetGone { id }) if id == gone));
}

#[tokio::test]
async fn outcomes_are_counted_once_and_what_is_left_is_known() {
    let Some(mut fixture) = Fixture::new().await else {
        return;
    };
    let questions = [dev("a"), dev("b"), dev("c")];
    let new = run(&fixture, 1, 5, 3);
    fixture
        .store
        .insert_evaluation_run(&new, &questions.clone().map(RunQuestion::from))
        .await
        .unwrap();
    for _ in 0..2 {
        fixture
            .store
            .insert_outcome(new.id, 1, &outcome(&questions[1]))
            .await
            .unwrap();
    }
    fixture.reopen().await;
    let store = &fixture.store;
    let found = store.lookup_evaluation_run(new.id).await.unwrap().unwrap();
    assert_eq!(
        found,
        EvaluationRun {
            done: 1,
            ..new.clone()
        }
    );
    let pending = store
        .pending_evaluation_questions(new.id, 10)
        .await
        .unwrap();
    assert_eq!(
        pending,
        [
            (0, RunQuestion::from(dev("a"))),
            (2, RunQuestion::from(dev("c")))
        ]
    );
    let kept = store.list_outcomes(new.id, 0, 10).await.unwrap();
    assert_eq!(kept, [(1, outcome(&questions[1]))]);
    assert_eq!(store.list_outcomes(new.id, 2, 10).await.unwrap(), []);
    let by_id = async |id| store.outcome_of_question(new.id, id).await.unwrap();
    assert_eq!(by_id("b").await, Some((1, outcome(&questions[1]))));
    assert_eq!(by_id("a").await, None, "it is not done");
}

#[tokio::test]
async fn what_other_systems_rank_waits_with_its_question() {
    let Some(mut fixture) = Fixture::new().await else {
        return;
    };
    let found = ImportedDocument {
        name: "a.md".to_owned(),
        score: 0.5,
    };
    let ranking = ImportedRanking {
        arm: "theirs".to_owned(),
        documents: vec![found],
    };
    let asked = RunQuestion {
        question: dev("a"),
        imported: vec![ranking],
    };
    let new = run(&fixture, 1, 5, 1);
    let questions = [asked.clone()];
    let inserted = fixture.store.insert_evaluation_run(&new, &questions).await;
    inserted.unwrap();
    fixture.reopen().await;
    let store = &fixture.store;
    let pending = store.pending_evaluation_questions(new.id, 9).await.unwrap();
    assert_eq!(pending, [(0, asked)]);
    let kept = outcome(&dev("a"));
    store.insert_outcome(new.id, 0, &kept).await.unwrap();
    let by_id = store.outcome_of_question(new.id, "a").await.unwrap();
    assert_eq!(by_id, Some((0, kept)));
}

#[tokio::test]
async fn runs_are_worked_on_in_turn_until_they_end() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let store = &fixture.store;
    for (number, at) in [(1, 9), (2, 5), (3, 7)] {
        let new = run(&fixture, number, at, 1);
        store
            .insert_evaluation_run(&new, &[dev("a").into()])
            .await
            .unwrap();
    }
    let next = async || {
        store
            .next_evaluation_run()
            .await
            .unwrap()
            .map(|id| id.0.as_u128())
    };
    let id = |number| EvaluationRunId(Uuid::from_u128(number));
    let change = async |number, status| {
        let changed = store.set_evaluation_run_status(id(number), status, Some("why"), NOW);
        changed.await.unwrap()
    };
    use EvaluationRunStatus::{Cancelled, Failed, Paused, Queued, Running};
    assert_eq!(next().await, Some(2));
    assert!(change(2, Running).await);
    assert_eq!(next().await, Some(2));
    assert!(change(2, Paused).await);
    assert!(!change(2, Running).await, "a pause is not overrun");
    assert_eq!(next().await, Some(3));
    assert!(change(3, Cancelled).await);
    // What has ended stays as it is, but a failed run can be tried again.
    assert!(!change(3, Queued).await);
    assert!(change(1, Failed).await);
    assert!(!change(1, Running).await);
    assert_eq!(next().await, None);
    assert!(change(1, Queued).await);
    assert_eq!(next().await, Some(1));
    store
        .finish_evaluation_run(id(1), REPORT, None, None, NOW)
        .await
        .unwrap();
    let finished = store.lookup_evaluation_run(id(1)).await.unwrap().unwrap();
    assert_eq!(
        (finished.status, finished.finished_at),
        (EvaluationRunStatus::Finished, Some(NOW))
    );
    assert_eq!(finished.problem, None);
    let headline = finished.headline.expect("that of the report");
    assert_eq!(
        (headline.en.as_str(), headline.zh.as_str()),
        ("Good.", "好。")
    );
    let report = store.evaluation_report(id(1)).await.unwrap();
    assert_eq!(report.as_deref(), Some(REPORT));
    // A run that was cancelled while its report was made keeps that.
    store
        .finish_evaluation_run(id(3), "{}", None, None, NOW)
        .await
        .unwrap();
    assert_eq!(store.evaluation_report(id(3)).await.unwrap(), None);
    let page = store.list_evaluation_runs(None, None, 2).await.unwrap();
    let listed: Vec<u128> = page.runs.iter().map(|run| run.id.0.as_u128()).collect();
    assert_eq!(listed, [1, 3]);
    let page = store
        .list_evaluation_runs(None, page.next_cursor.as_deref(), 2)
        .await
        .unwrap();
    assert_eq!((page.runs.len(), page.next_cursor), (1, None));
}

#[tokio::test]
async fn what_a_person_says_about_a_run_is_kept() {
    let Some(mut fixture) = Fixture::new().await else {
        return;
    };
    let new = run(&fixture, 1, 5, 1);
    let store = &fixture.store;
    store
        .insert_evaluation_run(&new, &[dev("a").into()])
        .await
        .unwrap();
    let describe = async |id, name, note| {
        let described = store.describe_evaluation_run(id, name, note);
        described.await.unwrap()
    };
    // What is left out stays, whoever else changes it meanwhile.
    assert!(describe(new.id, Some("renamed"), None).await);
    assert!(describe(new.id, None, Some("after the move")).await);
    let gone = EvaluationRunId(Uuid::from_u128(9));
    assert!(!describe(gone, Some("a"), Some("b")).await);
    fixture.reopen().await;
    let found = fixture.store.lookup_evaluation_run(new.id).await.unwrap();
    let expected = EvaluationRun {
        name: "renamed".to_owned(),
        note: "after the move".to_owned(),
        ..new
    };
    assert_eq!(found.as_ref(), Some(&expected));
    let cleared = fixture
        .store
        .describe_evaluation_run(expected.id, None, Some(""));
    assert!(cleared.await.unwrap());
    let found = fixture.store.lookup_evaluation_run(expected.id).await;
    let found = found.unwrap().unwrap();
    assert_eq!((found.name.as_str(), found.note.as_str()), ("renamed", ""));
}

#[tokio::test]
async fn a_finished_run_has_the_figures_of_its_report() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let new = run(&fixture, 1, 5, 1);
    let store = &fixture.store;
    store
        .insert_evaluation_run(&new, &[dev("a").into()])
        .await
        .unwrap();
    let report = r#"{
        "headline": {"en": "Good.", "zh": "好。"}, "main": 0, "baseline": 1,
        "tuned": {"fusion": {"method": "weighted", "dense_weight": 0.25}, "dev_ndcg_10": 0.5},
        "lost": [{"question": "a"}, {"question": "b"}],
        "arms": [
            {"name": "present", "measures": [
                {"measure": "Success@3", "headline": null},
                {"measure": "nDCG@10", "headline": {"n": 30, "mean": 0.625, "interval": {"low": 0.5, "high": 0.75}}}
            ]},
            {"name": "tuned", "measures": [{"measure": "nDCG@10", "headline": null}]}
        ]
    }"#;
    store
        .finish_evaluation_run(new.id, report, None, None, NOW)
        .await
        .unwrap();
    let page = store.list_evaluation_runs(None, None, 9).await.unwrap();
    let interval = Some(SummaryInterval {
        low: 0.5,
        high: 0.75,
    });
    let figure = SummaryFigure {
        n: 30,
        mean: 0.625,
        interval,
    };
    let arm = |name: &str, ndcg_10| ArmSummary {
        name: name.to_owned(),
        ndcg_10,
    };
    let expected = RunSummary {
        main: 0,
        baseline: 1,
        tuned: Some(Fusion::Weighted { dense_weight: 0.25 }),
        lost: 2,
        arms: vec![arm("present", Some(figure)), arm("tuned", None)],
    };
    assert_eq!(page.runs[0].summary.as_ref(), Some(&expected));
    // A set has lost what its last finished run has.
    let of_runs = set(&fixture, 1, "set");
    store.insert_evaluation_set(&of_runs, &[]).await.unwrap();
    let unfinished = run(&fixture, 2, 9, 1);
    store
        .insert_evaluation_run(&unfinished, &[dev("a").into()])
        .await
        .unwrap();
    let other = set(&fixture, 2, "without a run");
    store.insert_evaluation_set(&other, &[]).await.unwrap();
    let sets = store.list_evaluation_sets().await.unwrap();
    let lost: Vec<Option<u32>> = sets.iter().map(|set| set.lost).collect();
    assert_eq!(lost, [Some(2), None]);
}

#[tokio::test]
async fn settings_are_taken_over_with_the_way_back() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let store = &fixture.store;
    let new = run(&fixture, 1, 5, 1);
    store
        .insert_evaluation_run(&new, &[dev("a").into()])
        .await
        .unwrap();
    let id = fixture.knowledge_base.to_string();
    let base = async || store.lookup_knowledge_base(&id).await.unwrap().unwrap();
    let first = base().await;
    let applied = |top_n: u32, before: &KnowledgeBase| {
        let mut after = before.clone();
        after.settings.retrieval.top_n = top_n;
        let applied = AppliedArm {
            knowledge_base: before.id,
            run: new.id,
            arm: format!("{top_n} passages"),
            before: AppliedSettings::of(&before.settings),
            after: AppliedSettings::of(&after.settings),
            at: NOW,
        };
        (after, applied)
    };
    assert_eq!(store.applied_evaluation_arm(new.id).await.unwrap(), None);
    let (second, to_second) = applied(7, &first);
    store
        .apply_evaluation_arm(&second, &to_second)
        .await
        .unwrap();
    let (third, to_third) = applied(9, &second);
    store.apply_evaluation_arm(&third, &to_third).await.unwrap();
    assert_eq!(base().await, third);
    for (back, expected) in [(&second, Some(to_second)), (&first, None)] {
        store.take_back_evaluation_arm(back, new.id).await.unwrap();
        assert_eq!(&base().await, back);
        assert_eq!(
            store.applied_evaluation_arm(new.id).await.unwrap(),
            expected
        );
    }
    // Of many steps, the last twenty are kept, and all go with their run.
    for top_n in 1..=25 {
        let (after, applied) = applied(top_n, &first);
        store.apply_evaluation_arm(&after, &applied).await.unwrap();
    }
    let mut steps = 0;
    while store
        .applied_evaluation_arm(new.id)
        .await
        .unwrap()
        .is_some()
    {
        store
            .take_back_evaluation_arm(&first, new.id)
            .await
            .unwrap();
        steps += 1;
    }
    assert_eq!(steps, 20);
    store
        .apply_evaluation_arm(&second, &applied(7, &first).1)
        .await
        .unwrap();
    assert!(store.delete_evaluation_run(new.id).await.unwrap());
    assert_eq!(store.applied_evaluation_arm(new.id).await.unwrap(), None);
}

#[tokio::test]
async fn a_knowledge_base_that_is_gone_takes_nothing_over() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let store = &fixture.store;
    let new = run(&fixture, 1, 5, 1);
    store
        .insert_evaluation_run(&new, &[dev("a").into()])
        .await
        .unwrap();
    let id = fixture.knowledge_base.to_string();
    let base = store.lookup_knowledge_base(&id).await.unwrap().unwrap();
    let settings = AppliedSettings::of(&base.settings);
    let applied = AppliedArm {
        knowledge_base: base.id,
        run: new.id,
        arm: "present".to_owned(),
        before: settings.clone(),
        after: settings,
        at: NOW,
    };
    store.delete_knowledge_base(base.id, NOW).await.unwrap();
    for refused in [
        store.apply_evaluation_arm(&base, &applied).await,
        store.take_back_evaluation_arm(&base, new.id).await,
    ] {
        assert!(matches!(refused, Err(StoreError::KnowledgeBaseGone { id }) if id == base.id));
    }
    assert_eq!(fixture.count("evaluation_applied").await, 0);
}

#[tokio::test]
async fn runs_outlive_their_set_and_go_with_their_knowledge_base() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let store = &fixture.store;
    let new = set(&fixture, 1, "set");
    store
        .insert_evaluation_set(&new, &[dev("a")])
        .await
        .unwrap();
    for number in [1, 2] {
        let run = run(&fixture, number, 5, 1);
        store
            .insert_evaluation_run(&run, &[dev("a").into()])
            .await
            .unwrap();
    }
    assert!(store.delete_evaluation_set(new.id).await.unwrap());
    assert!(!store.delete_evaluation_set(new.id).await.unwrap());
    assert_eq!(
        store
            .list_evaluation_runs(None, None, 9)
            .await
            .unwrap()
            .runs
            .len(),
        2
    );
    let first = EvaluationRunId(Uuid::from_u128(1));
    assert!(store.delete_evaluation_run(first).await.unwrap());
    assert_eq!(
        store.pending_evaluation_questions(first, 9).await.unwrap(),
        []
    );
    store.insert_evaluation_set(&new, &[]).await.unwrap();
    store
        .delete_knowledge_base(fixture.knowledge_base, NOW)
        .await
        .unwrap();
    assert_eq!(
        store
            .list_evaluation_runs(None, None, 9)
            .await
            .unwrap()
            .runs,
        []
    );
    assert_eq!(store.list_evaluation_sets().await.unwrap(), []);
}

#[tokio::test]
async fn documents_are_found_by_their_names() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let a = fixture.accept("a.md", "one").await;
    fixture.accept("b.md", "two").await;
    let gone = fixture.accept("c.md", "three").await;
    fixture.store.delete_document(gone.id, NOW).await.unwrap();
    let names = ["a.md", "c.md", "A.md", "d\"%.md"].map(str::to_owned);
    let found = fixture
        .store
        .documents_named(fixture.knowledge_base, &names)
        .await
        .unwrap();
    assert_eq!(found, HashMap::from([("a.md".to_owned(), a.id)]));
    let other = knowledge_base(2, "second").id;
    assert_eq!(
        fixture.store.documents_named(other, &names).await.unwrap(),
        HashMap::new()
    );
}

#[tokio::test]
async fn a_run_that_cannot_be_read_keeps_no_other_from_the_list() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let store = &fixture.store;
    for number in 1..=5_u32 {
        let run = run(&fixture, u128::from(number), i64::from(number), 1);
        store.insert_evaluation_run(&run, &[]).await.unwrap();
    }
    let spoil = "UPDATE evaluation_runs SET manifest = '{}' WHERE created_at IN (5, 4, 1)";
    fixture.database.execute(spoil).await;
    let mut listed: Vec<Vec<u128>> = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let page = store.list_evaluation_runs(None, cursor.as_deref(), 2).await;
        let page = page.unwrap();
        listed.push(page.runs.iter().map(|run| run.id.0.as_u128()).collect());
        match page.next_cursor {
            Some(next) => cursor = Some(next),
            None => break,
        }
    }
    let expected: [Vec<u128>; 3] = [vec![], vec![3, 2], vec![]];
    assert_eq!(listed, expected);
}

#[tokio::test]
async fn runs_are_listed_by_their_set() {
    let Some(fixture) = Fixture::new().await else {
        return;
    };
    let store = &fixture.store;
    for number in 1..=5_u32 {
        let mut run = run(&fixture, u128::from(number), i64::from(number), 1);
        run.manifest.set = EvaluationSetId(Uuid::from_u128(u128::from(number % 2)));
        store.insert_evaluation_run(&run, &[]).await.unwrap();
    }
    let of = async |set: u128, cursor: Option<&str>| {
        let set = Some(EvaluationSetId(Uuid::from_u128(set)));
        let page = store.list_evaluation_runs(set, cursor, 2).await.unwrap();
        let runs = page.runs.iter().map(|run| run.id.0.as_u128());
        (runs.collect::<Vec<u128>>(), page.next_cursor)
    };
    let (first, cursor) = of(1, None).await;
    assert_eq!(first, [5, 3]);
    assert_eq!(of(1, cursor.as_deref()).await, (vec![1], None));
    assert_eq!(of(0, None).await, (vec![4, 2], None));
    assert_eq!(of(7, None).await, (vec![], None));
}
