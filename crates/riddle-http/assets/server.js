// Talking to the server.
import { byId, fields, recall, remember, t } from "./page.js";

/** An error that the server explained. */
class ApiError extends Error {
  /** @param {{ message?: string } | null} body */
  constructor(body) {
    super(body?.message ?? t("lateFail"));
  }
}

/** @param {string} path */
export const api = (path) => `/api/v1${path}`;

/** A path under the chosen knowledge base. */
export const baseApi = (path = "") => api(`/knowledge-bases/${encodeURIComponent(fields.base.value)}${path}`);

/** @param {string} path */
export const getJson = async (path) => (await call("GET", path)).json();

/**
 * Sends a request, and once more when a key was missing.
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 * @param {AbortSignal} [signal]
 * @returns {Promise<Response>}
 */
export async function call(method, path, body, signal) {
  const response = await fetch(path, {
    method,
    headers: headers(body ? { "Content-Type": "application/json" } : {}),
    ...(body ? { body: JSON.stringify(body) } : {}),
    ...(signal ? { signal } : {}),
  });
  if (response.ok) return response;
  const problem = await response.json().catch(() => null);
  if (response.status !== 401) throw new ApiError(problem);
  await askForKey();
  return call(method, path, body, signal);
}

/**
 * Uploads a file. XMLHttpRequest, because fetch does not tell how much of a body is sent.
 * @param {File} file
 * @param {(share: number) => void} progress takes the share that is sent, 0 to 1
 * @returns {Promise<import("./types.d.ts").Accepted>}
 */
export function send(file, progress) {
  const form = new FormData();
  form.append("file", file, file.webkitRelativePath || file.name);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", baseApi("/documents"));
    for (const [name, value] of Object.entries(headers())) request.setRequestHeader(name, value);
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) progress(event.loaded / event.total);
    });
    request.addEventListener("error", () => reject(new Error(t("lost"))));
    request.addEventListener("load", () => {
      if (request.status === 202) resolve(request.response.documents[0]);
      else reject(new ApiError(request.response));
    });
    request.send(form);
  });
}

/**
 * Server-sent events by hand: EventSource can send neither a body nor a key.
 * @param {Response} response
 */
export async function* events(response) {
  if (!response.body) return;
  const decoder = new TextDecoder();
  const reader = response.body.getReader();
  let buffer = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    buffer += decoder.decode(value, { stream: true });
    const blocks = buffer.split("\n\n");
    buffer = blocks.pop() ?? "";
    for (const block of blocks) {
      const data = field(block, "data");
      if (data) yield { name: field(block, "event"), data: JSON.parse(data) };
    }
  }
}

/**
 * @param {string} block
 * @param {string} name
 */
function field(block, name) {
  const line = block.split("\n").find((one) => one.startsWith(`${name}: `));
  return line?.slice(name.length + 2);
}

/**
 * @param {Record<string, string>} more
 * @returns {Record<string, string>}
 */
function headers(more = {}) {
  const key = recall(sessionStorage, "riddle-key");
  return key ? { ...more, Authorization: `Bearer ${key}` } : more;
}

/** @type {Promise<void> | null} */
let keyQuestion = null;

/** Several requests may fail at once; the reader is asked once. */
function askForKey() {
  keyQuestion ??= new Promise((resolve) => {
    const dialog = byId("key-dialog", HTMLDialogElement);
    const refuse = (/** @type {Event} */ event) => event.preventDefault();
    const close = () => {
      remember(sessionStorage, "riddle-key", fields.key.value.trim());
      fields.key.value = "";
      keyQuestion = null;
      dialog.removeEventListener("cancel", refuse);
      resolve();
    };
    dialog.addEventListener("close", close, { once: true });
    dialog.addEventListener("cancel", refuse);
    dialog.showModal();
  });
  return keyQuestion;
}
