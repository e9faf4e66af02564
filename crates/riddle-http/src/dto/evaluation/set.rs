use riddle_api::{
    CollectedQuestionsDto, CreateEvaluationQuestion, CreateEvaluationSet, EvaluationExportDto,
    EvaluationFileDto, EvaluationFormatDto, EvaluationQuestionDto, EvaluationQuestionListDto,
    EvaluationSetDto, EvaluationSetListDto, JudgmentDto, LeftOutCountDto, LeftOutDto,
    MakingEventDto, PatchEvaluationQuestion, QuestionHalfDto, QuestionMakerDto, QuestionOriginDto,
    QuestionReviewDto,
};
use riddle_core::{
    EvaluationQuestion, EvaluationQuestionPage, EvaluationSet, Gold, QuestionHalf, QuestionOrigin,
    QuestionReview, Quote, Span, rfc3339,
};
use riddle_engine::{
    CollectedQuestions, MakingEvent, NewEvaluationSet, NewQuestion, QuestionMaker, QuestionPatch,
    SetFile, SetFormat, SetSource,
};
use riddle_evaluation::LeftOut;
use riddle_evaluation::formats::Export;

use crate::dto::convert::{Convert, ConvertFrom};

/// What a request wants made of its files.
pub(crate) fn new_evaluation_set(body: CreateEvaluationSet) -> NewEvaluationSet {
    let files = body.files.into_iter().map(|file| SetFile {
        name: file.name,
        bytes: file.content.into_bytes(),
    });
    let files: Vec<SetFile> = files.collect();
    let source = match files.is_empty() {
        true => SetSource::Empty,
        false => SetSource::Files(body.format.map(export_format), files),
    };
    NewEvaluationSet {
        name: body.name,
        description: body.description,
        knowledge_base: body.knowledge_base,
        source,
    }
}

pub(crate) fn export_format(format: EvaluationFormatDto) -> SetFormat {
    match format {
        EvaluationFormatDto::Beir => SetFormat::Beir,
        EvaluationFormatDto::Trec => SetFormat::Trec,
        EvaluationFormatDto::Squad => SetFormat::Squad,
        EvaluationFormatDto::Jsonl => SetFormat::Jsonl,
        EvaluationFormatDto::FlagEmbedding => SetFormat::FlagEmbedding,
        EvaluationFormatDto::RagRetrieval => SetFormat::RagRetrieval,
        EvaluationFormatDto::Csv => SetFormat::Csv,
    }
}

/// A judgment of a request as a gold.
pub(crate) fn judgment(judgment: JudgmentDto) -> Gold {
    let start = judgment.start;
    // A place without words is no passage; the engine says so.
    let quote = judgment.quote.or_else(|| start.map(|_| String::new()));
    let quote = quote.map(|text| {
        let chars = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        let span = start.map(|start| Span {
            start,
            end: start.saturating_add(chars),
        });
        Quote { text, span }
    });
    Gold {
        document: judgment.document,
        quote,
        grade: judgment.grade,
    }
}

fn judgments(relevant: Vec<JudgmentDto>) -> Vec<Gold> {
    relevant.into_iter().map(judgment).collect()
}

impl ConvertFrom<Gold> for JudgmentDto {
    fn convert_from(gold: Gold) -> Self {
        let span = gold.quote.as_ref().and_then(|quote| quote.span);
        Self {
            document: gold.document,
            start: span.map(|span| span.start),
            quote: gold.quote.map(|quote| quote.text),
            grade: gold.grade,
        }
    }
}

impl ConvertFrom<EvaluationSet> for EvaluationSetDto {
    fn convert_from(set: EvaluationSet) -> Self {
        Self {
            id: set.id.0,
            name: set.name,
            description: set.description,
            knowledge_base: set.knowledge_base.convert(),
            questions: set.counts.questions,
            dev: set.counts.dev,
            test: set.counts.test,
            confirmed: set.counts.confirmed,
            rejected: set.counts.rejected,
            test_looks: set.test_looks,
            lost: set.lost,
            created_at: rfc3339(set.created_at),
        }
    }
}

impl ConvertFrom<Vec<EvaluationSet>> for EvaluationSetListDto {
    fn convert_from(sets: Vec<EvaluationSet>) -> Self {
        Self {
            sets: sets.into_iter().map(Convert::convert).collect(),
        }
    }
}

