import type { Notice, Rerank } from "../api/types";
import { fill } from "../i18n/dictionary";
import { language } from "../i18n/language.svelte";

/** The server says these in English itself. */
export const NOTICES: Record<string, string> = {
  embedder_left_out: "向量模型 {model} 不懂{language}，本次检索只用 BM25。",
  embedder_unfit: "向量模型 {model} 不懂{language}，结果可能很差；可改用 bm25 模式检索。",
  embedder_unavailable: "向量模型 {model} 不可用，本次检索只用 BM25。",
  vectors_unavailable: "存放向量的服务器没有正常应答，本次检索只用 BM25。",
  found_by_name: "问题指明了文档中原样出现的编号，含有它的段落排在最前。",
  no_embedder: "此知识库没有向量模型，本次检索只用 BM25。",
  no_embedder_in: "知识库“{knowledge_base}”没有向量模型，只用词语检索。",
  other_language: "本次检索只比对词语，而文档是{language}；请用{language}提问，或使用两种语言都懂的向量模型。",
  chat_model_unavailable: "为此对话或知识库选择的语言模型 {model} 不可用，改由{instead}。",
  passages_left_out: "有 {count} 个段落超出提示长度，未被使用。",
  empty_answer: "语言模型没有给出回答。",
  no_citation: "回答没有注明出处，请与段落核对。",
  instructions_removed: "回答开始复述 Riddle 给语言模型的指令，因此到此为止。",
  repetition_ended: "语言模型开始重复自己的话，因此到此为止；较大的模型较少如此。",
  rewrite_failed: "语言模型未能及时把这个问题改写成独立的问题，已按原文检索。",
};

export const REASONS: Record<string, string> = {
  not_asked_for: "未要求重排",
  other_arm: "此侧不重排",
  too_few_candidates: "候选不足两个",
  clear_lead: "第一名候选已明显领先，未做重排",
  stand_in: "本机没有交叉编码器，由 {model} 的逐词交互（MaxSim）代替",
  no_reranker: "本机没有交叉编码器，也没有可以代替它的向量模型",
  language_unknown: "可用的重排模型不懂这种语言，未做重排",
  found_by_name: "问题指明了文档中原样出现的编号，未做重排",
  loading: "重排模型 {model} 仍在加载，就绪后的检索会重排",
  load_failed: "重排模型无法加载，原因见服务器日志",
  deadline_passed: "在时限内未能为任何段落打分",
  busy: "重排模型正忙，请稍后再试",
  model_failed: "重排模型出错，原因见服务器日志",
  no_scores: "重排模型没有给出有效分数，模型文件可能已损坏",
};

/** Notices that the answer says in a place of its own. */
export const SAID_ELSEWHERE = ["no_language_model", "answer_cut"];

export function noticesToShow(notices: Notice[]): string[] {
  return notices.filter((notice) => !SAID_ELSEWHERE.includes(notice.code)).map(noticeText);
}

function noticeText(notice: Notice): string {
  const own = NOTICES[notice.code];
  if (language.current === "en" || !own) return notice.text;
  return fill(own, named(notice.values as Record<string, string>));
}

/** A language is sent as its code, and what answers as its name. */
function named(values: Record<string, string>): Record<string, string> {
  const { language, instead } = values;
  const name = language && new Intl.DisplayNames(["zh-CN"], { type: "language" }).of(language);
  return { ...values, language: name || (language ?? ""), instead: answering(instead) };
}

/** Answers of earlier versions do not say it. */
function answering(instead: string | undefined): string {
  if (!instead) return "服务器的默认方式回答";
  return instead === "extractive" ? "摘录原文作答" : `语言模型 ${instead} 回答`;
}

/** Why reranking was skipped or failed, or that a fallback did it. */
export function rerankReason(rerank: Rerank): string | undefined {
  const own = rerank.reason_code ? REASONS[rerank.reason_code] : undefined;
  if (language.current === "en" || !own) return rerank.reason ?? undefined;
  return fill(own, { model: rerank.model ?? "" });
}
