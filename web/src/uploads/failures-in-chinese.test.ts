import { expect, test, vi } from "vitest";
import { failureText, warningText } from "./failures";

vi.mock("../i18n/language.svelte", () => ({ language: { current: "zh" } }));

test("a document that failed and a file that was refused are told in Chinese", () => {
  const said = (code: string, message = "english") => failureText({ code, message });
  expect(said("no_text")).toMatch(/^文件中没有可读的文字/);
  expect(said("disk_full")).toMatch(/^磁盘空间不足/);
  expect(said("invalid_request", "`name` must have 1 to 1000 characters")).toBe(
    "请求中有不可接受的值：“名称”须有 1 到 1000 个字符。",
  );
  expect(said("moon_full")).toBe("English");
  expect(warningText({ code: "unreadable_characters", count: 2, message: "english" })).toMatch(/^有 2 个字符无法解码/);
  expect(warningText({ code: "unread_pages", count: 4, message: "english" })).toContain(
    "`riddle models pull pp-ocrv6-small`",
  );
  expect(warningText({ code: "unread_attachments", count: 3, message: "english" })).toMatch(/^邮件有 3 个附件未被读取/);
  expect(warningText({ code: "unread_metadata", count: 2, message: "english" })).toMatch(
    /^文首元数据.*中有 2 个字段未被采用/,
  );
});
