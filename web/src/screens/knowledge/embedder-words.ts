import { dictionary } from "../../i18n/dictionary";

export const words = dictionary({
  en: {
    suggested: "A better embedder for these documents",
    title: "Some documents here are in {language}",
    reason:
      "The embedder {present} does not know {language}, so these documents are found by their words alone. {name} knows about a hundred languages. New vectors are made in the background, and searches go on meanwhile.",
    use: "Use it",
    fetchAndUse: "Download and use it",
    notNow: "Do not suggest this again",
    changing: "Change of the embedder",
    changingTo: "Changing to {name}",
    remaking: "Making new vectors with {name}",
    byWords: "Its files are not those that embedded these documents. Until all vectors are made, searches go by words.",
    goOn: "Searches go on with the present embedder until all new vectors are made.",
    progress: "New vectors of {name}",
    made: "{done} of {total} passages",
    takeBack: "Stay with {name}",
  },
  zh: {
    suggested: "更适合这些文档的向量模型",
    title: "这里有{language}文档",
    reason:
      "向量模型 {present} 不懂{language}，这些文档只能按字词找到。{name} 懂约一百种语言。新的向量在后台生成，其间可以照常检索。",
    use: "改用它",
    fetchAndUse: "下载并改用",
    notNow: "不再建议",
    changing: "更换向量模型",
    changingTo: "正在改用 {name}",
    remaking: "正在用 {name} 重新生成向量",
    byWords: "它的文件与生成现有向量时的不同。全部向量生成之前，按字词检索。",
    goOn: "新的向量全部生成之前，检索仍使用现在的向量模型。",
    progress: "{name} 的新向量",
    made: "{done} / {total} 个段落",
    takeBack: "继续用 {name}",
  },
});
