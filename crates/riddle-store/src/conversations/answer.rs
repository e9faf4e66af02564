//! The answer of a message as it is kept.

use riddle_core::{Answer, StoreError};

use crate::kept;

/// What a stored answer is called in its JSON.
const KIND: &str = "answer";

/// An answer as it is stored.
pub(super) fn write(answer: &Answer) -> Result<String, StoreError> {
    kept::write(KIND, answer)
}

/// A stored answer. One that this version cannot read is left out, so that the rest of the chat can be shown.
pub(super) fn read(text: &str) -> Option<Box<Answer>> {
    kept::read(KIND, text).map(Box::new)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use riddle_core::{
        AnswerMode, ChunkId, ChunkPlace, ChunkRecord, CitationRecord, ContextRecord, CopyRecord,
        DocumentId, Hit, KnowledgeBaseId, LongPassages, MetadataValue, NewChunk, Notice,
        RerankKind, RerankReasonCode, RerankReport, RerankScore, RerankStatus, ScoreScale, Span,
        StageScore, Timings, Usage, Window,
    };
    use uuid::Uuid;

    use super::*;

    fn context() -> ContextRecord {
        let span = Span { start: 3, end: 9 };
        let stage = StageScore {
            rank: 2,
            score: 0.1 + 0.2,
        };
        let window = Window {
            index: 1,
            count: 3,
            span,
        };
        ContextRecord {
            number: 1,
            hit: Hit {
                chunk: ChunkRecord {
                    id: ChunkId(Uuid::from_u128(1)),
                    knowledge_base: KnowledgeBaseId(Uuid::from_u128(2)),
                    knowledge_base_name: "手册".to_owned(),
                    document: DocumentId(Uuid::from_u128(3)),
                    document_name: "a.md".to_owned(),
                    metadata: BTreeMap::from([
                        ("year".to_owned(), MetadataValue::Number(2024.0)),
                        ("live".to_owned(), MetadataValue::Bool(true)),
                        (
                            "tags".to_owned(),
                            MetadataValue::Texts(vec!["x".to_owned()]),
                        ),
                    ]),
                    generation: 4,
                    chunk: NewChunk {
                        ordinal: 5,
                        text: "\"quoted\"\n".to_owned(),
                        heading_path: vec!["A".to_owned()],
                        page: Some(7),
                        span,
                        token_count: 8,
                        carried: 0,
                        places: vec![ChunkPlace {
                            start: 2,
                            heading_path: vec!["B".to_owned()],
                            page: Some(8),
                        }],
                    },
                },
                rank: 1,
                copy_of: Some(ChunkId(Uuid::from_u128(9))),
                score: f32::MIN_POSITIVE,
                bm25: Some(stage),
                dense: None,
                fused: stage,
                rerank: Some(RerankScore {
                    rank: 1,
                    raw: -7.412_345,
                    score: 1.0 / 3.0,
                    scale: ScoreScale::Logit,
                    window: Some(window),
                }),
            },
            also_in: vec![CopyRecord {
                chunk: ChunkId(Uuid::from_u128(9)),
                document: DocumentId(Uuid::from_u128(10)),
                document_name: "b.md".to_owned(),
            }],
            truncated: true,
        }
    }

    fn answer() -> Answer {
        let reason = RerankReasonCode::StandIn.because("why");
        let mut rerank = RerankReport::skipped(reason);
        rerank.status = RerankStatus::Applied;
        rerank.kind = Some(RerankKind::LateInteraction);
        rerank.long_passages = Some(LongPassages::MaxSlice);
        rerank.ms = 12.345_678_9;
        let span = Span { start: 0, end: 3 };
        Answer {
            text: "端口 7180 [1]".to_owned(),
            mode: AnswerMode::Extractive,
            model: "extractive".to_owned(),
            found: true,
            citations: vec![CitationRecord {
                number: 1,
                answer_span: span,
                context: context(),
                source_span: span,
            }],
            removed_citations: 2,
            contexts: vec![context()],
            truncated: false,
            notices: vec![
                Notice::NoLanguageModel,
                Notice::PassagesLeftOut { count: 3 },
                Notice::EmbedderLeftOut {
                    model: "m".to_owned(),
                    language: "zh".to_owned(),
                },
                Notice::RewriteFailed,
            ],
            rerank,
            timings: Timings {
                rewrite_ms: Some(1.5),
                total_ms: 1.0 / 3.0,
                ..Timings::default()
            },
            usage: Usage {
                prompt_tokens: 1,
                completion_tokens: 2,
            },
        }
    }

    #[test]
    fn an_answer_comes_back_as_it_was() {
        let answer = answer();
        let stored = write(&answer).expect("is written");
        assert_eq!(read(&stored).as_deref(), Some(&answer));
    }

    #[test]
    fn an_answer_of_another_version_is_left_out() {
        let stored = write(&answer()).expect("is written");
        let newer = stored.replacen("\"version\":1", "\"version\":2", 1);
        assert_ne!(newer, stored);
        assert_eq!(read(&newer), None);
        assert_eq!(read("{}"), None);
    }
}
