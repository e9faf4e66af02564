import { dictionary } from "../../../i18n/dictionary";

/** What the sliders say. */
export const words = dictionary({
  en: {
    about:
      "Other settings on the scores that the run has kept: no model runs. Figures are of the dev half, which is there to choose by; only another run can say what a choice is worth.",
    arm: "Arm",
    depth: "Candidates reranked: {value}",
    weight: "Weight of the reranker: {value}",
    top_n: "Passages kept: {value}",
    skip_lead: "No reranking from a lead of {value}",
    skipNever: "Always rerank",
    noRerank: "This arm does not rerank: only the number of passages kept can be tried.",
    reset: "As the arm has it",
    use: "Use these settings",
    useHint: "They become those of “{base}”. The number of candidates becomes the one that is reranked here.",
    questions: "of {count|question|questions}",
    ndcg: "nDCG@10",
    success: "a right source among those kept",
    reranked: "questions reranked",
    ms: "reranking, median",
    before: "{value} from the arm",
    unchanged: "as the arm",
  },
  zh: {
    about:
      "用评测保存的分数试调设置，不运行任何模型。数字来自用于选择的开发部分；一个选择到底值多少，只有再做一次评测才能知道。",
    arm: "方案",
    depth: "重排序的候选数：{value}",
    weight: "重排序权重：{value}",
    top_n: "保留的段落数：{value}",
    skip_lead: "领先达到 {value} 时不重排序",
    skipNever: "总是重排序",
    noRerank: "此方案不重排序，只能试调保留的段落数。",
    reset: "恢复方案的设置",
    use: "采用这些设置",
    useHint: "它们将成为“{base}”的设置。候选数会改为这里重排序的数量。",
    questions: "共 {count} 个问题",
    ndcg: "nDCG@10",
    success: "保留的段落中有正确来源",
    reranked: "重排序的问题",
    ms: "重排序时间中位数",
    before: "与方案相差 {value}",
    unchanged: "与方案相同",
  },
});
