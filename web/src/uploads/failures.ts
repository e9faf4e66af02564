import type { components } from "../api/schema";
import { fill } from "../i18n/dictionary";
import { capitalised } from "../i18n/format";
import { language } from "../i18n/language.svelte";
import { problemText } from "../i18n/problems";

/** The server says these in English itself. */
export const FAILURES: Record<string, string> = {
  no_text:
    "文件中没有可读的文字。如果文件是空的，请补上内容后重新添加；如果是扫描件或图片，请在“模型与系统”中下载文字识别（OCR）模型，然后重试。",
  encrypted: "文件有密码保护，请去掉密码后重新添加。",
  unsupported_format: "不支持这种格式，请另存为 PDF、DOCX、HTML、Markdown 或纯文本后再添加。",
  malformed: "文件已损坏，或内容与扩展名不符。请重新导出后替换。",
  parser_crashed: "读取此文件时程序出错，请另存为其他格式后再添加。",
  parser_timeout: "读取此文件用时过长，请拆分成几个文件后再添加。",
  parser_memory: "读取此文件所需内存过多，请拆分成几个文件后再添加。",
  too_large: "文件或其中的文字超出大小限制，请拆分成几个文件后再添加。",
  quarantined: "服务器在处理此文件时多次停止，已将其搁置。可以重试，或换一种格式。",
  embedding_failed: "知识库的向量模型不可用或出错。请在“模型与系统”中查看，然后重试。",
  internal: "服务器无法处理此文件，请稍后重试；详情见服务器日志。",
};

/** What happened and what to do, in the reader's language. */
export function failureText(failure: { code: string; message: string }): string {
  const own = FAILURES[failure.code];
  // A file that was refused before it was a document has a code of the errors.
  const said = language.current === "zh" && own ? own : problemText(failure);
  return capitalised(said);
}

type Warning = components["schemas"]["DocumentWarningDto"];

/** What is to be known of a document that searches find all the same. */
export const WARNINGS: Record<string, string> = {
  unreadable_characters: "有 {count} 个字符无法解码，显示为 \uFFFD。请将文档另存为 UTF-8 后重新添加。",
  recognised_text: "有 {count} 页的文字是从图像中识别出来的（OCR）。重要内容请与原件核对。",
  unread_pages:
    "有 {count} 页是图片且未被识别。请下载识别模型（`riddle models pull pp-ocrv6-small`），或调高配置中 `ocr` 的限制，然后重新读取文档。",
  cut_pages: "有 {count} 页的图像文件不完整，末尾的文字可能缺失。请重新取得完整的文件，再添加一次。",
  unread_frames: "这是动画：只识别了第一幅画面，其余 {count} 幅未识别。需要其余内容时，请将其另存为图片或 PDF 后添加。",
  unread_attachments:
    "邮件有 {count} 个附件未被读取（例如图片、压缩包、已损坏或有密码保护的文件）。需要其内容时，请将其另存后作为文档添加。",
  unread_metadata:
    "文首元数据（front matter）中有 {count} 个字段未被采用（例如嵌套、有误或超出限制的字段）。请写成文字、数字或文字列表，或在添加文档时提供。",
};

/** What it is and what to do, in the reader's language. */
export function warningText(warning: Warning): string {
  const own = WARNINGS[warning.code];
  const said = language.current === "zh" && own ? fill(own, { count: warning.count }) : warning.message;
  return capitalised(said);
}
