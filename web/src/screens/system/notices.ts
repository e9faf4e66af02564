import type { Notice } from "../../api/types";
import { fill } from "../../i18n/dictionary";
import { moment } from "../../i18n/format";
import { language } from "../../i18n/language.svelte";

/** The server says these in English itself. */
export const IN_CHINESE: Record<string, string> = {
  no_embedder_installed: "没有安装向量模型，检索只按词语进行；请运行 `riddle models pull all-minilm-l6-v2`",
  reranker_stand_in:
    "没有安装交叉编码器，由 `{model}` 的逐词交互（MaxSim）代替；请运行 `riddle models pull ms-marco-minilm-l6-v2`",
  no_reranker_installed: "没有安装重排模型",
  no_language_model_installed: "没有安装能写好回答的语言模型，回答只摘录原文；请运行 `riddle models pull qwen3-0.6b`",
  language_model_loading: "语言模型仍在加载",
  language_model_failed: "语言模型无法加载：{problem}",
  disk_full: "磁盘空间不足，不再保存新内容，检索不受影响；请腾出空间或删除文档",
  writes_refused: "无法写入数据库，检索不受影响；详情见服务器日志",
  writes_slow: "已有 {seconds} 秒无法写入数据库，检索不受影响；请检查数据文件夹所在的磁盘",
  documents_held_up: "文档和更改暂时无法处理，服务器会自动重试，检索不受影响；详情见服务器日志",
  embedder_away:
    "向量模型 `{model}` 自 {since} 起没有给出结果，服务器会自动重试；在此期间检索只按词语进行，等待它的文档：{documents} 个；{problem}",
  vectors_away: "检索只按词语进行，文档和更改等待处理；存放向量的服务器没有正常应答，详情见服务器日志",
  damaged_originals: "{documents} 个文档的原文件已损坏或丢失；运行 `riddle doctor --originals` 可列出它们",
  backup_failed: "无法创建备份：{problem}",
};

/**
 * What is missing, in the reader's language, and whether it is the server's own English. Commands begin with the path of
 * the server's program, which the shell of its machine may not know by its name.
 */
export function missing(notice: Notice, program = "riddle"): { text: string; english: boolean } {
  const own = IN_CHINESE[notice.code];
  const english = language.current === "en" || !own;
  const values = notice.values as Record<string, string>;
  const said = english ? notice.text : fill(own, values);
  const text = values.since ? said.replaceAll(values.since, moment(values.since)) : said;
  return { text: text.replaceAll("`riddle ", () => `\`${program} `), english };
}
