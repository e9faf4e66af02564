use riddle_api::EvaluationReportDto;
use riddle_evaluation::Report;

use crate::error::ApiError;

/// A report as public JSON. Unlike other types it is read from the domain's own JSON: it is kept as such, and so large
/// that hundreds of lines would say that each field is itself. A test holds both to the same fields.
pub(crate) fn public_report(report: &Report) -> Result<EvaluationReportDto, ApiError> {
    let read = serde_json::to_value(report).and_then(serde_json::from_value);
    read.map_err(|error| ApiError::internal(format!("a report has another shape: {error}")))
}

#[cfg(test)]
mod tests {
    use riddle_core::{
        ArmAnswer, ArmOutcome, ChunkId, EvaluatedQuestion, EvaluationArm, EvaluationQuestion,
        EvaluationSetId, FrozenCandidate, Gold, GoldPlace, JudgedItem, KnowledgeBaseId,
        KnowledgeBaseRef, KnowledgeBaseSettings, ModelGrade, QuestionHalf, QuestionOrigin,
        QuestionOutcome, QuestionReview, QuestionScope, RunManifest, Timings,
    };
    use riddle_evaluation::{JudgeAgreement, ReportBuilder};

    use super::*;

    fn manifest() -> RunManifest {
        let mut settings = KnowledgeBaseSettings::with_embedder(Some("e".to_owned()));
        settings.retrieval.rerank_weight = Some(0.5);
        let present = EvaluationArm::of_settings("present", &settings.retrieval);
        let without = EvaluationArm {
            name: "without".to_owned(),
            rerank: None,
            ..present.clone()
        };
        RunManifest {
            set: EvaluationSetId(uuid::Uuid::nil()),
            set_name: "set".to_owned(),
            questions_hash: String::new(),
            questions: QuestionScope::All,
            limit: None,
            knowledge_base: KnowledgeBaseRef {
                id: KnowledgeBaseId(uuid::Uuid::nil()),
                name: "kb".to_owned(),
            },
            settings,
            embedder: None,
            others: Vec::new(),
            documents: 1,
            chunks: 4,
            corpus_hash: None,
            index_position: 1,
            models: Vec::new(),
            arms: vec![present, without],
            imported: Vec::new(),
            baseline: 1,
            answers: true,
            seed: 1,
            version: "0".to_owned(),
        }
    }

    fn item(
        number: usize,
        grade: i32,
        judge: Option<&str>,
        model_grade: Option<i32>,
    ) -> JudgedItem {
        JudgedItem {
            document: format!("{number}.md"),
            grade,
            place: GoldPlace::Found,
            position: Some(0.1),
            chunk_chars: Some(300 + 10 * u32::try_from(number).unwrap_or(0)),
            overlap: None,
            judge: judge.map(str::to_owned),
            model_grade,
        }
    }

    /// A question whose relevant passage is second for words and vectors, and first for the reranker of some.
    fn outcome(number: usize) -> QuestionOutcome {
        let half = match number % 2 {
            0 => QuestionHalf::Dev,
            _ => QuestionHalf::Test,
        };
        let timings = Timings {
            rerank_ms: Some(20.0 + number as f64),
            first_token_ms: Some(100.0),
            total_ms: 300.0,
            ..Timings::default()
        };
        let answer = ArmAnswer {
            text: "forty two [1]".to_owned(),
            passages: vec![0, 1],
            cited: vec![1],
            refused: false,
            prompt_tokens: 200,
            completion_tokens: 9,
        };
        let without = ArmOutcome {
            retrieved: vec![1, 0, 2],
            fused: vec![1.0, 0.6, 0.0],
            ranking: vec![1, 0, 2],
            timings,
            answer: Some(answer),
            ..ArmOutcome::default()
        };
        let present = ArmOutcome {
            scores: vec![Some(0.1), Some((number % 3) as f32), Some(0.0)],
            ranking: if number.is_multiple_of(3) {
                vec![1, 0, 2]
            } else {
                vec![0, 1, 2]
            },
            failure: (number == 5).then(|| "it broke".to_owned()),
            ..without.clone()
        };
        QuestionOutcome {
            question: EvaluatedQuestion {
                id: format!("q{number}"),
                text: "How many are there?".to_owned(),
                answers: vec!["forty two".to_owned()],
                unanswerable: number == 7,
                half,
                language: Some("en".to_owned()),
                origin: None,
                items: vec![
                    item(number, 1, None, Some(1)),
                    item(number, 0, None, Some(0)),
                    item(number, 0, None, Some(0)),
                    item(number, 0, Some("judge"), None),
                ],
            },
            candidates: (0..3)
                .map(|item| FrozenCandidate {
                    chunk: ChunkId(uuid::Uuid::nil()),
                    document: "a.md".to_owned(),
                    knowledge_base: None,
                    item,
                })
                .collect(),
            arms: vec![present, without],
            fusions: vec![vec![1, 0, 2]; riddle_core::fusions_to_try().len()],
        }
    }

    fn gold() -> Gold {
        Gold {
            document: "a.md".to_owned(),
            quote: None,
            grade: 1,
        }
    }

    #[test]
    fn the_public_report_has_all_that_the_domain_has() {
        let mut builder = ReportBuilder::new(&manifest());
        for number in 0..120 {
            builder.add(&outcome(number));
        }
        let question = EvaluationQuestion {
            id: "q".to_owned(),
            text: "?".to_owned(),
            answers: Vec::new(),
            golds: vec![gold()],
            unanswerable: false,
            origin: QuestionOrigin::Imported,
            review: QuestionReview::Confirmed,
            half: QuestionHalf::Dev,
            model_grades: vec![ModelGrade {
                judge: "judge".to_owned(),
                gold: gold(),
            }],
        };
        builder.add_agreement(JudgeAgreement::of("judge", &[question], 1));
        let report = builder.finish();
        assert!(report.judges[0].agreement.corrected_mean.is_some());
        // Were a part empty, its fields would not be compared.
        assert!(!report.slices.is_empty() && !report.excluded.is_empty());
        let present = &report.arms[0];
        assert!(
            present.comparison.is_some() && present.headroom.is_some() && present.answers.is_some()
        );
        let comparison = present.comparison.as_ref();
        let corrected = comparison.and_then(|comparison| comparison.corrected);
        assert!(corrected.is_some_and(|corrected| corrected.corrected.is_some()));
        assert!(!present.answer_differences.is_empty());
        assert!(!present.failures.is_empty() && !present.depth_curve.is_empty());
        assert!(!present.weight_curve.is_empty() && !present.skip_lead_curve.is_empty());
        assert!(present.best_weight.is_some() && present.cost.first_token.is_some());
        assert!(!present.cost.stages[0].distribution.is_empty());
        assert!(present.cost.memory_bytes.is_some());
        let public = public_report(&report).expect("the same shape");
        assert_eq!(
            serde_json::to_value(&public).expect("JSON"),
            serde_json::to_value(&report).expect("JSON")
        );
    }
}
