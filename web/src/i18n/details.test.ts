import { expect, test } from "vitest";
import { inChinese } from "./details";

test("what is wrong with a value is said in Chinese, with its bounds", () => {
  for (const [english, chinese] of [
    ["`question` is empty; send a question", "“问题”不能为空"],
    ["`retrieval.top_k` must be between 1 and 1000", "“候选数”须在 1 到 1000 之间"],
    ["`retrieval.top_n` must be between 1 and `top_k`, which is 20", "“保留数”须在 1 与候选数之间"],
    ["`rerank.cutoff_layer` must be between 8 and 40 for `deep`", "“停止的层”对 deep 须在 8 到 40 之间"],
    ["`rerank.skip_lead` must be above 0 and at most 1", "“不重排的领先幅度”须大于 0 且不超过 1"],
    ["`metadata` may have at most 16384 bytes in all", "“元数据”总共最多 16384 字节"],
    ["`name` must have 1 to 100 characters", "“名称”须有 1 到 100 个字符"],
    ["`examples[2]` is too long; send at most 200 characters", "“示例问题”过长，最多 200 个字符"],
    [
      "the file is larger than 1048576 bytes, the limit of this server; split it or raise the limit",
      "文件大于此服务器允许的 1048576 字节",
    ],
  ] as const) {
    expect(inChinese(english)).toBe(chinese);
  }
});

test("a sentence that is not known stays as it is", () => {
  expect(inChinese("`weather` is bad")).toBeUndefined();
  expect(inChinese("the moon is full")).toBeUndefined();
});
