import type { components } from "../../api/schema";

type Schemas = components["schemas"];

export type Arm = Schemas["EvaluationArmDto"];
export type ArmReport = Schemas["ArmReportDto"];
export type Estimate = Schemas["EstimateDto"];
export type EvaluationFile = Schemas["EvaluationFileDto"];
export type EvaluationSet = Schemas["EvaluationSetDto"];
export type Format = Schemas["EvaluationFormatDto"];
export type JudgeAgreement = Schemas["JudgeAgreementDto"];
export type Judgment = Schemas["JudgmentDto"];
export type NewRun = Schemas["CreateEvaluationRun"];
export type NewSet = Schemas["CreateEvaluationSet"];
export type Outcome = Schemas["OutcomeDto"];
export type Power = Schemas["ExpectedPowerDto"];
export type Question = Schemas["EvaluationQuestionDto"];
export type Report = Schemas["EvaluationReportDto"];
export type Run = Schemas["EvaluationRunDto"];
export type RunAction = Schemas["RunActionDto"];
export type RunDiff = Schemas["RunDiffDto"];
export type RunPatch = Schemas["PatchEvaluationRun"];
export type RunQuestion = Schemas["RunQuestionDto"];
export type SetQuality = Schemas["SetQualityDto"];
export type SettingCurves = Schemas["SettingCurvesDto"];
export type Stage = Schemas["StageDto"];
export type ToJudge = Schemas["PassageToJudgeDto"];
export type Trial = Schemas["SettingsTrialDto"];
export type Verdict = Schemas["EvaluationVerdictDto"];
