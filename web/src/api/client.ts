import createClient, { type Middleware } from "openapi-fetch";
import { connection } from "../app/connection.svelte";
import { addressOf, ROOT } from "./address";
import { apiKey } from "./key.svelte";
import { connectionLost, problemOf } from "./problem";
import type { paths } from "./schema";

const session: Middleware = {
  onRequest({ request }) {
    for (const [name, value] of Object.entries(apiKey.headers())) request.headers.set(name, value);
    return request;
  },
  onResponse({ response }) {
    connection.found();
    if (response.status === 401) apiKey.ask();
    return response;
  },
  onError({ error }) {
    // Who has called a request off has not lost the connection.
    if (error instanceof DOMException && error.name === "AbortError") return;
    connection.lost();
    return connectionLost();
  },
};

/** The server's API, with the types of its own description. */
export const api = createClient<paths>({ baseUrl: ROOT });
api.use(session);

interface Outcome<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** What a request gives; throws a `Problem` where it gives an error. */
export async function given<T>(request: Promise<Outcome<T>>): Promise<T> {
  const { data, error, response } = await request;
  if (!response.ok) throw await problemOf(response, error);
  return data as T;
}

/** A request whose body is streamed or whose answer is; throws a `Problem` where it gives an error. */
export async function raw(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(addressOf(path), {
      method,
      headers: { ...apiKey.headers(), ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
  } catch (thrown) {
    if (signal?.aborted) throw thrown;
    connection.lost();
    throw connectionLost();
  }
  connection.found();
  if (response.status === 401) apiKey.ask();
  if (!response.ok) throw await problemOf(response);
  return response;
}
