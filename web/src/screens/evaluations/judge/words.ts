import { dictionary } from "../../../i18n/dictionary";

/** Judging what nobody has judged of a run. */
export const words = dictionary({
  en: {
    about:
      "Passages among the first ten of some arm that nobody has judged, in a random order, those first in which the arms differ most. Which arm found them is not shown, so that it cannot sway you.",
    none: "Everything among the first ten of every arm is judged.",
    gone: "The set of this run is gone, so nothing can be judged.",
    done: "{count|passage|passages} judged",
    grade0: "Not relevant",
    grade1: "A little",
    grade2: "Relevant",
    grade3: "Answers it",
    skip: "Skip",
    keys: "Keys: 0 to 3 judge, S skips.",
    said: "{grade}: {document}",
    recount: "Recount the run",
    recounted: "The run is recounted with your judgments.",
    recountAbout: "No model runs: the kept rankings are counted anew.",
  },
  zh: {
    about:
      "某一方案排在前十、但还没有人判断过的段落，顺序随机，方案间差异最大的在前。为避免影响判断，不显示是哪个方案找到的。",
    none: "每个方案的前十个段落都已判断。",
    gone: "此次运行的评估集已删除，无法判断。",
    done: "已判断 {count} 个段落",
    grade0: "不相关",
    grade1: "略相关",
    grade2: "相关",
    grade3: "直接回答",
    skip: "跳过",
    keys: "按键：0 到 3 判断，S 跳过。",
    said: "{grade}：{document}",
    recount: "重新统计此次运行",
    recounted: "已按您的判断重新统计。",
    recountAbout: "不运行任何模型，只重新统计保存的排序。",
  },
});
