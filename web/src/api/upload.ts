import { addressOf } from "./address";
import { apiKey } from "./key.svelte";
import { connectionLost, Problem, problemSaid } from "./problem";
import type { Accepted, Refused } from "./types";

/** What became of an upload: accepted, or refused with a reason. */
export interface Uploaded {
  documents: Accepted[];
  errors: Refused[];
}

/** Uploads one file. `XMLHttpRequest`, because `fetch` does not tell how much of a body has been sent. */
export function upload(
  base: string,
  file: File,
  name: string,
  progress: (sentBytes: number) => void,
  signal: AbortSignal,
): Promise<Uploaded> {
  const form = new FormData();
  form.append("file", file, name);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", addressOf(`/api/v1/knowledge-bases/${encodeURIComponent(base)}/documents`));
    for (const [header, value] of Object.entries(apiKey.headers())) request.setRequestHeader(header, value);
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => progress(event.loaded));
    request.addEventListener("error", () => reject(connectionLost()));
    request.addEventListener("abort", () => reject(new Problem("cancelled", "The upload was cancelled.")));
    request.addEventListener("load", () => {
      if (request.status === 401) apiKey.ask();
      if (request.status === 202) resolve(request.response as Uploaded);
      else reject(refused(request));
    });
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(form);
  });
}

function refused(request: XMLHttpRequest): Problem {
  const { status } = request;
  const retryAfter = Number(request.getResponseHeader("retry-after")) || undefined;
  const wordless = new Problem(`http_${status}`, `${status} ${request.statusText}`, { status, retryAfter });
  return problemSaid(request.response, status, retryAfter) ?? wordless;
}
