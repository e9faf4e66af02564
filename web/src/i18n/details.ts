/**
 * What the server says in English of a value or a run, in Chinese. Codes tell what kind of thing went wrong; what exactly
 * is wrong with which value only the sentence tells. One that is not known here stays in the server's words.
 */

/** Fields that the app sends, by the last part of their path. */
const FIELDS: Record<string, string> = {
  name: "名称",
  title: "标题",
  description: "说明",
  question: "问题",
  query: "查询",
  search: "搜索内容",
  text: "文本",
  comment: "评语",
  examples: "示例问题",
  metadata: "元数据",
  filter: "筛选条件",
  knowledge_bases: "知识库",
  other_knowledge_bases: "其他知识库",
  trec_runs: "结果文件",
  embedder: "向量模型",
  chat_model: "语言模型",
  model: "重排模型",
  reranker: "重排模型",
  top_k: "候选数",
  top_n: "保留数",
  dense_weight: "语义的权重",
  weight: "重排权重",
  rerank_weight: "重排权重",
  skip_lead: "不重排的领先幅度",
  rerank_skip_lead: "不重排的领先幅度",
  deadline_ms: "重排时限",
  rerank_deadline_ms: "重排时限",
  cutoff_layer: "停止的层",
  max_tokens: "段落长度",
  overlap_tokens: "重叠长度",
  arms: "方案",
  arm: "方案",
  limit: "数量",
  count: "数量",
  answers: "答案",
  format: "格式",
  files: "文件",
};

type Rule = [pattern: RegExp, chinese: string];

/** What is said behind the name of a field. */
const OF_FIELDS: Rule[] = [
  [/^is empty\b.*$/s, "不能为空"],
  [/^cannot be empty$/, "不能为空"],
  [/^is missing\b.*$/s, "缺失"],
  [/^is too long; send at most (\d+) characters$/, "过长，最多 $1 个字符"],
  [/^(?:may|must) have (?:at most|up to) (\d+) characters$/, "最多 $1 个字符"],
  [/^may have at most (\d+) bytes in all$/, "总共最多 $1 字节"],
  [/^must have (\d+) to (\d+) characters$/, "须有 $1 到 $2 个字符"],
  [
    /^must (?:be between|be from|be a whole number from) (\S+) (?:and|to) `?top_k`?(?:, which is (\d+))?$/,
    "须在 $1 与候选数之间",
  ],
  [/^must be (?:between|from) (\S+) (?:and|to) (\S+) for `(.+)`$/, "对 $3 须在 $1 到 $2 之间"],
  [/^must be (?:between|from|a whole number from) (\S+) (?:and|to) (\S+)$/, "须在 $1 到 $2 之间"],
  [/^must be above (\S+) and at most (\S+)$/, "须大于 $1 且不超过 $2"],
  [/^must be at least (\S+)$/, "至少为 $1"],
  [/^may be at most (\S+)$/, "最多为 $1"],
  [/^must name at most (\d+) of them$/, "最多 $1 个"],
  [/^needs a layerwise reranker, and `(.+)` is none; leave it out$/, "只适用于分层重排模型，而 $1 不是"],
  [/^needs a layerwise reranker, and .*$/s, "只适用于分层重排模型，本机没有"],
  [/^is none of the run's: (.*)$/s, "不在此次评测中，可选：$1"],
];

const SENTENCES: Rule[] = [
  [/^`[^`]+`: model `(.+?)` is not available: .*$/s, "模型 $1 不可用"],
  [
    /^(?:`[^`]+`: )?no (?:embedder|reranker|language model|chat model|model) (?:is )?(?:called|named) `(.+?)`.*$/s,
    "没有名为 $1 的模型",
  ],
  [/^nothing to change; .*$/s, "没有任何改动"],
  [/^only a failed document can be retried; .*$/s, "只有失败的文档才能重试"],
  [
    /^the text is longer than the (\d+) tokens that a passage may have here; shorten it$/,
    "文本超过一个段落允许的 $1 个词元，请缩短",
  ],
  [/^the file is larger than (\d+) bytes, the limit of this server; .*$/s, "文件大于此服务器允许的 $1 字节"],
  [
    /^the prompt has (\d+) tokens, the model holds (\d+); .*$/s,
    "提示有 $1 个词元，模型最多容纳 $2 个；请减少段落或缩短回答",
  ],
  [/^(\d+) models are being fetched already; .*$/s, "已有 $1 个模型在下载，请稍候或取消其中一个"],
  [/^`(.+)` is not complete on this machine: .*$/s, "$1 的文件不完整，请重新下载"],
  [/^model `(.+)` is not available: .*$/s, "模型 $1 不可用，请在“模型与系统”中查看"],
  [
    /^documents of this server changed while the run went on, .*$/s,
    "评测期间有文档变动，因此各问题检索的并非完全相同的段落",
  ],
  [
    /^the (\d+) documents in the files were not read, because a knowledge base is named; .*$/s,
    "已指定知识库，因此未读取文件中的 $1 个文档；如要用它们新建知识库，请不要指定",
  ],
  [
    /^(\d+) documents have the text of another one and are there once, under one name \(`(.+)` is `(.+)`\); .*$/s,
    "有 $1 个文档与其他文档文字相同，只保留一份（$2 即 $3），判断以保留的为准",
  ],
  [/^question `(.+?)`: (.*)$/s, "问题 $1：$2"],
];

