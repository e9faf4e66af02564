use riddle_api::{
    AppliedArmDto, ArmRerankDto, ArmSummaryDto, CreateEvaluationRun, EstimateDto, EvaluationArmDto,
    EvaluationRunDto, EvaluationVerdictDto, HeadlineDto, ImportedRunDto, IntervalDto,
    MovedQuestionDto, QuestionScopeDto, RunActionDto, RunChangeDto, RunDiffDto, RunDifferenceDto,
    RunManifestDto, RunModelDto, RunStatusDto, RunSummaryDto, SettingCurvesDto, SettingPointDto,
    TakenOverArmDto, TakenOverDto, TrecRunDto,
};
use riddle_core::{
    AppliedArm, ArmRerank, ArmSummary, EvaluationArm, EvaluationRunStatus, Headline, ImportedRun,
    KnowledgeBase, NewEvaluationRun, NewImportedRun, QuestionScope, RetrievalSettings, RunManifest,
    RunModel, RunSummary, SummaryFigure, rfc3339,
};
use riddle_engine::{EvaluationRunView, RunControl};
use riddle_evaluation::{
    AlongSettings, Estimate, RunChange, RunDiff, RunDifference, SettingPoint, Verdict,
};

use crate::dto::convert::{Convert, ConvertFrom};

impl ConvertFrom<CreateEvaluationRun> for NewEvaluationRun {
    fn convert_from(body: CreateEvaluationRun) -> Self {
        Self {
            name: body.name,
            arms: body.arms.into_iter().map(Convert::convert).collect(),
            questions: question_scope(body.questions),
            limit: body.limit,
            answers: body.answers,
            others: body.other_knowledge_bases,
            imports: body.trec_runs.into_iter().map(Convert::convert).collect(),
        }
    }
}

impl ConvertFrom<TrecRunDto> for NewImportedRun {
    fn convert_from(run: TrecRunDto) -> Self {
        Self {
            arm: run.arm,
            file: run.file.name,
            content: run.file.content.into_bytes(),
        }
    }
}

impl ConvertFrom<ImportedRun> for ImportedRunDto {
    fn convert_from(run: ImportedRun) -> Self {
        Self {
            arm: run.arm,
            file: run.file,
            questions: run.questions,
            unknown: run.unknown,
            unknown_names: run.unknown_names,
        }
    }
}

pub(crate) fn question_scope(scope: QuestionScopeDto) -> QuestionScope {
    match scope {
        QuestionScopeDto::All => QuestionScope::All,
        QuestionScopeDto::Dev => QuestionScope::Dev,
    }
}

impl ConvertFrom<EvaluationArmDto> for EvaluationArm {
    fn convert_from(arm: EvaluationArmDto) -> Self {
        Self {
            name: arm.name,
            mode: arm.mode.convert(),
            fusion: arm.fusion.convert(),
            top_k: arm.top_k,
            top_n: arm.top_n,
            rerank: arm.rerank.map(|rerank| ArmRerank {
                reranker: rerank.reranker,
                weight: rerank.weight,
                skip_lead: rerank.skip_lead,
                long_passages: rerank.long_passages.convert(),
                cutoff_layer: rerank.cutoff_layer,
                deadline_ms: rerank.deadline_ms,
            }),
            chat_model: arm.chat_model,
        }
    }
}

impl ConvertFrom<EvaluationArm> for EvaluationArmDto {
    fn convert_from(arm: EvaluationArm) -> Self {
        Self {
            name: arm.name,
            mode: arm.mode.convert(),
            fusion: arm.fusion.convert(),
            top_k: arm.top_k,
            top_n: arm.top_n,
            rerank: arm.rerank.map(|rerank| ArmRerankDto {
                reranker: rerank.reranker,
                weight: rerank.weight,
                skip_lead: rerank.skip_lead,
                long_passages: rerank.long_passages.convert(),
                cutoff_layer: rerank.cutoff_layer,
                deadline_ms: rerank.deadline_ms,
            }),
            chat_model: arm.chat_model,
        }
    }
}

impl ConvertFrom<EvaluationRunView> for EvaluationRunDto {
    fn convert_from(view: EvaluationRunView) -> Self {
        let run = view.run;
        Self {
            id: run.id.0,
            name: run.name,
            status: run.status.convert(),
            done: run.done,
            total: run.total,
            seconds_left: view.seconds_left.map(f64::ceil),
            problem: run.problem,
            note: run.note,
            headline: run.headline.map(Convert::convert),
            summary: run.summary.map(Convert::convert),
            manifest: run.manifest.convert(),
            created_at: rfc3339(run.created_at),
            finished_at: run.finished_at.map(rfc3339),
        }
    }
}

impl ConvertFrom<Headline> for HeadlineDto {
    fn convert_from(headline: Headline) -> Self {
        Self {
            en: headline.en,
            zh: headline.zh,
        }
    }
}

impl ConvertFrom<RunSummary> for RunSummaryDto {
    fn convert_from(summary: RunSummary) -> Self {
        Self {
            main: summary.main,
            baseline: summary.baseline,
            arms: summary.arms.into_iter().map(Convert::convert).collect(),
        }
    }
}

impl ConvertFrom<ArmSummary> for ArmSummaryDto {
    fn convert_from(arm: ArmSummary) -> Self {
        let estimate = |figure: SummaryFigure| EstimateDto {
            n: figure.n,
            mean: figure.mean,
            interval: figure.interval.map(|interval| IntervalDto {
                low: interval.low,
                high: interval.high,
            }),
        };
        Self {
            name: arm.name,
            ndcg_10: arm.ndcg_10.map(estimate),
        }
    }
}

