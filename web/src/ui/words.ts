import { dictionary } from "../i18n/dictionary";

export const words = dictionary({
  en: {
    close: "Close",
    cancel: "Cancel",
    retry: "Try again",
    loading: "Loading…",
    options: "More",
  },
  zh: {
    close: "关闭",
    cancel: "取消",
    retry: "重试",
    loading: "加载中……",
    options: "更多",
  },
});
