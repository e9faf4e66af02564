//! Runs in which it is known what the report has to say.

use riddle_core::{
    ArmAnswer, ArmOutcome, ArmRerank, ChunkId, EvaluatedQuestion, EvaluationArm, EvaluationSetId,
    FrozenCandidate, Fusion, GoldPlace, JudgedItem, KnowledgeBaseId, KnowledgeBaseRef,
    KnowledgeBaseSettings, LongPassages, QuestionHalf, QuestionOutcome, QuestionScope,
    RetrievalMode, RunManifest, Timings, fusions_to_try,
};

const CANDIDATES: u32 = 10;

/// Three arms: `present` reranks, `plain` and `plain once more` do not.
pub(crate) struct Run {
    pub(crate) manifest: RunManifest,
    pub(crate) outcomes: Vec<QuestionOutcome>,
}

impl Run {
    /// Questions in turn of both halves, with one relevant candidate each; its place, from 0, in the fused order and
    /// after reranking.
    pub(crate) fn new(
        questions: usize,
        fused: impl Fn(usize) -> usize,
        reranked: impl Fn(usize) -> usize,
    ) -> Self {
        let arms = vec![
            arm("present", true),
            arm("plain", false),
            arm("plain once more", false),
        ];
        let outcomes =
            (0..questions).map(|question| outcome(question, fused(question), reranked(question)));
        Self {
            manifest: manifest(arms),
            outcomes: outcomes.collect(),
        }
    }
}

pub(crate) fn manifest(arms: Vec<EvaluationArm>) -> RunManifest {
    RunManifest {
        set: EvaluationSetId(Default::default()),
        set_name: "made up".to_owned(),
        questions_hash: String::new(),
        questions: QuestionScope::All,
        limit: None,
        knowledge_base: KnowledgeBaseRef {
            id: KnowledgeBaseId(Default::default()),
            name: "base".to_owned(),
        },
        settings: KnowledgeBaseSettings::with_embedder(Some("embedder".to_owned())),
        embedder: Some("fingerprint".to_owned()),
        others: Vec::new(),
        documents: 10,
        chunks: 100,
        corpus_hash: None,
        index_position: 1,
        models: Vec::new(),
        arms,
        imported: Vec::new(),
        baseline: 1,
        answers: false,
        seed: 7,
        version: "0".to_owned(),
    }
}

fn arm(name: &str, reranks: bool) -> EvaluationArm {
    let rerank = ArmRerank {
        reranker: Some("reranker".to_owned()),
        weight: Some(1.0),
        skip_lead: None,
        long_passages: LongPassages::default(),
        cutoff_layer: None,
        deadline_ms: None,
    };
    EvaluationArm {
        name: name.to_owned(),
        mode: RetrievalMode::Hybrid,
        fusion: Fusion::default(),
        top_k: CANDIDATES,
        top_n: 3,
        rerank: reranks.then_some(rerank),
        chat_model: None,
    }
}

/// Candidates with the relevant one, number 0, at a place from 0.
pub(crate) fn order(place: usize) -> Vec<u32> {
    let mut order: Vec<u32> = (1..CANDIDATES).collect();
    order.insert(place, 0);
    order
}

fn outcome(question: usize, fused: usize, reranked: usize) -> QuestionOutcome {
    let item = JudgedItem {
        document: format!("document {question}.md"),
        grade: 1,
        place: GoldPlace::Found,
        position: Some(0.5),
        chunk_chars: Some(400),
        overlap: None,
        judge: None,
        model_grade: None,
    };
    let candidate = |number: u32| FrozenCandidate {
        chunk: ChunkId(Default::default()),
        document: "document".to_owned(),
        knowledge_base: None,
        item: number,
    };
    let half = if question.is_multiple_of(2) {
        QuestionHalf::Dev
    } else {
        QuestionHalf::Test
    };
    QuestionOutcome {
        question: EvaluatedQuestion {
            id: format!("q{question}"),
            text: "What is it?".to_owned(),
            answers: vec!["forty two".to_owned()],
            unanswerable: false,
            half,
            language: Some("en".to_owned()),
            origin: None,
            items: vec![item],
        },
        candidates: (0..CANDIDATES).map(candidate).collect(),
        arms: vec![
            with_rerank(fused, reranked),
            without_rerank(fused),
            without_rerank(fused),
        ],
        fusions: vec![order(fused); fusions_to_try().len()],
    }
}

fn without_rerank(fused: usize) -> ArmOutcome {
    ArmOutcome {
        retrieved: order(fused),
        fused: (0..CANDIDATES)
            .map(|rank| 1.0 - rank as f32 / 10.0)
            .collect(),
        ranking: order(fused),
        timings: Timings {
            embed_ms: Some(4.0),
            bm25_ms: Some(1.0),
            dense_ms: Some(3.0),
            fuse_ms: 2.0,
            total_ms: 10.0,
            ..Timings::default()
        },
        ..ArmOutcome::default()
    }
}

fn with_rerank(fused: usize, reranked: usize) -> ArmOutcome {
    let plain = without_rerank(fused);
    let ranking = order(reranked);
    let score = |candidate: &u32| {
        let rank = ranking.iter().position(|other| other == candidate);
        rank.map(|rank| -(rank as f32))
    };
    ArmOutcome {
        scores: plain.retrieved.iter().map(score).collect(),
        ranking: ranking.clone(),
        timings: Timings {
            rerank_ms: Some(200.0),
            total_ms: 210.0,
            ..plain.timings
        },
        reranked_tokens: Some(900),
        ..plain
    }
}

/// An arm without a result.
pub(crate) fn failed(reason: &str) -> ArmOutcome {
    ArmOutcome {
        failure: Some(reason.to_owned()),
        ..ArmOutcome::default()
    }
}

/// Takes the relevant candidate out of everything.
pub(crate) fn lose(outcome: &mut QuestionOutcome) {
    for order in &mut outcome.fusions {
        order.retain(|candidate| *candidate != 0);
    }
    for arm in &mut outcome.arms {
        let place = arm.retrieved.iter().position(|candidate| *candidate == 0);
        if let Some(place) = place {
            arm.retrieved.remove(place);
            arm.fused.remove(place);
            if !arm.scores.is_empty() {
                arm.scores.remove(place);
            }
        }
        arm.ranking.retain(|candidate| *candidate != 0);
    }
}

/// Gives an arm the right answer from its first three passages, with the relevant one cited.
pub(crate) fn answer(outcome: &mut QuestionOutcome, arm: usize, first_token_ms: f64) {
    let arm = &mut outcome.arms[arm];
    let passages: Vec<u32> = arm.ranking[..3].to_vec();
    let cited = (1..)
        .zip(&passages)
        .filter(|(_, passage)| **passage == 0)
        .map(|(number, _)| number);
    arm.answer = Some(ArmAnswer {
        text: "It is forty-two, forty two [1].".to_owned(),
        cited: cited.collect(),
        passages,
        refused: false,
        prompt_tokens: 700,
        completion_tokens: 9,
    });
    arm.timings.first_token_ms = Some(first_token_ms);
}