impl ConvertFrom<Option<AppliedArm>> for TakenOverDto {
    fn convert_from(applied: Option<AppliedArm>) -> Self {
        let arm = |applied: AppliedArm| TakenOverArmDto {
            arm: applied.arm,
            before: applied.before.retrieval.convert(),
            at: rfc3339(applied.at),
        };
        Self {
            taken_over: applied.map(arm),
        }
    }
}

impl ConvertFrom<EvaluationRunStatus> for RunStatusDto {
    fn convert_from(status: EvaluationRunStatus) -> Self {
        match status {
            EvaluationRunStatus::Queued => Self::Queued,
            EvaluationRunStatus::Running => Self::Running,
            EvaluationRunStatus::Paused => Self::Paused,
            EvaluationRunStatus::Finished => Self::Finished,
            EvaluationRunStatus::Cancelled => Self::Cancelled,
            EvaluationRunStatus::Failed => Self::Failed,
        }
    }
}

impl ConvertFrom<RunManifest> for RunManifestDto {
    fn convert_from(manifest: RunManifest) -> Self {
        Self {
            set: manifest.set.0,
            set_name: manifest.set_name,
            questions_hash: manifest.questions_hash,
            questions: match manifest.questions {
                QuestionScope::All => QuestionScopeDto::All,
                QuestionScope::Dev => QuestionScopeDto::Dev,
            },
            limit: manifest.limit,
            knowledge_base: manifest.knowledge_base.convert(),
            other_knowledge_bases: manifest
                .others
                .into_iter()
                .map(|other| other.knowledge_base.convert())
                .collect(),
            embedder: manifest.embedder,
            documents: manifest.documents,
            chunks: manifest.chunks,
            corpus_hash: manifest.corpus_hash,
            index_position: manifest.index_position,
            models: manifest.models.into_iter().map(Convert::convert).collect(),
            arms: manifest.arms.into_iter().map(Convert::convert).collect(),
            imported: manifest
                .imported
                .into_iter()
                .map(Convert::convert)
                .collect(),
            baseline: manifest.baseline,
            answers: manifest.answers,
            seed: manifest.seed,
            version: manifest.version,
        }
    }
}

impl ConvertFrom<RunModel> for RunModelDto {
    fn convert_from(model: RunModel) -> Self {
        Self {
            name: model.name,
            role: model.role,
            device: model.device,
            fingerprint: model.fingerprint,
            bytes_on_disk: model.bytes_on_disk,
            memory_bytes: model.memory_bytes,
            arms: model.arms,
        }
    }
}

impl ConvertFrom<RunActionDto> for RunControl {
    fn convert_from(action: RunActionDto) -> Self {
        match action {
            RunActionDto::Pause => Self::Pause,
            RunActionDto::Resume => Self::Resume,
            RunActionDto::Cancel => Self::Cancel,
        }
    }
}

impl ConvertFrom<(KnowledgeBase, RetrievalSettings)> for AppliedArmDto {
    fn convert_from((now, before): (KnowledgeBase, RetrievalSettings)) -> Self {
        Self {
            knowledge_base: now.convert(),
            before: before.convert(),
        }
    }
}

impl ConvertFrom<AlongSettings> for SettingCurvesDto {
    fn convert_from(curves: AlongSettings) -> Self {
        let along = |points: Vec<SettingPoint>| points.into_iter().map(Convert::convert).collect();
        Self {
            by_weight: along(curves.by_weight),
            by_depth: along(curves.by_depth),
            by_top_n: along(curves.by_top_n),
        }
    }
}

impl ConvertFrom<SettingPoint> for SettingPointDto {
    fn convert_from(point: SettingPoint) -> Self {
        Self {
            setting: point.setting,
            ndcg_10: point.ndcg_10,
            success_top_n: point.success_top_n,
        }
    }
}

impl ConvertFrom<RunDiff> for RunDiffDto {
    fn convert_from(diff: RunDiff) -> Self {
        let moved = |(id, difference)| MovedQuestionDto { id, difference };
        Self {
            changes: diff.changes.into_iter().map(Convert::convert).collect(),
            questions: diff.questions,
            before: diff.before,
            after: diff.after,
            difference: diff.difference.map(Convert::convert),
            p: diff.p,
            verdict: diff.verdict.map(Convert::convert),
            differences: diff.differences.into_iter().map(Convert::convert).collect(),
            worse: diff.worse.into_iter().map(moved).collect(),
            better: diff.better.into_iter().map(moved).collect(),
        }
    }
}

impl ConvertFrom<RunDifference> for RunDifferenceDto {
    fn convert_from(found: RunDifference) -> Self {
        Self {
            measure: found.measure.to_string(),
            before: found.before,
            after: found.after,
            difference: found.difference.convert(),
            p: found.p,
        }
    }
}

impl ConvertFrom<RunChange> for RunChangeDto {
    fn convert_from(change: RunChange) -> Self {
        Self {
            what: change.what,
            before: change.before,
            after: change.after,
        }
    }
}

impl ConvertFrom<Estimate> for EstimateDto {
    fn convert_from(estimate: Estimate) -> Self {
        Self {
            n: estimate.n,
            mean: estimate.mean,
            interval: estimate.interval.map(|interval| IntervalDto {
                low: interval.low,
                high: interval.high,
            }),
        }
    }
}

impl ConvertFrom<Verdict> for EvaluationVerdictDto {
    fn convert_from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Better => Self::Better,
            Verdict::Worse => Self::Worse,
            Verdict::Same => Self::Same,
            Verdict::NotDistinguishable { questions_needed } => {
                Self::NotDistinguishable { questions_needed }
            }
        }
    }
}