/** What is to be known of the files of a set of questions. */
const NOTES: Record<string, string> = {
  "files were not read": "有文件未被读取",
  "questions without a judgment were left out": "没有判断的问题已略去",
  "judgments were left out because their question is not there": "找不到对应问题的判断已略去",
  "judgments name a document that the corpus lacks, so nothing can find it": "有判断指向语料中没有的文档，无法检索到",
  "questions name nothing that is relevant, so they measure no search before they are judged":
    "有问题没有标明相关内容，在判断之前无法用来衡量检索",
  "documents with neither text nor title were left out": "既无文字也无标题的文档已略去",
  "answers are not where the file says; the nearest place with the same words was taken":
    "有答案不在文件所说的位置，已采用文字相同的最近位置",
  "answers are not in their paragraph; the whole paragraph counts as relevant": "有答案不在其段落中，整个段落视为相关",
  "passages are both relevant and not relevant to a question; they count as relevant":
    "有段落对同一问题既相关又不相关，按相关处理",
  "judgments are there twice; the higher grade was kept": "有重复的判断，保留较高的等级",
  "judgments of passages were written as judgments of their documents": "对段落的判断已写成对其文档的判断",
  "questions without a judgment were not written": "没有判断的问题未写入",
  "questions have answers, which the format has no place for": "此格式无法保存问题的答案",
  "questions lose origin, review, half or places of quotes; jsonl keeps all":
    "问题的来源、审核、所属部分或引文位置未写入；jsonl 可全部保留",
  "questions have line breaks or tabs, which were written as blanks": "问题中的换行或制表符已写成空格",
};

/** The sentence in Chinese, if it is one of those that are known. */
export function inChinese(sentence: string): string | undefined {
  const named = /^`([^`]+)` (.*)$/s.exec(sentence);
  const of = named?.[1] && named[2] !== undefined ? said(OF_FIELDS, named[2]) : undefined;
  if (of !== undefined) return `“${label(named?.[1] ?? "")}”${of}`;
  return noted(sentence) ?? said(SENTENCES, sentence);
}

function noted(sentence: string): string | undefined {
  const note = /^(.*) \(number of cases: (\d+), first: (.*)\)$/s.exec(sentence);
  const own = note?.[1] === undefined ? undefined : NOTES[note[1]];
  return own && `${own}（共 ${note?.[2]} 处，第一处：${note?.[3]}）`;
}

function said(rules: Rule[], text: string): string | undefined {
  const rule = rules.find(([pattern]) => pattern.test(text));
  return rule && text.replace(rule[0], rule[1]);
}

function label(path: string): string {
  const last = path.split(".").at(-1) ?? path;
  return FIELDS[last.replace(/\[\d+\]$/, "")] ?? path;
}
