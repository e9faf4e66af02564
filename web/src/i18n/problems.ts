import { asProblem } from "../api/problem";
import { inChinese } from "./details";
import { language } from "./language.svelte";

/** What goes wrong, by its code. The server, or the app for what is not the server's, says it in English itself. */
const IN_CHINESE = {
  unauthorized: "缺少 API 密钥，或密钥不正确。",
  cross_site:
    "请求来自其他网站的页面，已被拒绝。请直接打开本服务器的地址；前面的反向代理须原样转发浏览器的主机名（Host）。",
  not_found: "此地址不存在。请重新加载页面。",
  knowledge_base_not_found: "此知识库不存在，可能已被删除。",
  document_not_found: "此文档不存在，可能已被删除。",
  chunk_not_found: "此段落不存在，或其文档已更新。请重新加载页面。",
  revision_not_found: "此段落没有这个历史版本。",
  chat_not_found: "此对话不存在，可能已被删除。",
  message_not_found: "对话中没有这条消息。请重新加载页面。",
  comparison_not_found: "此对比不存在，可能已被删除。",
  evaluation_set_not_found: "此评测集不存在，可能已被删除。",
  evaluation_question_not_found: "评测集中没有这个问题。请重新加载页面。",
  evaluation_run_not_found: "此次评测不存在，可能已被删除。",
  download_not_found: "自服务器启动以来没有下载过此模型。",
  request_timeout: "数据发送中断，请重试。",
  name_taken: "这个名称已被使用，请换一个名称。",
  chunk_changed: "此段落在您打开之后已被修改。请重新加载后再编辑，以免覆盖他人的改动。",
  chat_busy: "此对话正在回答另一个问题。请等它结束，或先停止它。",
  chat_full: "此对话的消息数已达上限。请在新对话中继续，或修改此对话中较早的问题。",
  too_many_knowledge_bases:
    "知识库的数量已达上限。请删除不再需要的知识库，或把几个知识库的文档放进同一个，用文件夹或元数据区分。",
  ocr_absent:
    "此文档的部分文字是从图像中识别出来的，而现在无法识别，重新读取会丢失这些文字。请先在“模型与系统”中下载文字识别（OCR）模型，或在配置中启用 `ocr.enabled`。",
  offline: "服务器处于离线模式，不使用网络。请在有网络的机器上取得文件，或关闭离线模式后重启。",
  model_busy: "此模型的文件正在变动，请稍后重试。",
  overloaded: "等待处理的请求过多，请稍后重试。",
  internal: "服务器无法完成此操作，请稍后重试；详情见服务器日志。",
  disk_full: "磁盘空间不足，未保存任何内容。请腾出空间或删除文档后重试。",
  damaged_original: "保存的原文件已损坏或丢失。请重新上传此文档，并检查磁盘。",
  deletion_pending: "删除已记录，稍后会自动完成。",
  stopping: "服务器正在停止，请在它重启后重试。",
  interrupted: "服务器在生成这个回答时意外中断，以上是中断前写下的内容。请重新提问。",
  cancelled: "下载已取消；再次下载会从停下的地方继续。",
  connection_lost: "与服务器的连接已断开。",
  lost_answer: "生成回答时连接中断。",
  screen_failed: "无法加载此页面。服务器在运行吗？",
} as const;

/** Of these the server tells more than the code: which value, which model, what it heard. */
const INTRODUCED = {
  invalid_request: "请求中有不可接受的值",
  invalid_json: "请求无法读取",
  invalid_multipart: "上传的数据不完整或格式不对",
  prompt_too_long: "问题与上下文超出模型的长度",
  model_not_found: "没有这个名称的模型",
  evaluation_run_state: "评测目前的状态不允许这样做",
  model_refused: "这个模型不能添加",
  model_absent: "此机器上缺少模型的文件",
  too_large: "内容过大",
  method_not_allowed: "此地址不支持这种操作",
  unsupported_media_type: "不支持这种内容类型",
  host_not_allowed: "服务器不接受这个主机名",
  headers_too_large: "请求头过大",
  model_failed: "模型运行出错",
  model_server_failed: "语言模型服务器无法访问或拒绝了请求",
  model_unavailable: "模型不可用",
  unhealthy: "服务器的存储没有响应",
  download_failed: "下载失败，请稍后重试",
  bad_file: "文件与应有的不符，请重新下载",
  disk_failed: "无法写入模型文件，请检查磁盘",
} as const;

/** The codes that are told in Chinese. */
export const CODES: readonly string[] = [...Object.keys(IN_CHINESE), ...Object.keys(INTRODUCED)];

/** What is told in the reader's language, and what remains in the server's English. */
export function problemParts({ code, message }: { code: string; message: string }): { own: string; said: string } {
  if (language.current === "zh" && code in IN_CHINESE) {
    return { own: IN_CHINESE[code as keyof typeof IN_CHINESE], said: "" };
  }
  if (language.current === "zh" && code in INTRODUCED) {
    const own = `${INTRODUCED[code as keyof typeof INTRODUCED]}：`;
    const detail = inChinese(message);
    return detail === undefined ? { own, said: message } : { own: `${own}${detail}。`, said: "" };
  }
  return { own: "", said: message };
}

/** A sentence of the server that has no code, and whether it is still the server's English. */
export function sentence(text: string): { text: string; english: boolean } {
  const own = language.current === "zh" ? inChinese(text) : undefined;
  return { text: own ?? text, english: own === undefined };
}

/** What happened and what to do, in one sentence. */
export function problemText(problem: { code: string; message: string }): string {
  const { own, said } = problemParts(problem);
  return own + said;
}

/** What is wrong with a field of the request, if that is what was thrown. */
export function saidOf(param: string, thrown: unknown): string | undefined {
  const problem = asProblem(thrown);
  return problem.param === param ? problemText(problem) : undefined;
}