impl ConvertFrom<CollectedQuestions> for CollectedQuestionsDto {
    fn convert_from(collected: CollectedQuestions) -> Self {
        Self {
            added: collected.added,
            judged: collected.judged,
            known: collected.known,
        }
    }
}

impl ConvertFrom<EvaluationQuestion> for EvaluationQuestionDto {
    fn convert_from(question: EvaluationQuestion) -> Self {
        Self {
            id: question.id,
            text: question.text,
            answers: question.answers,
            relevant: question.golds.into_iter().map(Convert::convert).collect(),
            unanswerable: question.unanswerable,
            origin: match question.origin {
                QuestionOrigin::Imported => QuestionOriginDto::Imported,
                QuestionOrigin::Generated => QuestionOriginDto::Generated,
                QuestionOrigin::Derived => QuestionOriginDto::Derived,
                QuestionOrigin::Chat => QuestionOriginDto::Chat,
                QuestionOrigin::Comparison => QuestionOriginDto::Comparison,
            },
            review: match question.review {
                QuestionReview::Unreviewed => QuestionReviewDto::Unreviewed,
                QuestionReview::Confirmed => QuestionReviewDto::Confirmed,
                QuestionReview::Rejected => QuestionReviewDto::Rejected,
            },
            half: question.half.convert(),
        }
    }
}

impl ConvertFrom<QuestionHalf> for QuestionHalfDto {
    fn convert_from(half: QuestionHalf) -> Self {
        match half {
            QuestionHalf::Dev => Self::Dev,
            QuestionHalf::Test => Self::Test,
        }
    }
}

impl ConvertFrom<EvaluationQuestionPage> for EvaluationQuestionListDto {
    fn convert_from(page: EvaluationQuestionPage) -> Self {
        Self {
            questions: page.questions.into_iter().map(Convert::convert).collect(),
            next: page.next,
        }
    }
}

impl ConvertFrom<CreateEvaluationQuestion> for NewQuestion {
    fn convert_from(body: CreateEvaluationQuestion) -> Self {
        Self {
            text: body.text,
            answers: body.answers,
            golds: judgments(body.relevant),
            unanswerable: body.unanswerable,
        }
    }
}

impl ConvertFrom<PatchEvaluationQuestion> for QuestionPatch {
    fn convert_from(body: PatchEvaluationQuestion) -> Self {
        Self {
            text: body.text,
            answers: body.answers,
            golds: body.relevant.map(judgments),
            unanswerable: body.unanswerable,
            review: body.review.map(|review| match review {
                QuestionReviewDto::Unreviewed => QuestionReview::Unreviewed,
                QuestionReviewDto::Confirmed => QuestionReview::Confirmed,
                QuestionReviewDto::Rejected => QuestionReview::Rejected,
            }),
        }
    }
}

impl ConvertFrom<Export> for EvaluationExportDto {
    fn convert_from(export: Export) -> Self {
        let files = export.files.into_iter().map(|file| EvaluationFileDto {
            name: file.name,
            content: file.content,
        });
        Self {
            files: files.collect(),
            warnings: export.notes.iter().map(ToString::to_string).collect(),
        }
    }
}

pub(crate) fn question_maker(maker: QuestionMakerDto) -> QuestionMaker {
    match maker {
        QuestionMakerDto::Model => QuestionMaker::Model,
        QuestionMakerDto::Headings => QuestionMaker::Headings,
    }
}

impl ConvertFrom<MakingEvent> for MakingEventDto {
    fn convert_from(event: MakingEvent) -> Self {
        match event {
            MakingEvent::Made(question) => Self::Made {
                question: Box::new((*question).convert()),
            },
            MakingEvent::LeftOut(reason) => Self::LeftOut {
                reason: reason.convert(),
            },
            MakingEvent::Done { made, left_out } => Self::Done {
                made,
                left_out: left_out
                    .into_iter()
                    .map(|(reason, count)| LeftOutCountDto {
                        reason: reason.convert(),
                        count,
                    })
                    .collect(),
            },
        }
    }
}

impl ConvertFrom<LeftOut> for LeftOutDto {
    fn convert_from(reason: LeftOut) -> Self {
        match reason {
            LeftOut::NoQuestion => Self::NoQuestion,
            LeftOut::Dangling => Self::Dangling,
            LeftOut::Duplicate => Self::Duplicate,
            LeftOut::Copied => Self::Copied,
            LeftOut::NotFound => Self::NotFound,
            LeftOut::KnownAnyway => Self::KnownAnyway,
        }
    }
}
